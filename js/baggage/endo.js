// @ts-check

import harden from '@endo/harden';
import { base64url } from '../base-text.js';
import { makeError } from '../errors.js';
import { assertKey, compareKeys, copyValue, isKey, showKey } from './entries.js';

/** @import { Baggage } from './types.js' */

/**
 * What Endo calls a baggage: `has`, `get`, `init`, perhaps `set`, and no way to delete or to list. It holds nested maps, and
 * gives them back as it likes: as they are, or as stores of its own that look like them.
 *
 * @typedef {object} EndoBaggage
 * @property {(key: string) => boolean} has
 * @property {(key: string) => any} get
 * @property {(key: string, value: any) => unknown} [init] throws when the key is there
 * @property {(key: string, value: any) => unknown} [set]
 */

/**
 * A nested map: a Map, or a store of Endo's, whose `set` may want the key to be there and whose `get` may throw where it is not.
 *
 * @typedef {object} NestedMap
 * @property {(key: string) => boolean} has
 * @property {(key: string) => unknown} get
 * @property {(key: string, value: string) => unknown} set
 * @property {(key: string, value: string) => unknown} [init]
 * @property {(key: string) => unknown} delete
 * @property {() => Iterable<string>} keys
 */

/**
 * @typedef {object} EndoBaggageOptions
 * @property {() => unknown} [makeMap] makes the nested maps, each of which is put under a key of its own; `new Map()` by
 *   default
 * @property {Baggage['durability']} [durability] what the data survives
 */

/** The root keys of the pull request that brought baggage to Endo's client, which are the prefixes of ours. */
const TABLES = harden([
  'ocapn:swissnumTable',
  'ocapn:giftTable',
  'ocapn:resumeSessionsByLocationId',
  'ocapn:resumeSessionsById',
  'ocapn-durable:tables',
]);

/** Where everything else is, under its whole key. */
const REST = 'ocapn-wasm:entries';

/** What our values begin with, as text: Endo's stores hold text everywhere, and bytes not yet. */
const MARK = '~';

/**
 * @param {EndoBaggage} endo
 * @param {string} key
 * @param {() => unknown} makeMap
 * @returns {NestedMap}
 */
const provideTable = (endo, key, makeMap) => {
  if (!endo.has(key)) {
    const made = makeMap();
    if (endo.init) endo.init(key, made);
    else endo.set?.(key, made);
  }
  const table = endo.has(key) ? endo.get(key) : undefined;
  for (const method of ['has', 'get', 'set', 'delete', 'keys']) {
    if (typeof Object(table)[method] !== 'function') {
      throw makeError('API_MISUSE', `What this baggage has under ${showKey(key)} is no map: it has no method ${method}.`);
    }
  }
  return table;
};

/**
 * Takes Endo's baggage. Entries are in nested maps, one for each root key of the pull request and one for the rest, as text.
 *
 * What the pull request's own client left there stays, and is not seen: it holds nothing that a session can be resumed by.
 * (Where one of its registrations has the name of one of ours, `get` throws until that is registered again.)
 *
 * There is no `commit`: each set is in force, and as durable as that baggage makes it, when it returns.
 *
 * @param {EndoBaggage} endoBaggage
 * @param {EndoBaggageOptions} [options]
 * @returns {Baggage & Required<Pick<Baggage, 'init'>>}
 * @throws {import('../errors.js').CodedError} `API_MISUSE` when it is no baggage, or does not keep the nested maps that it is
 *   given
 */
export const fromEndoBaggage = (endoBaggage, { makeMap = () => new Map(), durability } = {}) => {
  const { has, get, init, set } = Object(endoBaggage);
  if (typeof has !== 'function' || typeof get !== 'function' || (typeof init !== 'function' && typeof set !== 'function')) {
    throw makeError('API_MISUSE', "This is no baggage of Endo's: it needs has, get, and init or set.");
  }
  /** @type {{ prefix: string, table: NestedMap }[]} */
  const tables = [...TABLES, REST].map(key => ({
    prefix: key === REST ? '' : `${key}/`,
    table: provideTable(endoBaggage, key, makeMap),
  }));

  /**
   * @param {string} key
   * @returns {{ table: NestedMap, name: string }}
   */
  const find = key => {
    const found = tables.find(({ prefix }) => key.startsWith(prefix) && key.length > prefix.length);
    const { table, prefix } = /** @type {{ prefix: string, table: NestedMap }} */ (found);
    return { table, name: key.slice(prefix.length) };
  };

  /** @param {unknown} value */
  const isOurs = value => typeof value === 'string' && value.startsWith(MARK);

  /** @type {Baggage & Required<Pick<Baggage, 'init'>>} */
  const baggage = {
    has: key => {
      if (!isKey(key)) return false;
      const { table, name } = find(key);
      return table.has(name);
    },
    get: key => {
      if (!isKey(key)) return undefined;
      const { table, name } = find(key);
      if (!table.has(name)) return undefined;
      const text = table.get(name);
      const value = isOurs(text) ? base64url.decode(/** @type {string} */ (text).slice(MARK.length)) : undefined;
      if (value) return value;
      throw makeError('STORE_DAMAGED', `What is under ${showKey(key)} was not written by this library: delete it.`);
    },
    set: (key, value) => {
      assertKey(key);
      const { table, name } = find(key);
      const text = `${MARK}${base64url.encode(copyValue(key, value))}`;
      if (table.init && !table.has(name)) table.init(name, text);
      else table.set(name, text);
    },
    delete: key => {
      if (!isKey(key)) return;
      const { table, name } = find(key);
      if (table.has(name)) table.delete(name);
    },
    keys: (wanted = '') => {
      /** @type {string[]} */
      const keys = [];
      for (const { prefix, table } of tables) {
        if (!prefix.startsWith(wanted) && !wanted.startsWith(prefix)) continue;
        for (const name of table.keys()) {
          const key = `${prefix}${name}`;
          if (key.startsWith(wanted) && isOurs(table.get(name))) keys.push(key);
        }
      }
      return keys.sort(compareKeys);
    },
    init: (key, value) => {
      if (baggage.has(key)) throw makeError('API_MISUSE', `There is a value under ${showKey(key)} already.`);
      baggage.set(key, value);
    },
    ...(durability && { durability }),
  };
  return harden(baggage);
};
harden(fromEndoBaggage);
