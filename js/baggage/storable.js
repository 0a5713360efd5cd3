// @ts-check

/**
 * What an application can keep: copy data, sturdyrefs, and references that outlive the process.
 */

import { PASS_STYLE, passStyleOf } from '@endo/pass-style';
import { codeOf, makeError } from '../errors.js';
import { isSturdyRef } from '../sturdyref.js';
import { isImmutableBuffer } from '../values/bytes.js';
import { isWellFormed } from '../well-formed.js';
import { isOurTag } from './stored-form.js';

/** @import { CopyTagged } from '@endo/pass-style' */
/** @import { KeepReference, Kept } from './stored-form.js' */

/** Containers within each other: what a record can hold of them. */
const DEEPEST = 120;

/** Bits of the largest integer: what its reader takes has at most 4,096 digits. */
const INTEGER_BITS = 13_600;

const { getPrototypeOf, getOwnPropertyDescriptor } = Object;
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
 * @param {object} value
 * @returns {string | undefined} what Endo says that it is
 */
const styleOf = value => {
  try {
    return passStyleOf(/** @type {any} */ (value));
  } catch {
    return undefined;
  }
};

/** @param {object} value */
const isReference = value =>
  value instanceof Promise ||
  // Nothing without a mark is a remotable, and Endo would make an error to say so.
  (Reflect.get(value, PASS_STYLE) !== undefined && styleOf(value) === 'remotable');

/** @param {object} value */
const hasMethodsOfMap = value =>
  ['get', 'set', 'has', 'entries'].every(name => typeof Reflect.get(value, name) === 'function');

/**
 * @param {unknown} value
 * @returns {value is Map<unknown, unknown>} whether it is a map, or behaves like one. A reference is none, whatever its methods:
 *   it is kept as the object that it is
 */
export const isMapLike = value => {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return value instanceof Map || (hasMethodsOfMap(value) && !isReference(value));
  } catch {
    return false;
  }
};

/**
 * @param {symbol} symbol
 * @param {string} path
 */
const assertSymbol = (symbol, path) => {
  const name = Symbol.keyFor(symbol);
  if (name === undefined) throw notStorable(path, 'it is a symbol that is not registered (see Symbol.for)');
  if (name.startsWith('@@') || !isWellFormed(name)) throw notStorable(path, 'it is a symbol with a name that cannot be');
};

/** Looks one value through, without a trace anywhere. */
class Check {
  #keep;

  /** @type {Kept} */
  #kept = new Map();

  /** Whether all of it is data that the codec knows. */
  #isPlain = true;

  /** @param {KeepReference} keep */
  constructor(keep) {
    this.#keep = keep;
  }

  /** @returns {Kept | undefined} `undefined` when the value can be encoded as it is */
  get result() {
    return this.#isPlain ? undefined : this.#kept;
  }

  /**
   * @param {unknown} value
   * @param {string} path
   * @param {number} depth
   */
  value(value, path, depth) {
    switch (typeof value) {
      case 'string':
        if (!isWellFormed(value)) throw notStorable(path, 'it has a lone surrogate');
        return;
      case 'bigint':
        if (BigInt.asIntN(INTEGER_BITS, value) !== value) throw notStorable(path, 'it has too many digits');
        return;
      case 'symbol':
        assertSymbol(value, path);
        return;
      case 'function':
        this.#reference(value, path);
        return;
      case 'object':
        if (value !== null) this.#object(value, path, depth);
        return;
      default:
    }
  }

