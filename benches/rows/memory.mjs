// @ts-check
import { collect, pause } from '../lib/rate.mjs';

/**
 * Memory of both ends together, the core's included: of a session with its two clients, and of an object that one end exports
 * and the other holds.
 *
 * @import { Connected } from '../lib/types.mjs'
 */

const used = async () => {
  for (let i = 0; i < 4; i += 1) {
    collect();
    await pause(5);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = ({ quick }) => {
  const sessions = quick ? 50 : 300;
  const references = quick ? 2000 : 20_000;
  return [
    {
      rounds: 3,
      outputs: [{ row: 'memory of a session and its two clients', unit: 'kB' }],
      open: async side => {
        const { connect } = side;
        if (connect === undefined || side.name === 'floor') return undefined;
        const make = async () => {
          /** @type {Connected[]} */
          const made = [];
          for (let i = 0; i < sessions; i += 1) {
            made.push(await connect({ target: side.makeObject({ echo: x => x }) }));
          }
          return made;
        };
        const end = (/** @type {Connected[]} */ made) => Promise.all(made.map(({ close }) => close()));
        return {
          sample: async () => {
            const before = await used();
            const made = await make();
            const taken = (await used()) - before;
            await end(made);
            return [taken / sessions / 1000];
          },
          close: () => {},
        };
      },
    },
    {
      rounds: 3,
      outputs: [{ row: 'memory of a reference, exported and imported', unit: 'B' }],
      open: async side => {
        const { connect } = side;
        if (connect === undefined || side.name === 'floor') return undefined;
        return {
          sample: async () => {
            /** @type {any[]} */
            const kept = [];
            const target = side.makeObject({
              keep: objects => {
                kept.push(...objects.map((/** @type {any} */ object) => object.dup?.() ?? object));
              },
            });
            const { remote, close } = await connect({ target });
            const give = async (/** @type {number} */ count) => {
              const objects = Array.from({ length: count }, () => side.makeObject({ value: () => 1 }));
              for (let i = 0; i < count; i += 100) {
                await side.call(remote).keep(side.harden(objects.slice(i, i + 100)));
              }
            };
            await give(100);
            const before = await used();
            await give(references);
            const taken = (await used()) - before;
            await close();
            return [taken / references];
          },
          close: () => {},
        };
      },
    },
  ];
};
