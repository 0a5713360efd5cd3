// @ts-check

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

import { makeError } from '../errors.js';

/**
 * A record in a baggage: `<6'record1+ body 8:checksum>`, canonical Syrup. The checksum is the first 8 bytes of the SHA-256
 * of the key, a zero byte, the version and the body, so that a record under another key does not verify.
 */
const VERSION = 1;

/**
 * @param {string} key
 * @param {Uint8Array} body
 */
const checksum = (key, body) =>
  createHash('sha256').update(`${key}\0${VERSION}+`).update(body).digest().subarray(0, 8);

/**
 * @param {string} key
 * @param {Uint8Array} body canonical Syrup
 * @returns {Uint8Array}
 */
export const sealRecord = (key, body) =>
  Uint8Array.from(
    Buffer.concat([Buffer.from(`<6'record${VERSION}+`), body, Buffer.from('8:'), checksum(key, body), Buffer.from('>')]),
  );

/**
 * @param {string} key
 * @param {unknown} [cause]
 */
export const damaged = (key, cause) =>
  makeError('STORE_DAMAGED', `The record at '${key}' does not verify: restore it from a copy, or delete it.`, { cause });

/**
 * @param {string} key
 * @param {unknown} value what the baggage holds there
 * @returns {Buffer} the body
 * @throws {import('../errors.js').CodedError} `STORE_DAMAGED` or `STORE_NEWER`, naming the key
 */
export const openRecord = (key, value) => {
  if (!(value instanceof Uint8Array)) {
    throw damaged(key);
  }
  const record = Buffer.from(value);
  const head = /^<6'record([1-9][0-9]{0,8})\+/.exec(record.toString('latin1'));
  if (head && Number(head[1]) > VERSION) {
    throw makeError('STORE_NEWER', `The record at '${key}' was written by a newer version of this library: use that one.`);
  }
  const body = head ? record.subarray(head[0].length, -11) : record;
  if (!record.equals(sealRecord(key, body))) {
    throw damaged(key);
  }
  return body;
};
