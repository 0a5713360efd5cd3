// @ts-check

import { makeError } from './errors.js';

/**
 * The randomness of the host: what it passed to `init`, else its `crypto`.
 *
 * @typedef {(length: number) => Uint8Array} Random fit for keys
 */

/** @type {Random | undefined} */
let given;

/**
 * Says what clients and netlayers that are made from now on draw from.
 *
 * @param {Random} random
 * @throws {import('./errors.js').CodedError} `API_MISUSE` for what is no function, or for a second source
 */
export const useRandom = random => {
  if (typeof random !== 'function') {
    throw makeError('API_MISUSE', 'random is not a function.');
  }
  if (given !== undefined && given !== random) {
    throw makeError('API_MISUSE', 'init() was given another source of randomness before: pass one, once.');
  }
  given = random;
};

/** The source that the host passed. */
export const givenRandom = () => given;

/**
 * @param {number} length
 * @returns {Uint8Array}
 */
export const randomBytes = length =>
  given === undefined ? globalThis.crypto.getRandomValues(new Uint8Array(length)) : given(length);
