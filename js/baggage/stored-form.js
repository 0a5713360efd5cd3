// @ts-check

/**
 * How a value looks in a record that holds what the codec does not know: bytes that can change, and references. They are
 * tagged values with names of our own; a tagged value of the application's that has such a name is wrapped, so that none is
 * mistaken for ours.
 */

import harden from '@endo/harden';
import { makeTagged } from '@endo/pass-style';
import { isSturdyRef } from '../sturdyref.js';
import { bytesOf, copyToImmutable, isImmutableBuffer } from '../values/bytes.js';

/** @import { CopyTagged } from '@endo/pass-style' */

const OURS = 'ocapn-stored:';
const BYTES = `${OURS}bytes`;
const REFERENCE = `${OURS}reference`;
const TAGGED = `${OURS}tagged`;

/**
 * What a reference becomes: a list of data. Called once it is certain that the whole value is storable, since it may write
 * what the reference is found by.
 *
 * @typedef {() => readonly unknown[]} KeptReference
 */

/** @typedef {Map<object, KeptReference>} Kept what the references in one value become */

/**
 * @callback KeepReference
 * @param {object} value
 * @param {string} path
 * @returns {KeptReference | undefined} `undefined` for what is no reference
 * @throws {import('../errors.js').CodedError} `NOT_STORABLE` for a reference that nothing finds again
 */

/** @typedef {(kept: readonly unknown[]) => unknown} FindReference gives what a reference became, perhaps as a promise */

/** @param {string} tag */
export const isOurTag = tag => tag.startsWith(OURS);

/**
 * @param {string} tag
 * @param {unknown} payload
 */
const tagged = (tag, payload) => makeTagged(tag, harden(/** @type {any} */ (payload)));

/**
 * @param {object} value
 * @returns {value is CopyTagged}
 */
const isTagged = value => Object.hasOwn(value, Symbol.toStringTag) && Object.hasOwn(value, 'payload');

/**
 * @param {object} value a list or a record
 * @param {(each: unknown) => unknown} change
 */
const mapContainer = (value, change) =>
  Array.isArray(value)
    ? value.map(change)
    : Object.fromEntries(Object.entries(value).map(([name, each]) => [name, change(each)]));

/**
 * @param {unknown} value that was found storable
 * @param {Kept} kept what its references become
 * @returns {unknown} what the codec encodes
 */
export const toStoredForm = (value, kept) => {
  if (Object(value) !== value) return value;
  const object = /** @type {object} */ (value);
  const reference = kept.get(object);
  if (reference !== undefined) return tagged(REFERENCE, reference());
  if (object instanceof Uint8Array) return tagged(BYTES, copyToImmutable(object));
  if (isImmutableBuffer(object)) return object;
  if (object instanceof ArrayBuffer) return copyToImmutable(new Uint8Array(object));
  if (object instanceof Error) return harden(Error(String(object.message)));
  if (isSturdyRef(object)) return object;
  if (isTagged(object)) {
    const tag = object[Symbol.toStringTag];
    const payload = toStoredForm(object.payload, kept);
    return isOurTag(tag) ? tagged(TAGGED, [tag, payload]) : tagged(tag, payload);
  }
  return mapContainer(object, each => toStoredForm(each, kept));
};

/**
 * @param {unknown} stored what the codec decoded, hardened
 * @param {FindReference} find
 * @returns {unknown} the value, its containers frozen
 */
export const fromStoredForm = (stored, find) => {
  if (Object(stored) !== stored || typeof stored === 'function') return stored;
  const object = /** @type {object} */ (stored);
  if (isImmutableBuffer(object) || object instanceof Error || isSturdyRef(object)) return object;
  if (!isTagged(object)) return Object.freeze(mapContainer(object, each => fromStoredForm(each, find)));
  const { payload } = object;
  switch (object[Symbol.toStringTag]) {
    case BYTES:
      if (!isImmutableBuffer(Object(payload))) throw TypeError('These are no bytes.');
      return bytesOf(/** @type {any} */ (payload)).slice();
    case REFERENCE:
      return find(/** @type {any} */ (payload));
    case TAGGED: {
      const [tag, inner] = /** @type {any} */ (payload);
      return tagged(tag, fromStoredForm(inner, find));
    }
    default:
      return tagged(object[Symbol.toStringTag], fromStoredForm(payload, find));
  }
};
