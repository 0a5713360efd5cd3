// @ts-check

import { makeClient, makeInMemoryBaggage } from '../../../js/index.js';
import { makeBench } from './bench-object.js';
import { record } from './recorder.js';

/** @import { MemoryNetwork } from '../../../js/netlayers/memory.js' */

/**
 * Records a script with a client of ours as the peer.
 *
 * @param {object} options
 * @param {MemoryNetwork} options.network
 * @param {string} options.script
 * @param {any} options.dialect
 * @param {boolean} [options.tryResumeSession]
 */
export const recordWithOurs = async ({ network, script, dialect, tryResumeSession = false }) => {
  const client = makeClient({ debugLabel: 'peer', dialect, tryResumeSession, baggage: makeInMemoryBaggage() });
  client.registerSturdyRef('bench', makeBench());
  const { location: peer } = await client.registerNetlayer((handlers, logger) =>
    network.makeNetLayer({ handlers, logger, designator: 'peer' }),
  );
  try {
    return await record({
      name: `ours-${dialect}-${script.replace('.js', '')}`,
      peer: 'ocapn-wasm',
      commit: 'this repository',
      dialect,
      script,
      parameters: { peer },
      netlayers: {
        us: [({ handlers, logger }) => network.makeNetLayer({ handlers, logger, designator: 'us' })],
      },
      cues: { cut: () => network.cut('us') },
    });
  } finally {
    await client.shutdown();
  }
};
