// @ts-check

/**
 * IndexedDB as the store below a baggage: everything is read when it is opened, and a batch is one transaction.
 */

import { openDB, unwrap } from 'idb';
import { codeOf, makeError } from '../errors.js';
import { HEADER as ENCRYPTED } from './encrypted-header.js';
import { isKey, showKey } from './entries.js';
import { makeMirror } from './mirror.js';

/** @import { IDBPDatabase } from 'idb' */
/** @import { Batch, Committed } from './overlay.js' */

/** Of the layout. */
const VERSION = 1;

/** Ms that the browser has to open a database. */
const PATIENCE = 20_000;

const ENTRIES = 'entries';

/**
 * @typedef {object} IdbDatabase
 * @property {Committed} committed
 * @property {(batch: Batch) => Promise<void>} write resolves when the whole batch is on the disk; rejects when none of it is
 * @property {() => void} close
 */

/** @param {unknown} error */
const messageOf = error => (error instanceof Error ? error.message : String(error));

/**
 * Says what the browser's word for a failure means.
 *
 * @param {unknown} error
 * @returns {unknown} an error with a code, where there is more to say than that it failed
 */
const explain = error => {
  switch (Object(error).name) {
    case 'QuotaExceededError':
      return makeError('QUOTA_EXCEEDED', 'this site has no room left: free some of it, or ask for persistent storage', { cause: error });
    case 'InvalidStateError':
    case 'AbortError':
      // In the middle of a write: before that is told, as it will be.
      return makeError('STORE_DELETED', 'the browser closed its database: perhaps the data of this site was deleted', { cause: error });
    default:
      return error;
  }
};

/**
 * @param {string} name
 * @param {unknown} error
 */
const whyNotOpen = (name, error) => {
  const code = codeOf(error);
  if (code?.startsWith('STORE_') || code === 'BAGGAGE_IN_USE' || code === 'API_MISUSE') return error;
  switch (Object(error).name) {
    case 'VersionError':
      return makeError('STORE_NEWER', `The baggage ${name} was written by a newer version of this library: use that one.`, {
        cause: error,
      });
    case 'SecurityError':
    case 'InvalidStateError':
      return makeError('STORE_UNAVAILABLE', `This page may not use IndexedDB (${messageOf(error)}).`, { cause: error });
    default: {
      const cause = explain(error);
      return makeError('STORE_FAILED', `The baggage ${name} cannot be opened: ${messageOf(cause)}`, { cause });
    }
  }
};

/**
 * @typedef {object} OpenOptions
 * @property {readonly string[]} forget what begins with one of these is deleted first, durably
 * @property {boolean} isExpected whether the database was made before, so that its absence is a loss
 * @property {(cause: unknown) => void} gone told when the database goes away from under this connection
 * @property {number} [version]
 * @property {number} [patience] ms
 */

/** @param {string} name */
const lost = name =>
  makeError(
    'STORE_DAMAGED',
    `The database ${name} is gone, though it was not deleted by this library: the browser may have found it damaged. Restore it ` +
      'from a copy, or begin anew after deleteIndexedDbBaggage({ name }).',
  );

/**
 * @param {string} name
 * @param {OpenOptions} options
 * @returns {Promise<IDBPDatabase>}
 */
const connect = (name, { isExpected, gone, version = VERSION, patience = PATIENCE }) =>
  new Promise((resolve, reject) => {
    let isAbandoned = false;
    const abandon = () => {
      isAbandoned = true;
      const text = `Another connection to the database ${name} keeps it from being opened: close the page, or the tool, that has it.`;
      reject(makeError('BAGGAGE_IN_USE', text));
    };
    // Behind a deletion that waits for somebody, the browser says nothing.
    const timer = setTimeout(abandon, patience);
    openDB(name, version, {
      upgrade: (db, from, _to, transaction) => {
        const isLost = isExpected && from === 0;
        if (isLost) reject(lost(name));
        if (isLost || isAbandoned) {
          transaction.done.catch(() => {});
          transaction.abort();
        } else if (!db.objectStoreNames.contains(ENTRIES)) db.createObjectStore(ENTRIES);
      },
      blocked: abandon,
      blocking: (_version, wanted, event) => {
        // Whoever asks is let through: it would wait for ever.
        /** @type {IDBDatabase} */ (event.target).close();
        gone(makeError('STORE_DELETED', wanted === null ? 'its database is deleted' : 'its database is upgraded elsewhere'));
      },
      terminated: () => gone(makeError('STORE_DELETED', 'the browser closed its database: perhaps the data of this site was deleted')),
    })
      .then(db => {
        if (isAbandoned) db.close();
        resolve(db);
      }, reject)
      .finally(() => clearTimeout(timer));
  });

/**
 * @param {string} name
 * @param {string} why
 */
const damaged = (name, why) => makeError('STORE_DAMAGED', `The database ${name} ${why}: delete it, or use another name.`);

/**
 * @param {IDBPDatabase} db
 * @returns {Promise<Map<string, Uint8Array>>}
 */
const readAll = async db => {
  if (db.objectStoreNames.length !== 1 || !db.objectStoreNames.contains(ENTRIES)) throw damaged(db.name, 'is no baggage');
  const { store, done } = db.transaction(ENTRIES);
  const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll(), done]);
  const entries = new Map();
  keys.forEach((key, i) => {
    const value = values[i];
    if (!isKey(key)) throw damaged(db.name, 'holds what is no key of a baggage');
    if (!(value instanceof Uint8Array)) throw damaged(db.name, `holds no bytes under ${showKey(key)}`);
    entries.set(key, value);
  });
  return entries;
};

/**
 * Opens a database, or makes it.
 *
 * @param {string} name
 * @param {OpenOptions} options
 * @returns {Promise<IdbDatabase>}
 */
export const openDatabase = async (name, options) => {
  if (!globalThis.indexedDB) {
    throw makeError('STORE_UNAVAILABLE', 'This page has no IndexedDB, perhaps because it is private: keep state in another baggage.');
  }
  /** @type {IDBPDatabase | undefined} */
  let db;
  try {
    db = await connect(name, options);
    const mirror = makeMirror(await readAll(db));
    const raw = unwrap(db);

    /** @param {Batch} batch */
    const write = async batch => {
      try {
        await new Promise((resolve, reject) => {
          const transaction = raw.transaction(ENTRIES, 'readwrite', { durability: 'strict' });
          transaction.oncomplete = resolve;
          // After an error of a request, too.
          transaction.onabort = () => reject(transaction.error ?? new DOMException('the transaction was aborted', 'AbortError'));
          const store = transaction.objectStore(ENTRIES);
          try {
            for (const [key, value] of batch) {
              if (value === undefined) store.delete(key);
              else store.put(value, key);
            }
            transaction.commit();
          } catch (error) {
            transaction.abort();
            throw error;
          }
        });
      } catch (error) {
        throw explain(error);
      }
      mirror.apply(batch);
    };

    if (options.forget.length > 0 && mirror.committed.has(ENCRYPTED)) {
      throw makeError('API_MISUSE', 'This baggage is encrypted: give forgetSessions to encryptedBaggage.');
    }
    const forgotten = options.forget.flatMap(prefix => mirror.committed.keys(prefix));
    if (forgotten.length > 0) await write(new Map(forgotten.map(key => [key, undefined])));
    return { committed: mirror.committed, write, close: () => raw.close() };
  } catch (error) {
    db?.close();
    throw whyNotOpen(name, error);
  }
};
