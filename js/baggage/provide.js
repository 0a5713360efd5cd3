// @ts-check

/**
 * What an application keeps in a baggage, beside the sessions and under the same commits.
 */

import harden from '@endo/harden';
import { makeError } from '../errors.js';
import { assertFree, openStore } from '../store.js';
import { toRoot } from './component.js';
import { makeMaps } from './durable-map.js';
import { assertKey, MAX_NAME_BYTES, showKey } from './entries.js';
import { encodeRecord } from './record.js';
import { isMapLike } from './storable.js';
import { valueCodec } from './value-codec.js';

/** @import { Baggage } from './types.js' */
/** @import { DurableMap } from './durable-map.js' */
/** @import { Store } from '../store.js' */

/** @type {WeakMap<Store, ReturnType<typeof makeMaps>>} */
const mapsOf = new WeakMap();

/** @param {Baggage} baggage */
const openMaps = baggage => {
  // Before the core is loaded nothing can be read or written.
  valueCodec();
  const store = openStore(baggage);
  const maps = mapsOf.get(store) ?? makeMaps(store);
  mapsOf.set(store, maps);
  return { store, maps };
};

/**
 * Gives what is in the baggage under a key, and makes it first when nothing is there.
 *
 * When it is a map, a durable map is given, filled with what the made one held, whose every `set`, however deep, is one
 * small write: no reply leaves before the writes of its handler are durable. Other copy data is stored as it is. What is
 * given is always what the baggage gives back.
 *
 * @template T
 * @param {Baggage} baggage
 * @param {string} key any but those that begin with `ocapn:` or `ocapn-durable:`; the baggage's keys that begin with it and
 *   `/` are taken
 * @param {() => T} make called when nothing is there
 * @returns {T extends Map<string, infer V> ? DurableMap<V> : T}
 * @throws {import('../errors.js').CodedError} `NOT_STORABLE`, naming the path to what cannot be stored (then nothing is);
 *   `STORE_DAMAGED` when what is there does not verify, or is missing while its entries are there; `STORE_NEWER`;
 *   `STORE_FAILED`; `API_MISUSE`
 */
export const provideFromBaggage = (baggage, key, make) => {
  assertKey(key, MAX_NAME_BYTES);
  assertFree(key);
  const { store, maps } = openMaps(baggage);
  const root = toRoot(key);
  /** @typedef {T extends Map<string, infer V> ? DurableMap<V> : T} Given */

  const there = maps.read(root);
  if (there && there.kind !== 'filling') return /** @type {Given} */ (maps.give(root, there, key));
  if (!there && store.keys(`${root}/`).length > 0) {
    throw makeError('STORE_DAMAGED', `The record under ${showKey(root)} is missing: its entries are there.`);
  }

  const writes = maps.plan(root, key, make(), key);
  if (maps.read(root)?.kind !== there?.kind) {
    throw makeError('API_MISUSE', `${showKey(key)} was provided while it was being made.`);
  }
  if (there) maps.removeBelow(root);
  // In a store without commits this tells a map that was not filled to its end from one that lost its record.
  else if (writes.length > 1) store.set(root, encodeRecord(root, { kind: 'filling', name: key }));
  for (const write of writes) store.set(write.key, write.bytes);

  const kept = maps.read(root);
  if (!kept) throw makeError('STORE_FAILED', `The baggage did not keep ${showKey(key)}.`);
  return /** @type {Given} */ (maps.give(root, kept, key));
};
harden(provideFromBaggage);

/**
 * Gives the durable map under a key, an empty one at first.
 *
 * @template [V=any]
 * @param {Baggage} baggage
 * @param {string} key
 * @returns {DurableMap<V>}
 * @throws {import('../errors.js').CodedError} as `provideFromBaggage`, and `API_MISUSE` when something else is there
 */
export const provideMapStoreFromBaggage = (baggage, key) => {
  const map = provideFromBaggage(baggage, key, () => new Map());
  if (!isMapLike(map)) throw makeError('API_MISUSE', `What is under ${showKey(key)} is not a map.`);
  return map;
};
harden(provideMapStoreFromBaggage);
