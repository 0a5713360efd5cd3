// @ts-check

import { makeError } from '../errors.js';
import { giveRoom, takeRoom } from './room.js';

const COLON = 0x3a;
const ZERO = 0x30;
const FIRST_CAPACITY = 1024;
/** Bytes of a payload for which it is not asked how many there may be now. */
const SMALL = 4096;
const NOTHING = new Uint8Array(new ArrayBuffer(0));

/** @param {string} why */
const malformed = why => makeError('MALFORMED_MESSAGE', `${why}: the peer does not frame messages as length:payload.`);

/**
 * Takes a stream of `<decimal length>:<payload>` frames apart, however it is cut into chunks.
 *
 * A frame holds any number of messages, as for `@endo/ocapn`: an empty one holds none, and is passed on like others.
 *
 * Work is linear in the bytes that arrive, and so is memory: a length prefix alone allocates nothing.
 *
 * @param {object} options
 * @param {number} options.maxFrame bytes of the longest payload that is taken
 * @param {() => number | undefined} [options.maxNow] the same at this time, where it is less
 * @param {(frame: Uint8Array) => boolean} options.onFrame gets each payload, in a buffer of its own with `byteOffset` 0;
 *   says whether to go on: after `false` the rest is dropped
 * @param {boolean} [options.isOverwritten] whether `onFrame` keeps nothing of a payload: then it is a view of memory that
 *   is used again
 */
export const makeDeframer = ({ maxFrame, maxNow = () => undefined, onFrame, isOverwritten = false }) => {
  const take = isOverwritten ? takeRoom : (/** @type {number} */ length) => new Uint8Array(length);
  const give = isOverwritten ? giveRoom : () => {};

  let stopped = false;
  // Of the prefix: undefined before its first digit.
  /** @type {number | undefined} */
  let claimed;
  let inPayload = false;
  let length = 0;
  let filled = 0;
  let payload = NOTHING;

  /** @param {Uint8Array} frame */
  const deliver = frame => {
    inPayload = false;
    claimed = undefined;
    filled = 0;
    payload = NOTHING;
    if (!onFrame(frame)) {
      stopped = true;
    }
  };

  /**
   * @param {Uint8Array} chunk
   * @param {number} start
   * @returns {number} where the prefix, or the chunk, ends
   */
  const readPrefix = (chunk, start) => {
    let at = start;
    while (at < chunk.length) {
      const byte = /** @type {number} */ (chunk[at]);
      at += 1;
      if (byte === COLON && claimed !== undefined) {
        length = claimed;
        inPayload = true;
        const most = length > SMALL ? maxNow() : undefined;
        if (most !== undefined && length > most) {
          throw makeError('LIMIT_EXCEEDED', `The peer announced a message of more than ${most} bytes before there is a session.`);
        }
        return at;
      }
      const digit = byte - ZERO;
      if (digit < 0 || digit > 9) {
        throw malformed(`Byte 0x${byte.toString(16).padStart(2, '0')} in a length prefix`);
      }
      if (claimed === 0) {
        throw malformed('A length prefix with a leading zero');
      }
      claimed = (claimed ?? 0) * 10 + digit;
      if (claimed > maxFrame) {
        throw makeError('LIMIT_EXCEEDED', `The peer announced a message of more than ${maxFrame} bytes (maxFrame).`);
      }
    }
    return at;
  };

  /**
   * @param {Uint8Array} chunk
   * @param {number} start
   * @returns {number} where the payload, or the chunk, ends
   */
  const readPayload = (chunk, start) => {
    const end = Math.min(chunk.length, start + length - filled);
    if (filled === 0 && end - start === length) {
      deliver(isOverwritten ? chunk.subarray(start, end) : chunk.slice(start, end));
      return end;
    }
    const needed = filled + end - start;
    if (needed > payload.length) {
      const grown = take(Math.min(length, Math.max(needed, payload.length * 2, FIRST_CAPACITY)));
      grown.set(payload.subarray(0, filled));
      give(payload);
      payload = grown;
    }
    payload.set(chunk.subarray(start, end), filled);
    filled = needed;
    if (filled === length) {
      const whole = payload;
      deliver(whole);
      give(whole);
    }
    return end;
  };

  return {
    /**
     * @param {Uint8Array} chunk the next bytes of the stream; not a `Buffer`, whose `slice` does not copy
     * @throws {import('../errors.js').CodedError} `MALFORMED_MESSAGE` or `LIMIT_EXCEEDED`; nothing can be read after that
     */
    push(chunk) {
      let at = 0;
      const isDone = () => stopped || (at === chunk.length && !(inPayload && length === 0));
      while (!isDone()) {
        at = inPayload ? readPayload(chunk, at) : readPrefix(chunk, at);
      }
    },

    /** Whether the stream so far ends inside a frame. */
    isInsideFrame: () => !stopped && (inPayload || claimed !== undefined),
  };
};

/**
 * Writes a frame's prefix. Through a DataView, since element stores are slow under SES lockdown.
 *
 * @param {DataView} view
 * @param {number} at
 * @param {number} length of the payload
 * @returns {number} where the prefix ends
 */
export const writePrefix = (view, at, length) => {
  let digits = 1;
  for (let rest = length; rest >= 10; rest = Math.floor(rest / 10)) {
    digits += 1;
  }
  for (let rest = length, index = at + digits - 1; index >= at; index -= 1) {
    view.setUint8(index, ZERO + (rest % 10));
    rest = Math.floor(rest / 10);
  }
  view.setUint8(at + digits, COLON);
  return at + digits + 1;
};

/** Bytes of the longest prefix that {@link writePrefix} writes. */
export const LONGEST_PREFIX = 17;
