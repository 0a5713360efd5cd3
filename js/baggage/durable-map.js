// @ts-check

/**
 * Maps that live in a baggage, one entry a value: a map at the key K has its entries at `K/<name>`, and where such an entry
 * is a map itself, its own at `K/<name>/<name>`.
 *
 * In a store without commits every prefix of the writes is safe: a map's record comes after its entries and goes before
 * them, so that entries of a map that is not there are never seen. (There, replacing a map by a map is a delete and a set.)
 */

import harden from '@endo/harden';
import { codeOf, makeError } from '../errors.js';
import { fromComponent, toComponent } from './component.js';
import { compareKeys, isKey, MAX_NAME_BYTES, showKey } from './entries.js';
import { makeReferenceStore } from './keepers.js';
import { decodeRecord, encodeRecord } from './record.js';
import { checkStorable, isMapLike, notStorable } from './storable.js';
import { fromStoredForm, toStoredForm } from './stored-form.js';
import { isWellFormed } from '../well-formed.js';

/** @import { Store } from '../store.js' */
/** @import { Content } from './record.js' */
/** @import { Kept } from './stored-form.js' */

/**
 * Like a Map, but each `set`, `delete` and `clear` is written to the baggage, and what `get` gives is always what the
 * baggage holds: a new copy each time, except that a nested map is the same object each time. Names are strings; `keys`
 * and the like go in the order of their code points, and over the entries that there were when they began.
 *
 * `set` throws `NOT_STORABLE`, and changes nothing, at what cannot be kept; a Map becomes a nested durable one. `delete`
 * says whether the entry was there. A map that was deleted, or replaced, throws `API_MISUSE` from then on.
 *
 * Values are copy data: undefined, null, booleans, numbers, bigints, well-formed strings, registered symbols, errors (their
 * message), sturdyrefs, `Uint8Array`s, ArrayBuffers (which come back immutable), lists, plain records and tagged values of
 * these; and references that a client on this baggage can find again. One that is not found, or not at once, comes back as a
 * promise for it, which `set` takes for what it was.
 *
 * @template [V=any]
 * @typedef {{
 *   get: (name: string) => V | undefined,
 *   set: (name: string, value: V) => DurableMap<V>,
 *   has: (name: string) => boolean,
 *   delete: (name: string) => boolean,
 *   clear: () => void,
 *   readonly size: number,
 *   keys: () => IterableIterator<string>,
 *   values: () => IterableIterator<V>,
 *   entries: () => IterableIterator<[string, V]>,
 *   forEach: (act: (value: V, name: string, map: DurableMap<V>) => void) => void,
 *   [Symbol.iterator]: () => IterableIterator<[string, V]>,
 * }} DurableMap
 */

/** @typedef {{ key: string, bytes: Uint8Array }} Write */

/** @typedef {{ key: string, path: string, content: Content, kept: Kept | undefined }} Planned a record to be, checked */

/** @param {string} key */
const depthOf = key => key.split('/').length;

/**
 * The maps of one store.
 *
 * @param {Store} store
 */
