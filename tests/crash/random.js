// @ts-check

/**
 * Numbers that a seed decides (mulberry32).
 *
 * @typedef {(below: number) => number} Random an integer from 0 to below, which is not included
 */

/**
 * @param {number} seed
 * @returns {Random}
 */
export const makeRandom = seed => {
  let state = seed >>> 0;
  return below => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
};

/**
 * @template T
 * @param {Random} random
 * @param {readonly T[]} items at least one
 * @returns {T}
 */
export const pick = (random, items) => /** @type {T} */ (items[random(items.length)]);
