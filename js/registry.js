// @ts-check

import { keyOfSwissnum, swissnumOfKey } from './swissnum.js';

/**
 * The objects that can be fetched by a swissnum. Live ones are in a table that the application may bring along; with a
 * baggage, that of the process, which all clients of that baggage share.
 */

/**
 * What a table of live objects has to be: a `Map` is one. Its keys are texts, a character for each byte of the swissnum.
 *
 * @typedef {object} SwissnumTable
 * @property {(key: string) => any} get
 * @property {(key: string, value: any) => unknown} set
 * @property {() => Iterable<[string, any]>} [entries]
 */

/** By which swissnums an object is registered, for each table. @type {WeakMap<object, WeakMap<object, string[]>>} */
const names = new WeakMap();

/** @param {unknown} value */
const isObject = value => Object(value) === value;

export class Registry {
  #table;

  #names;

  #remember;

  #replaced;

  /** Whether the table is a store's, and not the application's. */
  isOfStore;

  /**
   * @param {SwissnumTable} table
   * @param {object} [hooks]
   * @param {(swissnum: Uint8Array, value: object) => void} [hooks.remember] keeps how to make it again
   * @param {(value: object) => void} [hooks.replaced] another object was registered in its place
   * @param {object} [shared] the table, for all who share it
   */
  constructor(table, { remember = () => {}, replaced = () => {} } = {}, shared = table) {
    this.#table = table;
    this.#remember = remember;
    this.#replaced = replaced;
    this.isOfStore = shared !== table;
    this.#names = names.get(shared) ?? new WeakMap();
    names.set(shared, this.#names);
    for (const [key, value] of table.entries?.() ?? []) {
      this.#name(value, key);
    }
  }

  /**
   * @param {unknown} value
   * @param {string} key
   */
  #name(value, key) {
    if (!isObject(value)) {
      return;
    }
    const keys = this.#names.get(/** @type {object} */ (value));
    if (keys === undefined) {
      this.#names.set(/** @type {object} */ (value), [key]);
    } else if (!keys.includes(key)) {
      keys.push(key);
    }
  }

  /**
   * What was registered by a swissnum goes by it no longer: it and what is registered now are two objects to every peer.
   *
   * @param {string} key
   * @param {any} value
   */
  #replace(key, value) {
    let old;
    try {
      old = this.#table.get(key);
    } catch {
      // A table of the application's may throw for what it does not have.
    }
    const keys = old === value || !isObject(old) ? undefined : this.#names.get(old);
    const at = keys?.indexOf(key) ?? -1;
    if (keys !== undefined && at >= 0) {
      keys.splice(at, 1);
      if (at === 0) {
        this.#replaced(old);
      }
    }
  }

  /**
   * @param {Uint8Array} swissnum
   * @param {any} value
   */
  register(swissnum, value) {
    const key = keyOfSwissnum(swissnum);
    this.#replace(key, value);
    this.#table.set(key, value);
    this.#name(value, key);
    if (isObject(value)) {
      this.#remember(swissnum, value);
    }
  }

  /**
   * What the store says is registered was made again in this process. Whoever made it first is right.
   *
   * @param {Uint8Array} swissnum
   * @param {any} value
   * @returns {any} what is registered
   */
  adopt(swissnum, value) {
    const known = this.find(swissnum);
    if (known !== undefined || !isObject(value)) {
      return known ?? value;
    }
    const key = keyOfSwissnum(swissnum);
    if (this.isOfStore) {
      this.#table.set(key, value);
    }
    this.#name(value, key);
    return value;
  }

  /**
   * @param {Uint8Array} swissnum
   * @returns {any} `undefined` when nothing is registered
   */
  find(swissnum) {
    const key = keyOfSwissnum(swissnum);
    const value = this.#table.get(key);
    this.#name(value, key);
    return value;
  }

  /**
   * @param {object} value
   * @returns {Uint8Array | undefined} by which it is registered
   */
  swissnumOf(value) {
    const key = this.#names.get(value)?.[0];
    return key === undefined ? undefined : swissnumOfKey(key);
  }
}

/**
 * The table of a store, which all clients of its baggage share.
 *
 * @param {import('./store.js').Store} store
 * @returns {SwissnumTable}
 */
export const tableOfStore = ({ registry }) => ({
  get: key => registry.get(key)?.value,
  set: (key, value) => registry.set(key, { value }),
});
