// @ts-check

/**
 * Two clients whose sessions last: one keeps its state in a directory, the other in memory. What the first exports has a
 * description, so that it is stored.
 *
 * @import { Durable, Side } from './types.mjs'
 */

/** Not more calls at once: they are memory, and no faster. */
const WINDOW = 1000;

/** @param {any} baggage */
const counting = baggage => {
  const counts = { commits: 0 };
  return {
    counts,
    baggage: {
      ...baggage,
      commit: () => {
        const committed = baggage.commit();
        if (committed !== undefined) counts.commits += 1;
        return committed;
      },
    },
  };
};

/**
 * @param {Side} side
 * @param {string | undefined} directory in memory without
 */
export const openDurable = async (side, directory) => {
  const durable = /** @type {Durable} */ (side.durable);
  const { lasting } = /** @type {any} */ (side);
  const network = durable.network();
  /** @type {any[]} */
  let kept = [];
  const keeper = side.makeObject({
    keep: objects => {
      kept.push(...objects);
    },
    echo: x => x,
  });

  const far = await durable.makePeer(network, 'far', lasting());
  far.client.registerSturdyRef('target', keeper);

  const openNear = async () => {
    const opened = directory === undefined ? durable.memoryBaggage() : durable.openBaggage(directory);
    const { baggage, counts } = directory === undefined ? { baggage: opened, counts: { commits: 0 } } : counting(opened);
    /** @type {WeakMap<object, string>} */
    const names = new WeakMap();
    const describe = (/** @type {object} */ value) => names.get(value);
    const revive = (/** @type {string} */ name) => side.makeObject({ name: () => name });
    const peer = await durable.makePeer(network, 'near', { ...lasting(baggage), describe, revive });
    const remote = await durable.fetch(peer, far.location);
    let made = 0;
    return {
      remote,
      client: peer.client,
      location: far.location,
      network,
      counts,
      /** @param {number} count of objects that are exported, each by a message of its own */
      give: async count => {
        for (let sent = 0; sent < count; sent += WINDOW) {
          const calls = [];
          for (let i = sent; i < Math.min(count, sent + WINDOW); i += 1) {
            const object = side.makeObject({ name: () => '' });
            names.set(object, `object ${(made += 1)}`);
            calls.push(side.call(remote).keep(side.harden([object])));
          }
          await Promise.all(calls);
        }
      },
      close: async () => {
        await peer.client.shutdown();
        await opened.close?.();
      },
    };
  };

  return {
    openNear,
    close: () => {
      kept = [];
      return far.client.shutdown();
    },
  };
};
