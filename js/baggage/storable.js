// @ts-check

/**
 * What an application can keep: copy data.
 */

import { makeError } from '../errors.js';

/** Containers within each other: what a record can hold of them. */
const DEEPEST = 120;

const objectPrototype = Object.prototype;

/**
 * @param {string} path
 * @param {string} why
 * @param {unknown} [cause]
 */
export const notStorable = (path, why, cause) =>
  makeError('NOT_STORABLE', `${path} cannot be stored: ${why}.`, { cause });

/**
 * @param {string} path
 * @param {string} name of a property
 */
const below = (path, name) =>
  /^[A-Za-z_$][\w$]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;

/**
 * @param {string} text
 * @returns {boolean}
 */
export const isWellFormed = text => !/\p{Surrogate}/u.test(text);

/**
 * @param {unknown} value
 * @returns {value is Map<unknown, unknown>} whether it is a map, or behaves like one
 */
export const isMapLike = value =>
  value instanceof Map ||
  (typeof value === 'object' &&
    value !== null &&
    ['get', 'set', 'has', 'entries'].every(name => typeof Reflect.get(value, name) === 'function'));

/**
 * @param {object} value
 * @param {string} path
 * @param {number} depth
 */
const assertList = (value, path, depth) => {
  const list = /** @type {unknown[]} */ (value);
  const names = Reflect.ownKeys(list);
  if (names.length !== list.length + 1) throw notStorable(path, 'it has holes, or properties of its own');
  for (let i = 0; i < list.length; i += 1) {
    const property = Object.getOwnPropertyDescriptor(list, i);
    if (!property || !('value' in property)) throw notStorable(`${path}[${i}]`, 'it is no plain element');
    check(property.value, `${path}[${i}]`, depth + 1);
  }
};

/**
 * @param {object} value
 * @param {string} path
 * @param {number} depth
 */
const assertRecord = (value, path, depth) => {
  for (const name of Reflect.ownKeys(value)) {
    if (typeof name === 'symbol') throw notStorable(path, `it has a property ${String(name)}`);
    const place = below(path, name);
    if (!isWellFormed(name)) throw notStorable(place, 'its name has a lone surrogate');
    const property = Object.getOwnPropertyDescriptor(value, name);
    if (!property?.enumerable || !('value' in property)) throw notStorable(place, 'it is no plain property');
    check(property.value, place, depth + 1);
  }
};

/**
 * @param {unknown} value
 * @param {string} path
 * @param {number} depth
 */
const check = (value, path, depth) => {
  if (typeof value === 'string') {
    if (!isWellFormed(value)) throw notStorable(path, 'it has a lone surrogate');
    return;
  }
  if (typeof value === 'symbol' || typeof value === 'function') throw notStorable(path, `it is a ${typeof value}`);
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return;
  if (depth >= DEEPEST) throw notStorable(path, 'it nests too deeply, or contains itself');
  if (Array.isArray(value)) {
    assertList(value, path, depth);
  } else if (Object.getPrototypeOf(value) === objectPrototype) {
    assertRecord(value, path, depth);
  } else if (isMapLike(value)) {
    throw notStorable(path, 'a map can only be an entry of a map itself');
  } else {
    throw notStorable(path, 'it is neither bytes, nor a list, nor a plain record, nor a map');
  }
};

/**
 * Refuses what is no copy data: anything but undefined, null, booleans, numbers, bigints, well-formed strings, bytes
 * (`Uint8Array`, `ArrayBuffer`), and lists and plain records of these.
 *
 * @param {unknown} value
 * @param {string} path what an error calls it
 * @throws {import('../errors.js').CodedError} `NOT_STORABLE`, naming the path to what cannot be stored
 */
export const assertStorable = (value, path) => check(value, path, 0);
