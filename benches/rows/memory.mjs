// @ts-check
import { collect, pause } from '../lib/rate.mjs';

/**
 * Memory of both ends together, the core's included: of a session with its two clients, and of an object that one end exports
 * and the other holds.
 *
 * @import { Case, Connected } from '../lib/types.mjs'
 */

const used = async () => {
  for (let i = 0; i < 4; i += 1) {
    collect();
    await pause(5);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/**
 * @param {number} sessions
 * @param {boolean} isMain
 * @returns {Case}
 */
const ofSessions = (sessions, isMain) => ({
  rounds: 3,
  outputs: [
    {
      row: `memory of a session and its two clients${isMain ? '' : `, of ${sessions}`}`,
      unit: 'kB each',
      series: 'memory by sessions',
      size: sessions,
    },
  ],
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
});

/**
 * @param {number} references
 * @param {boolean} isMain
 * @returns {Case}
 */
const ofReferences = (references, isMain) => ({
  rounds: 3,
  outputs: [
    {
      row: `memory of a reference, exported and imported${isMain ? '' : `, of ${references.toLocaleString('en')}`}`,
      unit: 'B each',
      series: 'memory by references',
      size: references,
    },
  ],
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
});

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = ({ quick }) => {
  const sessions = quick ? [50, 10, 25] : [300, 30, 100];
  const references = quick ? [2000, 200, 600] : [20_000, 2000, 6000];
  return [
    ...sessions.map((count, i) => ofSessions(count, i === 0)),
    ...references.map((count, i) => ofReferences(count, i === 0)),
  ];
};