  /**
   * @param {object} value
   * @param {string} path
   * @param {number} depth
   */
  #object(value, path, depth) {
    const prototype = getPrototypeOf(value);
    if (Array.isArray(value)) {
      if (prototype !== Array.prototype) throw notStorable(path, 'it is an array of another class');
      this.#list(value, path, depth);
    } else if (prototype === objectPrototype) {
      this.#plain(value, path, depth);
    } else if (value instanceof Uint8Array) {
      this.#isPlain = false;
    } else if (value instanceof ArrayBuffer) {
      this.#isPlain &&= isImmutableBuffer(value);
    } else if (isMapLike(value)) {
      throw notStorable(path, 'a map can only be an entry of a map itself');
    } else if (!(value instanceof Error)) {
      this.#reference(value, path);
    }
  }

  /**
   * @param {string} path
   * @param {number} depth
   */
  static #enter(path, depth) {
    if (depth >= DEEPEST) throw notStorable(path, 'it nests too deeply, or contains itself');
  }

  /**
   * @param {unknown[]} list
   * @param {string} path
   * @param {number} depth
   */
  #list(list, path, depth) {
    Check.#enter(path, depth);
    if (Reflect.ownKeys(list).length !== list.length + 1) {
      throw notStorable(path, 'it has holes, or properties of its own');
    }
    for (let i = 0; i < list.length; i += 1) {
      const property = getOwnPropertyDescriptor(list, i);
      if (!property || !('value' in property)) throw notStorable(`${path}[${i}]`, 'it is no plain element');
      this.value(property.value, `${path}[${i}]`, depth + 1);
    }
  }

  /**
   * @param {object} value whose prototype is that of records
   * @param {string} path
   * @param {number} depth
   */
  #plain(value, path, depth) {
    if (!getOwnPropertyDescriptor(value, Symbol.toStringTag)) {
      this.#record(value, path, depth);
    } else if (isSturdyRef(value)) {
      // The codec knows what it names.
    } else if (styleOf(value) === 'tagged') {
      this.#tagged(/** @type {CopyTagged} */ (value), path, depth);
    } else {
      this.#reference(value, path);
    }
  }

  /**
   * @param {object} record
   * @param {string} path
   * @param {number} depth
   */
  #record(record, path, depth) {
    Check.#enter(path, depth);
    for (const name of Reflect.ownKeys(record)) {
      if (typeof name === 'symbol') throw notStorable(path, `it has a property ${String(name)}`);
      const place = below(path, name);
      if (!isWellFormed(name)) throw notStorable(place, 'its name has a lone surrogate');
      const property = getOwnPropertyDescriptor(record, name);
      if (!property?.enumerable || !('value' in property)) throw notStorable(place, 'it is no plain property');
      if (name === 'then' && typeof property.value === 'function') throw notStorable(place, 'it makes a thenable');
      this.value(property.value, place, depth + 1);
    }
  }

  /**
   * @param {CopyTagged} tagged
   * @param {string} path
   * @param {number} depth
   */
  #tagged(tagged, path, depth) {
    Check.#enter(path, depth);
    const tag = tagged[Symbol.toStringTag];
    if (!isWellFormed(tag)) throw notStorable(path, 'its tag has a lone surrogate');
    if (isOurTag(tag)) this.#isPlain = false;
    this.value(tagged.payload, `${path}.payload`, depth + 1);
  }

  /**
   * @param {object} value
   * @param {string} path
   */
  #reference(value, path) {
    if (this.#kept.has(value)) return;
    const kept = this.#keep(value, path);
    if (kept === undefined) {
      const style = typeof value === 'function' ? 'a function' : 'neither data nor a reference';
      throw notStorable(path, `it is ${style}`);
    }
    this.#isPlain = false;
    this.#kept.set(value, kept);
  }
}

/**
 * Refuses what cannot be kept, and changes nothing. What can: undefined, null, booleans, numbers, bigints, well-formed
 * strings, registered symbols, bytes (`Uint8Array`, `ArrayBuffer`), errors (of which the message is kept), sturdyrefs, lists,
 * plain records and tagged values of these, and references that `keep` knows how to find again.
 *
 * @param {unknown} value
 * @param {string} path what an error calls it
 * @param {KeepReference} keep
 * @returns {Kept | undefined} what the references in it become; `undefined` when the codec can encode it as it is
 * @throws {import('../errors.js').CodedError} `NOT_STORABLE`, naming the path to what cannot be stored
 */
export const checkStorable = (value, path, keep) => {
  const check = new Check(keep);
  try {
    check.value(value, path, 0);
  } catch (error) {
    throw codeOf(error) === undefined ? notStorable(path, 'it throws when it is looked at', error) : error;
  }
  return check.result;
};
