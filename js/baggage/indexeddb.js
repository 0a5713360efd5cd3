// @ts-check

import harden from '@endo/harden';
import { deleteDB } from 'idb';
import { codeOf, makeError } from '../errors.js';
import { makeCommitting } from './committing.js';
import { isKey } from './entries.js';
import { openDatabase } from './idb-database.js';
import { findMarker } from './opfs-marker.js';
import { SESSION_PREFIXES } from './session-keys.js';
import { holdLock } from './web-lock.js';

/** @import { CommittingBaggage } from './committing.js' */
/** @import { CodedError } from '../errors.js' */

/**
 * @typedef {object} IndexedDbBaggageOptions
 * @property {string} name of the baggage; its database, and its lock, are `ocapn-wasm/<name>`
 * @property {boolean} [wait] whether to wait while another tab has the baggage open, instead of failing at once
 * @property {AbortSignal} [signal] ends the wait
 * @property {boolean} [persist] ask the browser not to delete the data of this site when room is short; it may ask its user
 * @property {boolean} [forgetSessions] drop all sessions (not the sturdyrefs, and not what the application stored): for data
 *   that was restored from a copy
 */

/**
 * @typedef {CommittingBaggage & { readonly persisted: Promise<boolean> }} IndexedDbBaggage `persisted` tells whether the browser
 *   keeps the data until its user deletes it
 */

/** What a name may take up as the name of a file. */
const LONGEST_NAME = 200;

/** @param {unknown} name */
const placeOf = name => {
  if (!isKey(name) || encodeURIComponent(name).length > LONGEST_NAME) {
    throw makeError('API_MISUSE', `A baggage in IndexedDB needs a name, of at most ${LONGEST_NAME} characters where it is percent-encoded.`);
  }
  return `ocapn-wasm/${name}`;
};

/**
 * @param {boolean} ask
 * @returns {Promise<boolean>}
 */
const isPersisted = async ask => {
  const { storage } = globalThis.navigator;
  try {
    // Workers can only look.
    return (ask && (await storage.persist?.())) || (await storage.persisted());
  } catch {
    return false;
  }
};

/**
 * Keeps a baggage in IndexedDB, in a page or a worker.
 *
 * What was committed survives the page, the browser and the power (`durability: 'power'`), until somebody deletes the data
 * of the site; unless it is persistent, the browser may do so too when room is short. All of it is read when it is opened,
 * and held in memory. One tab, or worker, owns it at a time; the browser frees it when its page goes away, however that
 * happens. Every script of the site can read it, private keys included.
 *
 * Chromium deletes a database that it finds damaged, which one can be after a browser was killed. That is told from a first
 * start, by an empty file in the private file system of the site, and is `STORE_DAMAGED`.
 *
 * `get`, `has` and `keys` see a set at once. `commit` makes everything durable that was set before it was called, in one
 * transaction; what is set while it runs belongs to the next. A commit that fails (its error's `cause` has the code
 * `QUOTA_EXCEEDED` when there is no room) closes the baggage, and so does the deletion of its database, or of all data of the
 * site (`STORE_DELETED`, likewise): every later call throws `STORE_FAILED`, and it can be opened again, as the last good
 * commit left it. `close` commits what is left.
 *
 * @param {IndexedDbBaggageOptions} options
 * @returns {Promise<IndexedDbBaggage>}
 * @throws {CodedError} `BAGGAGE_IN_USE` at once when another tab or worker, or this one, has it open, or when the wait was
 *   ended; `STORE_UNAVAILABLE` where there is no IndexedDB, or no Web Locks; `STORE_DAMAGED` when the database holds something
 *   else, or is gone; `STORE_NEWER`; `STORE_FAILED` for whatever else the browser says, as its `cause`; `API_MISUSE`
 */
export const openIndexedDbBaggage = async ({ name, wait = false, signal, persist = false, forgetSessions = false }) => {
  const place = placeOf(name);
  /** @type {(cause: unknown) => void} */
  let fail = () => {};
  /** @type {unknown} */
  let early;
  /** @param {unknown} cause */
  const gone = cause => {
    early ??= cause;
    fail(cause);
  };

  const lock = await holdLock(place, { wait, ...(signal && { signal }), lost: gone });
  try {
    const marker = await findMarker(name);
    const forget = forgetSessions ? SESSION_PREFIXES : [];
    const { committed, write, close } = await openDatabase(place, { forget, isExpected: marker.isThere, gone });
    if (!marker.isThere) await marker.put();
    const letGo = async () => {
      close();
      await lock.release();
    };
    const made = makeCommitting({ name: place, durability: 'power', committed, write, letGo });
    fail = made.fail;
    if (early !== undefined) throw fail(early);
    return harden({ ...made.baggage, persisted: isPersisted(persist) });
  } catch (error) {
    await lock.release();
    throw error;
  }
};
harden(openIndexedDbBaggage);

/**
 * Deletes a baggage that nobody has open, sessions, keys and all.
 *
 * @param {{ name: string }} options
 * @returns {Promise<void>} resolves when it is gone, or was never there
 * @throws {CodedError} `BAGGAGE_IN_USE`; `STORE_UNAVAILABLE`; `STORE_FAILED`; `API_MISUSE`
 */
export const deleteIndexedDbBaggage = async ({ name }) => {
  const place = placeOf(name);
  const lock = await holdLock(place, { wait: false, lost: () => {} });
  try {
    // First, so that an end in between leaves all of the baggage.
    await (await findMarker(name)).remove();
    await new Promise((resolve, reject) => {
      const blocked = () => reject(makeError('BAGGAGE_IN_USE', `Another connection to ${place} is open: it is deleted once that is closed.`));
      deleteDB(place, { blocked }).then(resolve, reject);
    });
  } catch (cause) {
    throw codeOf(cause) === undefined
      ? makeError('STORE_FAILED', `The baggage ${place} could not be deleted (${Object(cause).message}).`, { cause })
      : cause;
  } finally {
    await lock.release();
  }
};
harden(deleteIndexedDbBaggage);
