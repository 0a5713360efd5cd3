// @ts-check

import harden from '@endo/harden';

import { makeError } from './errors.js';
import { bytesOf, copyToImmutable, isImmutableBuffer } from './values/bytes.js';

/**
 * Swissnums: what whoever knows it may fetch. As a value it is an immutable ArrayBuffer.
 *
 * @typedef {ArrayBuffer & { readonly __swissnum?: never }} SwissNum
 */

/** Bytes of the longest swissnum that an object can be registered under: a peer can ask for any that fits in a message. */
const LONGEST = 4096;

const encoder = new TextEncoder();

/**
 * @param {Uint8Array} bytes of a swissnum
 * @returns {boolean} whether anything could be registered under it
 */
export const mayBeRegistered = bytes => bytes.length <= LONGEST;

/**
 * @param {Uint8Array} bytes copied
 * @returns {SwissNum}
 */
export const swissnumFromBytes = bytes => harden(copyToImmutable(bytes));

/**
 * @param {SwissNum} swissNum
 * @returns {Uint8Array} a copy of its bytes
 * @throws {import('./errors.js').CodedError} `API_MISUSE` when it is not a swissnum
 */
export const swissnumToBytes = swissNum => {
  if (typeof swissNum !== 'object' || swissNum === null || !isImmutableBuffer(swissNum)) {
    throw makeError('API_MISUSE', 'Not a swissnum: make one with encodeSwissnum or swissnumFromBytes.');
  }
  return bytesOf(swissNum).slice();
};

/**
 * A swissnum of printable text.
 *
 * @param {string} text ASCII alone
 * @returns {SwissNum}
 * @throws {import('./errors.js').CodedError} `API_MISUSE` for other characters, named by their position
 */
export const encodeSwissnum = text => {
  for (let i = 0; i < text.length; i += 1) {
    if (text.charCodeAt(i) > 127) {
      throw makeError('API_MISUSE', `Invalid ASCII character in swissnum at position ${i}`);
    }
  }
  return swissnumFromBytes(encoder.encode(text));
};

/**
 * @param {SwissNum} swissNum
 * @returns {string}
 * @throws {import('./errors.js').CodedError} `API_MISUSE` when it is not ASCII text
 */
export const decodeSwissnum = swissNum => {
  const bytes = swissnumToBytes(swissNum);
  if (bytes.some(byte => byte > 127)) {
    throw makeError('API_MISUSE', 'The swissnum is not ASCII text: use swissnumToBytes.');
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
};

/**
 * @param {unknown} given a swissnum in any of its forms: text, bytes, or as a value
 * @returns {Uint8Array} a copy of its bytes
 * @throws {import('./errors.js').CodedError} `API_MISUSE` for anything else
 */
export const bytesOfSwissnum = given => {
  if (typeof given === 'string') {
    return swissnumToBytes(encodeSwissnum(given));
  }
  return given instanceof Uint8Array ? given.slice() : swissnumToBytes(/** @type {SwissNum} */ (given));
};

/**
 * The text that stands for a swissnum in tables: a character for each byte, which is itself where it is ASCII.
 *
 * @param {Uint8Array} bytes
 * @returns {string}
 * @throws {import('./errors.js').CodedError} `API_MISUSE` when it is too long to be in one
 */
export const keyOfSwissnum = bytes => {
  if (!mayBeRegistered(bytes)) {
    throw makeError('API_MISUSE', `A swissnum that is registered has at most ${LONGEST} bytes, not ${bytes.length}.`);
  }
  return String.fromCharCode(...bytes);
};

/**
 * @param {string} key
 * @returns {Uint8Array}
 */
export const swissnumOfKey = key => Uint8Array.from(key, character => character.charCodeAt(0));
