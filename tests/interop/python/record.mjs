// @ts-check

import { formatLocator } from '../../../js/index.js';
import { makeTcpNetLayer } from '../../../js/netlayers/tcp.js';
import { record } from '../record/recorder.js';
import { writeTranscript } from '../record/transcript.js';
import { fromEnvironment, plansFor } from './plans.js';
import { runSuite } from './suite.js';

/**
 * Records the Python suite, a transcript for each module of each dialect, from the checkouts that the environment names.
 *
 * @import { OcapnLocation } from '../../../js/location.js'
 * @import { Plan } from './plans.js'
 */

/**
 * @param {Plan} plan
 * @param {string} module
 */
const recordModule = async (plan, module) => {
  const { commit, dialect } = plan;
  /** @type {import('./suite.js').Outcome[]} */
  let outcomes = [];
  /** @type {(location: OcapnLocation) => void} */
  let serving = () => {};
  const until = new Promise(resolve => {
    serving = resolve;
  }).then(async location => {
    outcomes = await runSuite({ ...plan, modules: [module] }, formatLocator(location));
  });

  const transcript = await record({
    name: `python-${dialect}-${module.replaceAll('_', '-')}`,
    peer: 'ocapn-test-suite',
    commit,
    dialect,
    script: 'test-suite-server.js',
    netlayers: {
      us: [
        ({ handlers, logger }) =>
          makeTcpNetLayer({ handlers, logger, framing: 'none', specifiedDesignator: 'test-suite-server' }),
      ],
    },
    cues: { serving },
    until,
  });
  await until;
  const bad = outcomes.filter(({ outcome }) => outcome !== 'pass');
  if (outcomes.length === 0 || bad.length > 0) {
    throw Error(`${transcript.name}: ${JSON.stringify(bad)}`);
  }
  writeTranscript({ ...transcript, parameters: { tests: outcomes.map(({ test }) => test) } });
  console.log(`${transcript.name}: ${outcomes.length} tests, ${transcript.entries.length} entries`);
};

for (const checkout of fromEnvironment().checkouts) {
  for (const plan of plansFor(checkout)) {
    for (const module of plan.modules) {
      await recordModule(plan, module);
    }
  }
}
