// @ts-check

/**
 * What was set and is not yet durable, laid over a store whose writes become visible only once they are committed.
 *
 * There are two layers: what the running commit writes, and what was set since it began. Reads look through both.
 */

import { compareKeys } from './entries.js';

/**
 * A batch of writes: the last one of each key. `undefined` deletes.
 *
 * @typedef {Map<string, Uint8Array | undefined>} Batch
 */

/**
 * The committed store.
 *
 * @typedef {object} Committed
 * @property {(key: string) => boolean} has
 * @property {(key: string) => Uint8Array | undefined} get a copy
 * @property {(prefix: string) => string[]} keys in the order of their code points
 */

/**
 * @param {Committed} committed
 */
export const makeOverlay = committed => {
  /** @type {Batch} */
  let pending = new Map();
  /** @type {Batch} */
  let writing = new Map();

  return {
    /** @param {string} key */
    has: key => {
      if (pending.has(key)) return pending.get(key) !== undefined;
      if (writing.has(key)) return writing.get(key) !== undefined;
      return committed.has(key);
    },

    /**
     * @param {string} key
     * @returns {Uint8Array | undefined} a copy
     */
    get: key => {
      for (const batch of [pending, writing]) {
        const value = batch.get(key);
        if (value) return new Uint8Array(value);
        if (batch.has(key)) return undefined;
      }
      return committed.get(key);
    },

    /**
     * @param {string} prefix
     * @returns {string[]} in the order of their code points
     */
    keys: prefix => {
      const there = committed.keys(prefix);
      const changes = [...writing, ...pending].filter(([key]) => key.startsWith(prefix));
      if (changes.length === 0) return there;
      const keys = new Set(there);
      let grown = false;
      for (const [key, value] of changes) {
        if (value === undefined) {
          keys.delete(key);
        } else if (!keys.has(key)) {
          keys.add(key);
          grown = true;
        }
      }
      return grown ? [...keys].sort(compareKeys) : [...keys];
    },

    /**
     * @param {string} key
     * @param {Uint8Array | undefined} value kept as it is; undefined deletes
     */
    put: (key, value) => {
      pending.set(key, value);
    },

    /** @returns {boolean} whether anything waits for the next commit */
    waits: () => pending.size > 0,

    /**
     * A commit begins: what waits becomes its batch. `done` ends it.
     *
     * @returns {Batch}
     */
    take: () => {
      writing = pending;
      pending = new Map();
      return writing;
    },

    /** The batch that was taken is committed. */
    done: () => {
      writing = new Map();
    },
  };
};
