// @ts-check

import { makeError } from '../errors.js';

/**
 * A record in a baggage: `<6'record1+ body 8:checksum>`, canonical Syrup. The checksum is the first 8 bytes of the SHA-256
 * of the key, a zero byte, the version and the body, so that a record under another key does not verify.
 *
 * @typedef {(bytes: Uint8Array) => Uint8Array} Sha256
 */
const VERSION = 1;

/** The bytes after the body. */
const TAIL = 11;

const encoder = new TextEncoder();

/**
 * @param {Array<string | Uint8Array>} parts text as UTF-8
 * @returns {Uint8Array}
 */
export const joinBytes = parts => {
  const pieces = parts.map(part => (typeof part === 'string' ? encoder.encode(part) : part));
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
};

/**
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
export const areSameBytes = (left, right) =>
  left.length === right.length && left.every((byte, index) => byte === right[index]);

/**
 * @param {Sha256} sha256
 * @param {string} key
 * @param {Uint8Array} body canonical Syrup
 * @returns {Uint8Array}
 */
export const sealRecord = (sha256, key, body) => {
  const checksum = sha256(joinBytes([`${key}\0${VERSION}+`, body])).subarray(0, 8);
  return joinBytes([`<6'record${VERSION}+`, body, '8:', checksum, '>']);
};

/**
 * @param {string} key
 * @param {unknown} [cause]
 */
export const damaged = (key, cause) =>
  makeError('STORE_DAMAGED', `The record at '${key}' does not verify: restore it from a copy, or delete it.`, { cause });

/**
 * @param {Sha256} sha256
 * @param {string} key
 * @param {unknown} value what the baggage holds there
 * @returns {Uint8Array} the body
 * @throws {import('../errors.js').CodedError} `STORE_DAMAGED` or `STORE_NEWER`, naming the key
 */
export const openRecord = (sha256, key, value) => {
  if (!(value instanceof Uint8Array)) {
    throw damaged(key);
  }
  const record = new Uint8Array(value);
  const head = /^<6'record([1-9][0-9]{0,8})\+/.exec(String.fromCharCode(...record.subarray(0, 24)));
  if (head && Number(head[1]) > VERSION) {
    throw makeError('STORE_NEWER', `The record at '${key}' was written by a newer version of this library: use that one.`);
  }
  const body = head ? record.subarray(head[0].length, -TAIL) : record;
  if (!areSameBytes(record, sealRecord(sha256, key, body))) {
    throw damaged(key);
  }
  return body;
};
