// @ts-check

/**
 * One record of a baggage at a time, as people read it.
 */

import { codeOf } from '../errors.js';
import { valueCodec } from '../baggage/value-codec.js';
import { openRecord } from '../netlayers/kept-record.js';
import { swissnumOfKey } from '../swissnum.js';
import { bytesOf, isImmutableBuffer } from '../values/bytes.js';
import { requireWasm } from '../wasm.js';

/**
 * What names an object of ours. A swissnum is a secret: a part of its hash stands for it.
 *
 * @typedef {{ by: 'swissnum', swissnum: string } | { by: 'host', value: unknown } | { by: 'unknown' }} ShownDescription
 */

/** @typedef {{ kind: string, fields: Record<string, any> }} ReadRecord */

/** Digits of a hash that are shown: enough to tell two apart, too few to look for what it is the hash of. */
const SHOWN_DIGITS = 12;

/** @param {Uint8Array} bytes */
export const toHexText = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');

/** @param {string} digits */
const shorten = digits => `sha256:${digits.slice(0, SHOWN_DIGITS)}\u2026`;

/** @param {Uint8Array} secret */
const hashOf = secret => shorten(toHexText(valueCodec().sha256(secret)));

/**
 * @param {string} component of a swissnum's key: percent-encoded bytes, or their hash where that is too long
 * @returns {string} the same as of its description
 */
export const showSwissnum = component => {
  const hashed = /^sha256:([0-9a-f]{64})$/.exec(component);
  if (hashed) return shorten(String(hashed[1]));
  const text = component.replace(/%([0-9A-F]{2})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
  return hashOf(swissnumOfKey(text));
};

/**
 * @param {Uint8Array} description
 * @returns {ShownDescription}
 */
export const showDescription = description => {
  try {
    const [by, named] = /** @type {[symbol, unknown]} */ (valueCodec().decodeValue(description));
    if (by === Symbol.for('host')) return { by: 'host', value: named };
    if (by === Symbol.for('swissnum') && isImmutableBuffer(Object(named))) {
      return { by: 'swissnum', swissnum: hashOf(bytesOf(/** @type {ArrayBuffer} */ (named))) };
    }
  } catch {
    // Of a newer version, or damage that no checksum tells.
  }
  return { by: 'unknown' };
};

/** @param {unknown} value @returns {unknown} integers as numbers where those are exact; bytes as bytes */
const simplify = value => {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  return isImmutableBuffer(Object(value)) ? bytesOf(/** @type {ArrayBuffer} */ (value)).slice() : value;
};

/**
 * @param {string} key of this library's
 * @param {Uint8Array} bytes
 * @returns {ReadRecord | undefined} undefined for a key that this version does not know; of a record that cannot be used the
 *   kind is its error's code, and the field `why` says more
 */
export const readRecord = (key, bytes) => {
  const encoded = requireWasm().records.read(key, bytes);
  if (encoded) {
    const [kind, ...rest] = /** @type {[string, ...unknown[]]} */ (valueCodec().decodeValue(encoded));
    if (kind.startsWith('STORE_')) return { kind, fields: { why: rest[0] } };
    const fields = Object.fromEntries(
      Array.from({ length: rest.length / 2 }, (_, i) => [rest[2 * i], simplify(rest[2 * i + 1])]),
    );
    return { kind, fields };
  }
  const isBoot = key === 'ocapn:boot';
  if (!isBoot && !key.startsWith('ocapn:netlayer/')) return undefined;
  try {
    openRecord(valueCodec().sha256, key, bytes);
    return { kind: isBoot ? 'boot' : 'netlayer', fields: {} };
  } catch (error) {
    return { kind: codeOf(error) ?? 'STORE_DAMAGED', fields: { why: 'does not verify' } };
  }
};

/**
 * @param {readonly string[]} location transport, designator, and names and values of hints in turn
 */
export const showLocation = ([transport = '', designator = '', ...hints]) => ({
  transport,
  designator,
  hints: Object.fromEntries(Array.from({ length: hints.length / 2 }, (_, i) => [hints[2 * i], hints[2 * i + 1]])),
});
