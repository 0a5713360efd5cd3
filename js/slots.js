// @ts-check

import { makeError } from './errors.js';
import { bytesOf, isImmutableBuffer } from './values/bytes.js';

/**
 * Names of the places that a session gives to what crosses it, as `@endo/ocapn` writes them.
 */

/** An object, a promise or an answer. @typedef {'o' | 'p' | 'a'} SlotType */

/** `<type><'+' when it is on this side, else '-'><position>`. @typedef {string} Slot */

/**
 * @param {SlotType} type
 * @param {boolean} isLocal
 * @param {bigint} position
 * @returns {Slot}
 */
export const makeSlot = (type, isLocal, position) => `${type}${isLocal ? '+' : '-'}${position}`;

/**
 * @param {Slot} slot
 * @returns {{ type: SlotType, isLocal: boolean, position: bigint }}
 * @throws {import('./errors.js').CodedError} `API_MISUSE` when it is not a slot
 */
export const parseSlot = slot => {
  const match = /^([opa])([+-])(0|[1-9][0-9]*)$/.exec(slot);
  if (match === null) {
    const type = slot[0];
    throw makeError('API_MISUSE', 'opa'.includes(String(type)) ? `Invalid slot: ${slot}` : `Invalid slot type: ${type}`);
  }
  const [, type, side, position] = match;
  return { type: /** @type {SlotType} */ (type), isLocal: side === '+', position: BigInt(/** @type {string} */ (position)) };
};

/**
 * Where the sessions of a client have one object or promise.
 *
 * @param {any} inspection what the client's core holds
 * @param {number | undefined} handle what the object is known by
 * @returns {Array<{ sessionId: string, slot: Slot }>}
 */
export const slotsOfHandle = ({ sessions }, handle) => {
  /** @type {Array<{ sessionId: string, slot: Slot }>} */
  const found = [];
  for (const { id, exports, imports } of sessions) {
    for (const { isLocal, entries } of [
      { isLocal: true, entries: exports },
      { isLocal: false, entries: imports },
    ]) {
      for (const { position, promise, handle: other } of entries) {
        if (other === handle) {
          found.push({ sessionId: id, slot: makeSlot(promise ? 'p' : 'o', isLocal, BigInt(position)) });
        }
      }
    }
  }
  return found;
};

/**
 * @param {Uint8Array | ArrayBuffer} bytes
 * @returns {string} in lower case
 */
export const toHex = bytes => {
  const view =
    bytes instanceof Uint8Array ? bytes : isImmutableBuffer(bytes) ? bytesOf(bytes) : new Uint8Array(bytes);
  let text = '';
  for (const byte of view) {
    text += byte.toString(16).padStart(2, '0');
  }
  return text;
};