export const makeMaps = store => {
  /** @type {Map<string, { map: DurableMap, end: () => void }>} maps that were handed out, by key */
  const known = new Map();

  const references = makeReferenceStore(store.keepers);

  /**
   * @param {string} key
   * @returns {Content | undefined}
   */
  const read = key => {
    const bytes = store.get(key);
    return bytes && decodeRecord(key, bytes);
  };

  /**
   * Everything that is to be stored for a value, checked, with the record of a map after its entries.
   *
   * @param {string} key
   * @param {string} name
   * @param {unknown} value
   * @param {string} path
   * @param {Planned[]} all where it is added
   * @param {readonly object[]} within the maps around it
   */
  const check = (key, name, value, path, all, within) => {
    if (!isKey(key, MAX_NAME_BYTES)) throw notStorable(path, 'the names on the way to it are too long together');
    if (!isMapLike(value)) {
      const kept = checkStorable(value, path, references.keep);
      all.push({ key, path, content: { kind: kept ? 'rich' : 'value', name, value }, kept });
      return;
    }
    if (within.includes(value)) throw notStorable(path, 'it contains itself');
    for (const [inner, each] of [...value.entries()]) {
      const place = `${path}[${typeof inner === 'string' ? JSON.stringify(inner) : String(inner)}]`;
      assertName(inner, place);
      check(`${key}/${toComponent(inner)}`, inner, each, place, all, [...within, value]);
    }
    all.push({ key, path, content: { kind: 'map', name }, kept: undefined });
  };

  /**
   * @param {Planned} planned
   * @returns {Write}
   */
  const encode = ({ key, path, content, kept }) => {
    try {
      const stored = 'value' in content && kept ? { ...content, value: toStoredForm(content.value, kept) } : content;
      return { key, bytes: encodeRecord(key, stored) };
    } catch (error) {
      if (codeOf(error) === 'NOT_STORABLE' || codeOf(error)?.startsWith('STORE_')) throw error;
      throw notStorable(path, error instanceof Error ? error.message : String(error), error);
    }
  };

  /**
   * Everything that has to be written for a value. Nothing is encoded, and no reference gets a token, before all of it is
   * known to be storable.
   *
   * @param {string} key
   * @param {string} name
   * @param {unknown} value
   * @param {string} path
   * @returns {{ isMap: boolean, writes: Write[] }}
   */
  const planEntry = (key, name, value, path) => {
    /** @type {Planned[]} */
    const all = [];
    check(key, name, value, path, all, []);
    return { isMap: all.at(-1)?.content.kind === 'map', writes: all.map(encode) };
  };

  /** @type {(...entry: Parameters<typeof planEntry>) => Write[]} */
  const plan = (...entry) => planEntry(...entry).writes;

  /**
   * Deletes the entries of the map at a key, and ends the maps in it.
   *
   * @param {string} key
   */
  const empty = key => {
    const prefix = `${key}/`;
    for (const [other, { end }] of known) {
      if (other.startsWith(prefix)) {
        known.delete(other);
        end();
      }
    }
    // Those of the map itself first: then nothing leads to the rest.
    const keys = store.keys(prefix).sort((a, b) => depthOf(a) - depthOf(b));
    for (const inner of keys) store.delete(inner);
  };

  /**
   * Ends the map at a key and deletes its entries, not its record.
   *
   * @param {string} key
   */
  const removeBelow = key => {
    known.get(key)?.end();
    known.delete(key);
    empty(key);
  };

  /**
   * @param {string} key
   * @returns {boolean} whether a map is there, or what may have been one
   */
  const holdsMap = key => {
    try {
      const content = read(key);
      return content !== undefined && !('value' in content);
    } catch (error) {
      if (codeOf(error) === 'STORE_DAMAGED') return true;
      throw error;
    }
  };

  /**
   * @param {string} key
   * @param {ReturnType<typeof planEntry>} planned
   */
  const write = (key, { isMap, writes }) => {
    const wasMap = holdsMap(key);
    if (isMap) {
      if (wasMap) store.delete(key);
      // Entries may be there without a record, from a process that ended in the middle of this.
      removeBelow(key);
      for (const each of writes) store.set(each.key, each.bytes);
    } else {
      for (const each of writes) store.set(each.key, each.bytes);
      if (wasMap) removeBelow(key);
    }
  };

  /**
   * @param {string} key
   * @param {string} path
   * @returns {DurableMap}
   */
  const open = (key, path) => {
    const there = known.get(key);
    if (there) return there.map;
    const { map, end } = makeMap(key, path);
    known.set(key, { map, end });
    return map;
  };

  /**
   * @param {string} key
   * @param {Content} content
   * @param {string} path
   */
  const give = (key, content, path) => {
    if (!('value' in content)) return open(key, path);
    if (content.kind === 'value') return content.value;
    try {
      return fromStoredForm(content.value, references.find);
    } catch (error) {
      throw makeError('STORE_DAMAGED', `The record under ${showKey(key)} is of another kind: delete it.`, { cause: error });
    }
  };

  /**
   * @param {string} key
   * @param {string} path
   * @returns {{ map: DurableMap, end: () => void }}
   */
  const makeMap = (key, path) => {
    let over = false;
    /** @type {number | undefined} */
    let size;

    const assertLive = () => {
      if (over) throw makeError('API_MISUSE', `${path} is no longer in the baggage: get it again from the map that held it.`);
    };

    /** @param {string} name */
    const placeOf = name => `${path}[${JSON.stringify(name)}]`;

    /** @param {unknown} name */
    const keyOf = name => (typeof name === 'string' && isWellFormed(name) ? `${key}/${toComponent(name)}` : undefined);

    /** The keys of the entries, without those of the maps in them. */
    const entryKeys = () => store.keys(`${key}/`).filter(each => !each.includes('/', key.length + 1));

    /** @returns {{ name: string, key: string }[]} */
    const list = () => {
      assertLive();
      return entryKeys()
        .map(each => ({ key: each, name: fromComponent(each.slice(key.length + 1)) ?? read(each)?.name ?? '' }))
        .sort((a, b) => compareKeys(a.name, b.name));
    };

    /**
     * @param {string} name
     * @param {string} entryKey
     * @returns {[unknown] | undefined}
     */
    const look = (name, entryKey) => {
      const content = read(entryKey);
      if (!content) return undefined;
      if (content.name !== name) {
        throw makeError('STORE_DAMAGED', `The record under ${showKey(entryKey)} has another name: delete it.`);
      }
      return [give(entryKey, content, placeOf(name))];
    };

    /**
     * @template T
     * @param {(name: string, value: unknown) => T} make
     * @returns {IterableIterator<T>}
     */
    const iterate = function* iterate(make) {
      for (const { name, key: entryKey } of list()) {
        assertLive();
        const found = look(name, entryKey);
        if (found) yield make(name, found[0]);
      }
    };

    /** @type {DurableMap} */
    const map = {
      get: name => {
        assertLive();
        const entryKey = keyOf(name);
        return entryKey && look(name, entryKey)?.[0];
      },
      set: (name, value) => {
        assertLive();
        assertName(name, placeOf(String(name)));
        const entryKey = `${key}/${toComponent(name)}`;
        // A nested map that is set where it is already stays as it is.
        if (value !== undefined && known.get(entryKey)?.map === value) return map;
        const planned = planEntry(entryKey, name, value, placeOf(name));
        // A map that is only like one may have changed this one when it was asked for its entries.
        assertLive();
        const isNew = size !== undefined && !store.has(entryKey);
        write(entryKey, planned);
        if (isNew && size !== undefined) size += 1;
        return map;
      },
      has: name => {
        assertLive();
        const entryKey = keyOf(name);
        return entryKey !== undefined && store.has(entryKey);
      },
      delete: name => {
        assertLive();
        const entryKey = keyOf(name);
        if (entryKey === undefined || !store.has(entryKey)) return false;
        const wasMap = holdsMap(entryKey);
        store.delete(entryKey);
        if (wasMap) removeBelow(entryKey);
        if (size !== undefined) size -= 1;
        return true;
      },
      clear: () => {
        assertLive();
        empty(key);
        size = 0;
      },
      get size() {
        assertLive();
        size ??= entryKeys().length;
        return size;
      },
      keys: () => list().map(({ name }) => name).values(),
      values: () => iterate((_name, value) => value),
      entries: () => iterate((name, value) => /** @type {[string, unknown]} */ ([name, value])),
      [Symbol.iterator]: () => map.entries(),
      forEach: act => {
        for (const [name, value] of map.entries()) act(value, name, map);
      },
    };
    return {
      map: harden(map),
      end: () => {
        over = true;
      },
    };
  };

  return { read, plan, removeBelow, open, give };
};

/**
 * @param {unknown} name
 * @param {string} place
 * @returns {asserts name is string}
 */
function assertName(name, place) {
  if (typeof name !== 'string') throw notStorable(place, `the name of an entry is a string, not a ${typeof name}`);
  if (!isWellFormed(name)) throw notStorable(place, 'its name has a lone surrogate');
}
