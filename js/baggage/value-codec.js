// @ts-check

/**
 * How stored values become bytes. There is one judge of Syrup, in Rust, so the codec is handed in by whoever loads the core.
 */

import { makeError } from '../errors.js';

/**
 * @typedef {object} ValueCodec
 * @property {(value: unknown) => Uint8Array} encodeValue the value as canonical Syrup, -0 kept; throws when it is no copy
 *   data, or over a limit. The result is the caller's
 * @property {(bytes: Uint8Array) => unknown} decodeValue a new, hardened value; throws when the bytes are not exactly one
 * @property {(bytes: Uint8Array) => Uint8Array} sha256 32 bytes
 */

/** @type {ValueCodec | undefined} */
let current;

/**
 * @param {ValueCodec} codec
 */
export const setValueCodec = codec => {
  current = codec;
};

/** @returns {ValueCodec} */
export const valueCodec = () => {
  if (!current) throw makeError('API_MISUSE', 'The core is not loaded yet: await init() before a baggage is used.');
  return current;
};
