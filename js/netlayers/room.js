// @ts-check

/**
 * Room for messages that is used again, for clients that keep nothing of what a netlayer hands them: a large buffer made
 * anew costs several times what its bytes cost to copy, and brings the garbage collector sooner.
 *
 * @import { NetlayerHandlers } from './types.js'
 */

/** Bytes from which on it pays; what is shorter comes out of the engine's young generation. */
const LEAST = 64 << 10;

/** Bytes that are kept for later, by all netlayers of the process together. */
const MOST = 4 << 20;

/** @type {WeakSet<NetlayerHandlers['handleMessageData']>} */
const keepers = new WeakSet();

/**
 * Says of a function that it keeps nothing of the data that it is called with. A wrapper around it is another function.
 *
 * @template {NetlayerHandlers['handleMessageData']} T
 * @param {T} handleMessageData
 * @returns {T}
 */
export const keepsNothing = handleMessageData => {
  keepers.add(handleMessageData);
  return handleMessageData;
};

/**
 * @param {NetlayerHandlers} handlers
 * @returns {boolean} whether the data that they were given may be overwritten when `handleMessageData` has returned
 */
export const mayOverwrite = ({ handleMessageData }) => keepers.has(handleMessageData);

/** @type {ArrayBuffer[]} */
const spare = [];

let held = 0;

/**
 * Room whose rest may hold other messages: for whom `mayOverwrite` holds.
 *
 * @param {number} length
 * @returns {Uint8Array<ArrayBuffer>}
 */
export const takeRoom = length => {
  const index = length < LEAST ? -1 : spare.findIndex(buffer => buffer.byteLength >= length);
  const [buffer] = index === -1 ? [] : spare.splice(index, 1);
  if (buffer === undefined) return new Uint8Array(length);
  held -= buffer.byteLength;
  return new Uint8Array(buffer, 0, length);
};

/**
 * Gives back what was taken, once nobody looks at it any more.
 *
 * @param {Uint8Array<ArrayBuffer>} room
 */
export const giveRoom = ({ buffer }) => {
  const { byteLength } = buffer;
  if (byteLength >= LEAST && held + byteLength <= MOST) {
    held += byteLength;
    spare.push(buffer);
  }
};
