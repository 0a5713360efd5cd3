// @ts-check

import { formatLocator } from '../../../js/index.js';
import { makeTcpNetLayer } from '../../../js/netlayers/tcp.js';
import { record } from '../record/recorder.js';
import { writeTranscript } from '../record/transcript.js';
import { checkCheckout, COMMITS, MODULES, runSuite } from './suite.js';

/**
 * Records the Python suite, a transcript for each of its modules, from the checkouts that OCAPN_TEST_SUITE_2026_01 and
 * OCAPN_TEST_SUITE_2026_02 name.
 *
 * @import { OcapnLocation } from '../../../js/location.js'
 */

/**
 * @param {string} checkout
 * @param {string} dialect
 * @param {string} module
 */
const recordModule = async (checkout, dialect, module) => {
  /** @type {(outcomes: unknown) => void} */
  let end = () => {};
  const until = new Promise(resolve => {
    end = resolve;
  });
  /** @type {import('./suite.js').Outcome[]} */
  let outcomes = [];

  /** @param {OcapnLocation} location */
  const serving = async location => {
    try {
      outcomes = await runSuite({ checkout, locator: formatLocator(location), only: [module] });
    } finally {
      end(undefined);
    }
  };

  const transcript = await record({
    name: `python-${dialect}-${module.replaceAll('_', '-')}`,
    peer: 'ocapn-test-suite',
    commit: COMMITS[dialect],
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
  const bad = outcomes.filter(({ outcome }) => outcome !== 'pass');
  if (outcomes.length === 0 || bad.length > 0) {
    throw Error(`${transcript.name}: ${JSON.stringify(bad)}`);
  }
  writeTranscript({ ...transcript, parameters: { tests: outcomes.map(({ test }) => test) } });
  console.log(`${transcript.name}: ${outcomes.length} tests, ${transcript.entries.length} entries`);
};

for (const [dialect, modules] of Object.entries(MODULES)) {
  const checkout = process.env[`OCAPN_TEST_SUITE_${dialect.replace('-', '_')}`];
  if (checkout !== undefined) {
    checkCheckout(checkout, dialect);
    for (const module of modules) {
      await recordModule(checkout, dialect, module);
    }
  }
}
