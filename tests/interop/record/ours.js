// @ts-check

import { makeClient, makeInMemoryBaggage } from '../../../js/index.js';
import { makeBench } from './bench-object.js';
import { record } from './recorder.js';

/** @import { MemoryNetwork } from '../../../js/netlayers/memory.js' */

/**
 * Records a script with clients of ours as its peers: `peer`, and `other` for those who need two.
 *
 * @param {object} options
 * @param {MemoryNetwork} options.network
 * @param {string} options.script
 * @param {any} options.dialect
 * @param {boolean} [options.tryResumeSession]
 */
export const recordWithOurs = async ({ network, script, dialect, tryResumeSession = false }) => {
  /** @param {string} designator */
  const startPeer = async designator => {
    const client = makeClient({ debugLabel: designator, dialect, tryResumeSession, baggage: makeInMemoryBaggage() });
    client.registerSturdyRef('bench', makeBench());
    const { location } = await client.registerNetlayer((handlers, logger) =>
      network.makeNetLayer({ handlers, logger, designator }),
    );
    return { client, location };
  };
  const peer = await startPeer('peer');
  const other = await startPeer('other');
  try {
    return await record({
      name: `ours-${dialect}-${script.replace('.js', '')}`,
      peer: 'ocapn-wasm',
      commit: 'this repository',
      dialect,
      script,
      parameters: { peer: peer.location, other: other.location },
      netlayers: {
        us: [({ handlers, logger }) => network.makeNetLayer({ handlers, logger, designator: 'us' })],
      },
      cues: { cut: () => network.cut('us') },
    });
  } finally {
    await Promise.all([peer.client.shutdown(), other.client.shutdown()]);
  }
};
