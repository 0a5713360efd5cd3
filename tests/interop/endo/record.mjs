// @ts-check

import { makeTcpNetLayer } from '../../../js/netlayers/tcp.js';
import { record } from '../record/recorder.js';
import { writeTranscript } from '../record/transcript.js';
import { startParty } from './parties.js';

/**
 * Records sessions with `@endo/ocapn` again, from the checkouts that OCAPN_ENDO_MASTER and OCAPN_ENDO_PR name.
 *
 * @import { StartOptions } from './party.mjs'
 */

const PEERS = /** @type {const} */ ([
  { name: 'endo-1.1', peer: '@endo/ocapn', commit: '1fa6c227', variable: 'OCAPN_ENDO_MASTER', dialect: '2026-02', framing: 'syrup' },
  { name: 'endo-3175', peer: '@endo/ocapn, pull request 3175', commit: '5cb24a26', variable: 'OCAPN_ENDO_PR', dialect: '2026-01', framing: 'none' },
]);

for (const { name, peer, commit, variable, dialect, framing } of PEERS) {
  const checkout = process.env[variable];
  if (!checkout) {
    console.log(`${variable} is not set: nothing is recorded with it.`);
    continue;
  }

  /** @param {string} designator @param {Partial<StartOptions>} [options] */
  const start = async (designator, options = {}) => {
    const party = await startParty('endo', checkout);
    party.location = await party.ask('start', { name: designator, designator, framing, ...options });
    return party;
  };

  /**
   * @param {string} what
   * @param {object} how
   * @param {string} how.script
   * @param {Array<Awaited<ReturnType<typeof start>>>} how.parties
   * @param {Record<string, any>} [how.parameters]
   * @param {(location: any) => Promise<unknown>} [how.serving] what the peers do, when we are there
   */
  const keep = async (what, { script, parties, parameters, serving }) => {
    /** @type {(value?: unknown) => void} */
    let end = () => {};
    const until = serving === undefined ? undefined : new Promise(resolve => (end = resolve));
    /** @type {unknown} */
    let failure;
    const transcript = await record({
      name: `${name}-${what}`,
      peer,
      commit,
      dialect,
      script,
      parameters,
      netlayers: {
        us: [
          ({ handlers, logger, before }) =>
            makeTcpNetLayer({
              handlers,
              logger,
              framing,
              specifiedDesignator: 'us',
              specifiedPort: before === undefined ? 0 : Number(Object(before.hints).port),
            }),
        ],
      },
      cues: {
        cut: location => void parties[0].ask('cut', location),
        serving: location => {
          serving?.(location).catch(error => (failure = error)).finally(() => end());
        },
      },
      until,
    });
    await Promise.all(parties.map(party => party.kill()));
    if (failure !== undefined) throw failure;
    writeTranscript(transcript);
    console.log(`${transcript.name}: ${transcript.entries.length} entries`);
  };

  const one = await start('them');
  await keep('calls', { script: 'calls.js', parties: [one], parameters: { peer: one.location, isBasic: true } });

  const dialler = await start('them');
  await keep('dialled', {
    script: 'serve.js',
    parties: [dialler],
    serving: async location => {
      for (const action of ['session', 'errors', 'promises', 'picks', 'untag']) await dialler.act(action, { peer: location });
    },
  });

  const [exporter, receiver] = [await start('exporter'), await start('receiver')];
  await keep('handoff-gifter', { script: 'give.js', parties: [exporter, receiver], parameters: { exporter: exporter.location, receiver: receiver.location } });

  for (const role of ['exporter', 'receiver']) {
    const [gifter, other] = [await start('gifter'), await start('other')];
    await keep(`handoff-${role}`, {
      script: 'serve.js',
      parties: [gifter, other],
      serving: us =>
        gifter.act('giveObject', role === 'exporter' ? { exporter: us, receiver: other.location } : { exporter: other.location, receiver: us }),
    });
  }

  if (dialect === '2026-01') {
    const durable = await start('them', { resume: true });
    await keep('resume', { script: 'resume-shared.js', parties: [durable], parameters: { peer: durable.location } });
  }
}
process.exit(0);
