// @ts-check

import harden from '@endo/harden';
import { makeError } from '../errors.js';
import { assertKey, copyValue, showKey } from './entries.js';
import { openDirectory } from './fs-directory.js';
import { openLmdb } from './fs-lmdb.js';
import { makeOverlay } from './overlay.js';
import { SESSION_PREFIXES } from './session-keys.js';

/** @import { Baggage } from './types.js' */
/** @import { CodedError } from '../errors.js' */

/**
 * @typedef {object} FsBaggageOptions
 * @property {string} filePath a directory; made, with mode 0700, when it is not there
 * @property {boolean} [forgetSessions] drop all sessions (not the sturdyrefs, and not what the application stored): for a
 *   directory that was copied, or restored from a backup
 */

/**
 * Keeps a baggage in a directory, in an LMDB file.
 *
 * What was committed survives the process and the power (`durability: 'power'`). One baggage owns the directory at a time;
 * the system frees it when its process ends, however that ends. It holds private keys: files are made with mode 0600, and
 * deleted ones stay in free pages of the file for a while.
 *
 * `get`, `has` and `keys` see a set at once. `commit` makes everything durable that was set before it was called, in one
 * transaction; what is set while it runs belongs to the next. A commit that fails closes the baggage: every later call
 * throws `STORE_FAILED`, and once `close()` has resolved the directory can be opened again, as the last good commit left it.
 * `close` commits what is left.
 *
 * @param {FsBaggageOptions} options
 * @returns {Baggage & Required<Pick<Baggage, 'init' | 'commit' | 'close' | 'durability'>>}
 * @throws {CodedError} `BAGGAGE_IN_USE` at once when the directory is open already, in this process or another;
 *   `STORE_DAMAGED` when it is no baggage or its data does not hold together; `STORE_NEWER`; `STORE_FAILED` for whatever
 *   else the system says, as its `cause`
 */
export const makeFsDurableBaggage = ({ filePath, forgetSessions = false }) => {
  if (typeof filePath !== 'string' || filePath === '') {
    throw makeError('API_MISUSE', 'makeFsDurableBaggage needs filePath, the name of a directory.');
  }
  const directory = openDirectory(filePath);

  /** @param {unknown} cause */
  const failedBy = cause => {
    const why = cause instanceof Error ? cause.message : String(cause);
    return makeError('STORE_FAILED', `The baggage ${directory.path} failed (${why}): open it again before going on.`, { cause });
  };

  const database = openLmdb(directory, forgetSessions ? SESSION_PREFIXES : []);
  const overlay = makeOverlay(database.committed);

  /** @type {CodedError | undefined} why nothing works any more */
  let over;
  let failed = false;
  /** @type {Promise<void> | undefined} the commit that runs */
  let running;
  /** @type {Promise<void> | undefined} the one that was asked for meanwhile */
  let next;
  /** @type {Promise<void> | undefined} */
  let closed;

  const live = () => {
    if (over) throw over;
    return overlay;
  };

  const letGo = async () => {
    try {
      await database.close();
    } finally {
      directory.release();
    }
  };

  const write = async () => {
    try {
      await database.write(overlay.take());
      overlay.done();
    } catch (cause) {
      failed = true;
      over = failedBy(cause);
      closed ??= letGo();
      closed.catch(() => {});
      throw over;
    } finally {
      running = undefined;
    }
  };

  const begin = () => {
    if (!overlay.waits()) return undefined;
    running = write();
    return running;
  };

  const commit = () => {
    live();
    if (!running) return begin();
    next ??= running.then(() => {
      next = undefined;
      return begin();
    });
    return next;
  };

  const close = async () => {
    over ??= makeError('STORE_FAILED', `The baggage ${directory.path} was closed: open it again before going on.`);
    try {
      // Whoever asked for these hears of their failure.
      await (next ?? running)?.catch(() => {});
      if (!failed) await begin();
    } finally {
      await letGo();
    }
  };

  /** @type {Baggage & Required<Pick<Baggage, 'init' | 'commit' | 'close' | 'durability'>>} */
  const baggage = {
    durability: 'power',
    has: key => live().has(key),
    get: key => live().get(key),
    keys: (prefix = '') => live().keys(prefix),
    set: (key, value) => {
      live();
      assertKey(key);
      overlay.put(key, copyValue(key, value));
    },
    delete: key => {
      if (live().has(key)) overlay.put(key, undefined);
    },
    init: (key, value) => {
      if (live().has(key)) throw makeError('API_MISUSE', `There is a value under ${showKey(key)} already.`);
      baggage.set(key, value);
    },
    commit,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
  return harden(baggage);
};
harden(makeFsDurableBaggage);
