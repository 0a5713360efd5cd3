// @ts-check

/**
 * The whole of a store in memory, where that is how a store can be read at once.
 */

import { compareKeys } from './entries.js';

/** @import { Batch, Committed } from './overlay.js' */

/**
 * @param {Map<string, Uint8Array>} entries this module's from now on
 * @returns {{ committed: Committed, apply: (batch: Batch) => void }} `apply` shows a batch that was committed
 */
export const makeMirror = entries => {
  /** @type {string[] | undefined} the keys in their order, until that changes */
  let sorted;

  const order = () => {
    sorted ??= [...entries.keys()].sort(compareKeys);
    return sorted;
  };

  /**
   * @param {string[]} keys
   * @param {string} prefix
   * @returns {number} where the first key is that is not before the prefix
   */
  const startOf = (keys, prefix) => {
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareKeys(/** @type {string} */ (keys[middle]), prefix) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    committed: {
      has: key => entries.has(key),
      get: key => {
        const value = entries.get(key);
        return value && new Uint8Array(value);
      },
      keys: prefix => {
        const keys = order();
        const start = startOf(keys, prefix);
        let end = start;
        while (keys[end]?.startsWith(prefix)) end += 1;
        return keys.slice(start, end);
      },
    },
    apply: batch => {
      for (const [key, value] of batch) {
        if (value === undefined) {
          if (entries.delete(key)) sorted = undefined;
        } else {
          if (!entries.has(key)) sorted = undefined;
          entries.set(key, value);
        }
      }
    },
  };
};
