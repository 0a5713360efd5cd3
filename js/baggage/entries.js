// @ts-check

/**
 * The rules that keys and values of every baggage of ours follow.
 */

import { makeError } from '../errors.js';
import { isWellFormed } from '../well-formed.js';

/** The longest key in bytes of UTF-8. The bound is LMDB's, less some room; what makes keys hashes long components. */
export const MAX_KEY_BYTES = 1900;

/** The longest key that every adapter takes: hiding it makes it longer. */
export const MAX_NAME_BYTES = 1380;

const encoder = new TextEncoder();

/**
 * @param {string} key
 * @returns {string} the key as an error message shows it
 */
export const showKey = key => JSON.stringify(key.length > 200 ? `${key.slice(0, 200)}\u2026` : key);

/**
 * @param {unknown} key
 * @param {number} longest in bytes
 * @returns {[code: string, why: string] | undefined} why this cannot be a key
 */
const flawOf = (key, longest) => {
  if (typeof key !== 'string') return ['API_MISUSE', `A key of a baggage is a string, not a ${typeof key}.`];
  if (key === '') return ['API_MISUSE', 'A key of a baggage cannot be empty.'];
  if (!isWellFormed(key)) return ['API_MISUSE', `The key ${showKey(key)} has a lone surrogate.`];
  if (key.length * 3 > longest && encoder.encode(key).length > longest) {
    return ['LIMIT_EXCEEDED', `The key ${showKey(key)} is longer than ${longest} bytes.`];
  }
  return undefined;
};

/**
 * @param {unknown} key
 * @param {number} [longest] in bytes
 * @returns {key is string} false for what can never have been set: no string, an empty one, one with a lone surrogate (two
 *   such keys would become one in UTF-8), one that is too long
 */
export const isKey = (key, longest = MAX_KEY_BYTES) => flawOf(key, longest) === undefined;

/**
 * Refuses what is no key (see `isKey`) with `API_MISUSE` or `LIMIT_EXCEEDED`.
 *
 * @param {unknown} key
 * @param {number} [longest] in bytes
 * @returns {asserts key is string}
 */
export function assertKey(key, longest = MAX_KEY_BYTES) {
  const flaw = flawOf(key, longest);
  if (flaw) throw makeError(...flaw);
}

/**
 * @param {string} key
 * @param {unknown} value
 * @returns {Uint8Array} a copy, in a buffer of its own
 */
export const copyValue = (key, value) => {
  if (!(value instanceof Uint8Array)) {
    throw makeError('API_MISUSE', `The value of ${showKey(key)} is not a Uint8Array.`);
  }
  return new Uint8Array(value);
};

/**
 * @param {string} a
 * @param {string} b
 * @returns {number} the order of the code points, which is the order of the bytes of UTF-8
 */
export const compareKeys = (a, b) => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x !== y) {
      // In UTF-16 the surrogates (D800..DFFF) come before E000..FFFF, which they follow as code points.
      if (x >= 0xd800 && y >= 0xd800) {
        x = x >= 0xe000 ? x - 0x800 : x + 0x2000;
        y = y >= 0xe000 ? y - 0x800 : y + 0x2000;
      }
      return x - y;
    }
  }
  return a.length - b.length;
};
