// @ts-check

/**
 * LMDB as the committed store below a baggage's overlay: synchronous reads, and batches that are on the disk, or not at all.
 */

import { createRequire } from 'node:module';
import { makeError } from '../errors.js';
import { HEADER as ENCRYPTED } from './encrypted-header.js';
import { isKey } from './entries.js';

/** @import { Batch, Committed } from './overlay.js' */
/** @import { Directory } from './fs-directory.js' */

/**
 * The key of the store's own record. No key of a baggage has this byte: UTF-8 never does.
 */
export const STORE_KEY = Buffer.from([0xff]);
const FIRST_KEY = Buffer.from([0x00]);

/** @param {string} key */
const toBytes = key => Buffer.from(key, 'utf8');

/** LMDB's MDB_CORRUPTED, MDB_VERSION_MISMATCH and MDB_INVALID. */
const DAMAGE = [-30796, -30794, -30793];

/**
 * @param {string} path
 * @returns {import('lmdb').RootDatabase<Uint8Array, Uint8Array>}
 */
const openDatabase = path => {
  // Loaded here and not above: importing this module costs nothing where no directory is opened.
  const lmdb = /** @type {typeof import('lmdb')} */ (createRequire(import.meta.url)('lmdb'));
  return lmdb.open({
    path,
    noSubdir: true,
    encoding: 'binary',
    // Its default key encoding does not work under SES lockdown.
    keyEncoding: 'binary',
    cache: false,
    // A commit is then LMDB's own: data, fdatasync, and a header written through. With overlapping syncs a commit that
    // fails can leave `close` waiting for ever.
    overlappingSync: false,
  });
};

/**
 * @typedef {object} Database
 * @property {Committed} committed
 * @property {(batch: Batch) => Promise<void>} write resolves when the whole batch is on the disk; rejects when none of it is
 * @property {() => Promise<void>} close
 */

/**
 * @param {ReturnType<typeof openDatabase>} db
 */
const makeDatabase = db => {
  /** @param {string} prefix */
  const range = prefix => ({
    start: prefix === '' ? FIRST_KEY : toBytes(prefix),
    end: Buffer.concat([toBytes(prefix), STORE_KEY]),
  });

  /** @type {Committed} */
  const committed = {
    has: key => isKey(key) && db.doesExist(toBytes(key)),
    get: key => {
      if (!isKey(key)) return undefined;
      const value = db.getBinary(toBytes(key));
      return value && new Uint8Array(value);
    },
    keys: prefix => {
      /** @type {string[]} */
      const keys = [];
      for (const { buffer, byteOffset, length } of db.getKeys(range(prefix))) {
        keys.push(Buffer.from(buffer, byteOffset, length).toString('utf8'));
      }
      return keys;
    },
  };

  /** @param {Batch} batch */
  const write = async batch => {
    try {
      await db.batch(() => {
        for (const [key, value] of batch) {
          if (value === undefined) db.remove(toBytes(key));
          else db.put(toBytes(key), value);
        }
      });
    } catch (error) {
      const { commitError } = Object(error);
      // What went wrong comes in a second promise, which nobody else looks at.
      throw commitError instanceof Promise ? await commitError.catch(cause => cause) : error;
    }
  };

  /** @param {readonly string[]} prefixes */
  const forget = prefixes => {
    if (committed.has(ENCRYPTED)) {
      throw makeError('API_MISUSE', 'This baggage is encrypted: give forgetSessions to encryptedBaggage.');
    }
    db.transactionSync(() => {
      for (const key of prefixes.flatMap(committed.keys)) db.removeSync(toBytes(key));
    });
  };

  return { committed, write, forget, close: async () => db.close() };
};

/** @param {string} id of the directory */
export const identityOf = id => Buffer.from(`ocapn-wasm baggage ${id}`);

/**
 * Makes sure that the data is this directory's.
 *
 * @param {ReturnType<typeof openDatabase>} db
 * @param {Directory} directory
 */
const identify = (db, directory) => {
  const record = identityOf(directory.id);
  if (directory.fresh) {
    db.putSync(STORE_KEY, record);
    directory.created();
    return;
  }
  const found = db.getBinary(STORE_KEY);
  if (!found || !record.equals(found)) {
    throw makeError(
      'STORE_DAMAGED',
      `${directory.dataFile} is not the data of this directory: restore both from the same copy.`,
    );
  }
};

/**
 * Opens the data of a directory, or makes it. When that fails the directory is let go.
 *
 * @param {Directory} directory
 * @param {readonly string[]} forget what begins with one of these is deleted first, durably
 * @returns {Database}
 */
export const openLmdb = (directory, forget) => {
  /** @type {ReturnType<typeof openDatabase> | undefined} */
  let db;
  try {
    db = openDatabase(directory.dataFile);
    identify(db, directory);
    const database = makeDatabase(db);
    if (forget.length > 0) database.forget(forget);
    return database;
  } catch (error) {
    // With nothing written in the background this closes at once.
    void db?.close();
    directory.release();
    const code = Object(error).code;
    if (code === 'API_MISUSE' || (typeof code === 'string' && code.startsWith('STORE_'))) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw DAMAGE.includes(code)
      ? makeError('STORE_DAMAGED', `${directory.dataFile} is damaged (${why}): restore it from a copy.`, { cause: error })
      : makeError('STORE_FAILED', `${directory.dataFile} cannot be opened: ${why}`, { cause: error });
  }
};
