// @ts-check

import harden from '@endo/harden';
import { makeError } from '../errors.js';
import { assertKey, compareKeys, copyValue, showKey } from './entries.js';

/** @import { Baggage } from './types.js' */

/**
 * A baggage that lives as long as the process: sessions survive a lost socket, not a restart.
 *
 * @returns {Baggage} with durability 'memory' and no `commit`: a set is in force at once
 */
export const makeInMemoryBaggage = () => {
  /** @type {Map<string, Uint8Array>} */
  const entries = new Map();

  /** @type {Baggage} */
  const baggage = {
    durability: 'memory',
    has: key => entries.has(key),
    get: key => {
      const value = entries.get(key);
      return value && new Uint8Array(value);
    },
    set: (key, value) => {
      assertKey(key);
      entries.set(key, copyValue(key, value));
    },
    delete: key => {
      entries.delete(key);
    },
    keys: (prefix = '') => [...entries.keys()].filter(key => key.startsWith(prefix)).sort(compareKeys),
    init: (key, value) => {
      if (entries.has(key)) throw makeError('API_MISUSE', `There is a value under ${showKey(key)} already.`);
      baggage.set(key, value);
    },
  };
  return harden(baggage);
};
harden(makeInMemoryBaggage);
