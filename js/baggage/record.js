// @ts-check

/**
 * The entries that hold an application's values: one record each, with a version and a checksum.
 *
 * A record is the Syrup `<6'record version body checksum>`, as every record of the store. The checksum is the first eight
 * bytes of the SHA-256 of key, a zero byte, version and body (the last two as encoded): it tells damage, and a record under
 * a key that is not its own. The body is a list: what kind it is, the name that it has in its map (a key may hold its hash
 * only), and the value. A value that holds more than the codec knows is `rich`: see stored-form.js.
 */

import { makeError } from '../errors.js';
import { showKey } from './entries.js';
import { valueCodec } from './value-codec.js';

/**
 * `filling`: a map that is being made, whose first entries are not all there yet.
 *
 * @typedef {{ kind: 'value' | 'rich', name: string, value: unknown } | { kind: 'map' | 'filling', name: string }} Content
 */

const VERSION = 1;

const encoder = new TextEncoder();

const HEAD = encoder.encode("<6'record");
const VERSION_BYTES = encoder.encode(`${VERSION}+`);
const CHECKSUM_HEAD = encoder.encode('8:');
const TAIL = encoder.encode('>');
const CHECKSUM = 8;
const AFTER_BODY = CHECKSUM_HEAD.length + CHECKSUM + TAIL.length;

/** @param {...Uint8Array} parts */
const concat = (...parts) => {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
const equal = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/**
 * @param {string} key
 * @param {Uint8Array} covered
 */
const checksum = (key, covered) =>
  valueCodec().sha256(concat(encoder.encode(key), Uint8Array.of(0), covered)).subarray(0, CHECKSUM);

/**
 * @param {string} key
 * @param {Content} content
 * @returns {Uint8Array} what is stored under the key
 * @throws whatever the codec does at a value that it cannot encode
 */
export const encodeRecord = (key, content) => {
  const { kind, name } = content;
  const body = valueCodec().encodeValue('value' in content ? [kind, name, content.value] : [kind, name]);
  const covered = concat(VERSION_BYTES, body);
  return concat(HEAD, covered, CHECKSUM_HEAD, checksum(key, covered), TAIL);
};

/**
 * @param {string} key
 * @param {Uint8Array} bytes what is stored under it
 * @returns {Content}
 * @throws {import('../errors.js').CodedError} `STORE_DAMAGED` or `STORE_NEWER`, which name the key
 */
export const decodeRecord = (key, bytes) => {
  /**
   * @param {string} why
   * @param {unknown} [cause]
   */
  const damaged = (why, cause) =>
    makeError('STORE_DAMAGED', `The record under ${showKey(key)} ${why}: delete it, or restore it from a copy.`, { cause });

  const end = bytes.length - AFTER_BODY;
  const covered = bytes.subarray(HEAD.length, end);
  const digits = covered.findIndex(byte => byte < 0x30 || byte > 0x39);
  if (
    end < HEAD.length ||
    !equal(bytes.subarray(0, HEAD.length), HEAD) ||
    digits < 1 ||
    covered[digits] !== 0x2b ||
    !equal(bytes.subarray(end, end + CHECKSUM_HEAD.length), CHECKSUM_HEAD) ||
    !equal(bytes.subarray(bytes.length - TAIL.length), TAIL)
  ) {
    throw damaged('is none');
  }
  const sum = bytes.subarray(end + CHECKSUM_HEAD.length, bytes.length - TAIL.length);
  if (!equal(checksum(key, covered), sum)) throw damaged('does not match its checksum');
  const version = Number(new TextDecoder().decode(covered.subarray(0, digits)));
  if (version > VERSION) {
    throw makeError('STORE_NEWER', `The record under ${showKey(key)} is of a newer version of this library: use that one.`);
  }
  let body;
  try {
    body = valueCodec().decodeValue(covered.slice(digits + 1));
  } catch (error) {
    throw damaged('cannot be decoded', error);
  }
  const [kind, name, value, ...rest] = Array.isArray(body) ? body : [];
  const hasValue = kind === 'value' || kind === 'rich';
  const length = hasValue ? 3 : 2;
  if (typeof name !== 'string' || rest.length > 0 || !Array.isArray(body) || body.length !== length) {
    throw damaged('is of another kind');
  }
  if (hasValue) return { kind, name, value };
  if (kind === 'map' || kind === 'filling') return { kind, name };
  throw damaged('is of another kind');
};
