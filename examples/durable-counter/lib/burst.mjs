// @ts-check
// Many calls at once, until the peer is gone.

import { E } from '@endo/eventual-send';

import { describeError, tell } from './orders.mjs';

/**
 * @typedef {object} Burst what became of the calls: each is in one of the two
 * @property {number} calls
 * @property {number[]} values of those that were answered
 * @property {Array<{ code?: string, message: string }>} failures of the others
 */

/**
 * Increments a counter again and again, until a call fails. Says when the burst is under way.
 *
 * @param {any} counter
 * @param {{ atOnce: number, underWay: number, most: number }} options so many calls wait at any time; it is under way after so
 *   many answers; it ends after so many calls if nothing else ends it
 * @returns {Promise<Burst>}
 */
export const burst = async (counter, { atOnce, underWay, most }) => {
  /** @type {Burst} */
  const result = { calls: 0, values: [], failures: [] };

  const lane = async () => {
    while (result.failures.length === 0 && result.calls < most) {
      result.calls += 1;
      try {
        result.values.push(Number(await E(counter).increment()));
        if (result.values.length === underWay) tell('under way', {});
      } catch (error) {
        result.failures.push(describeError(error));
      }
    }
  };

  await Promise.all(Array.from({ length: atOnce }, lane));
  return result;
};
