// @ts-check

/**
 * Prints what so many of something take in a process that did nothing before: the memory of the core never shrinks, so that a second
 * time would find room of the first.
 *
 *     node --expose-gc benches/lib/memory.mjs SIDE sessions|references COUNT   (by benches/rows/memory.mjs)
 */

import { collect, pause } from './rate.mjs';

/** @import { Connected, Side } from './types.mjs' */

const [, , name, what, count] = process.argv;
/** @type {{ side: Side }} */
const { side } = await import(`../sides/${name}.mjs`);

/** @param {any} target @returns {Promise<Connected>} */
const connect = target => /** @type {NonNullable<Side['connect']>} */ (side.connect)({ target });

const used = async () => {
  for (let i = 0; i < 4; i += 1) {
    collect();
    await pause(5);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** What is made stays until the process ends. @type {any[]} */
const kept = [];

/** @param {number} sessions */
const makeSessions = async sessions => {
  for (let i = 0; i < sessions; i += 1) {
    kept.push(await connect(side.makeObject({ echo: x => x })));
  }
};

const prepareReferences = async () => {
  const target = side.makeObject({
    keep: objects => {
      kept.push(...objects.map((/** @type {any} */ object) => object.dup?.() ?? object));
    },
  });
  const { remote } = await connect(target);
  return async (/** @type {number} */ references) => {
    const objects = Array.from({ length: references }, () => side.makeObject({ value: () => 1 }));
    for (let i = 0; i < references; i += 100) {
      await side.call(remote).keep(side.harden(objects.slice(i, i + 100)));
    }
  };
};

const make = what === 'sessions' ? makeSessions : await prepareReferences();
// Code is compiled, and what all share is made.
await make(what === 'sessions' ? 3 : 100);
const before = await used();
await make(Number(count));
console.log(((await used()) - before) / Number(count));
process.exit();
