// @ts-check

/**
 * A baggage over a store that is read at once and written in transactions: what `set`, `commit` and `close` mean, and what is
 * left when the store fails.
 */

import harden from '@endo/harden';
import { makeError } from '../errors.js';
import { assertKey, copyValue, showKey } from './entries.js';
import { makeOverlay } from './overlay.js';

/** @import { Baggage } from './types.js' */
/** @import { CodedError } from '../errors.js' */
/** @import { Batch, Committed } from './overlay.js' */

/** @typedef {Baggage & Required<Pick<Baggage, 'init' | 'commit' | 'close' | 'durability'>>} CommittingBaggage */

/**
 * @typedef {object} Backing
 * @property {string} name what errors call the baggage
 * @property {NonNullable<Baggage['durability']>} durability
 * @property {Committed} committed
 * @property {(batch: Batch) => Promise<void>} write resolves when the whole batch is durable, and `committed` shows it; rejects
 *   when none of it is
 * @property {() => Promise<void>} letGo closes the store and lets others open it; called once
 */

/**
 * `get`, `has` and `keys` see a set at once. `commit` makes everything durable that was set before it was called, in one
 * transaction; what is set while it runs belongs to the next. A commit that fails closes the baggage: every later call
 * throws `STORE_FAILED`. `close` commits what is left.
 *
 * @param {Backing} backing
 * @returns {{ baggage: CommittingBaggage, fail: (cause: unknown) => CodedError }} `fail` closes it because of something that
 *   happened to the store; what was not committed is lost
 */
export const makeCommitting = ({ name, durability, committed, write, letGo }) => {
  const overlay = makeOverlay(committed);

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

  /** @param {unknown} cause */
  const fail = cause => {
    if (failed) return /** @type {CodedError} */ (over);
    failed = true;
    const why = cause instanceof Error ? cause.message : String(cause);
    over = makeError('STORE_FAILED', `The baggage ${name} failed (${why}): open it again before going on.`, { cause });
    closed ??= letGo();
    closed.catch(() => {});
    return over;
  };

  const writeOut = async () => {
    try {
      await write(overlay.take());
      overlay.done();
    } catch (cause) {
      throw fail(cause);
    } finally {
      running = undefined;
    }
  };

  const begin = () => {
    if (!overlay.waits()) return undefined;
    running = writeOut();
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
    over ??= makeError('STORE_FAILED', `The baggage ${name} was closed: open it again before going on.`);
    try {
      // Whoever asked for these hears of their failure.
      await (next ?? running)?.catch(() => {});
      if (!failed) await begin();
    } finally {
      await letGo();
    }
  };

  /** @type {CommittingBaggage} */
  const baggage = {
    durability,
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
  return { baggage: harden(baggage), fail };
};
