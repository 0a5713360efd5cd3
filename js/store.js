// @ts-check

/**
 * The commits of one baggage, shared by all that write into it.
 *
 * Whatever a peer can observe leaves only once the writes before it are durable. So every write, a session's or the
 * application's, goes through here: each core is told that something was written, and later what is committed.
 */

import harden from '@endo/harden';
import { HEADER as ENCRYPTED } from './baggage/encrypted-header.js';
import { copyValue } from './baggage/entries.js';
import { afterTurn, later } from './baggage/turn.js';
import { codeOf, makeError } from './errors.js';

/** @import { Baggage } from './baggage/types.js' */
/** @import { ReferenceKeeper } from './baggage/keepers.js' */
/** @import { CodedError } from './errors.js' */

/** How long a lazy write waits for another one's commit, in ms. */
const LAZY_DELAY = 1000;

const RESERVED = /^ocapn(?:-durable)?:/;

/** What an adapter throws at a caller's mistake: nothing was changed, and the store goes on. */
const REFUSALS = ['API_MISUSE', 'LIMIT_EXCEEDED'];

/** What else is thrown by reading while the store goes on: one record cannot be used, or the adapter called its client. */
const UNREADABLE = [...REFUSALS, 'STORE_DAMAGED', 'STORE_NEWER', 'BAGGAGE_REENTRANT'];

/**
 * What the store needs of a client's core. None of these may throw, or call the store before it returns.
 *
 * @typedef {object} StoreCore
 * @property {() => void} wrote somebody else wrote: what is sent from now on waits for the commit of that, too. It takes
 *   effect before the next `mark`
 * @property {() => number} mark the number of writes that the core knows of
 * @property {(mark: number) => void} committed all writes up to this mark are durable
 * @property {(error: CodedError) => void} storeFailed nothing more becomes durable; said once
 */

/**
 * @typedef {object} Write
 * @property {string} key
 * @property {Uint8Array | undefined} value undefined deletes; a value is kept, not copied: it must be the store's alone
 * @property {boolean} lazy nothing that is sent depends on it: it needs no commit of its own, and makes nobody wait
 */

/**
 * One core's access.
 *
 * @typedef {object} Attachment
 * @property {(writes: Iterable<Write>) => void} persist applies the writes in their order, and sees to their commit. It does
 *   not throw: when the store fails, or has failed, `storeFailed` says so
 * @property {() => void} detach nothing more is said to this core
 */

/**
 * A live value that was registered under a swissnum, with the description that finds it again, if there is one.
 *
 * @typedef {{ value: unknown, description?: Uint8Array | undefined }} Registered
 */

/**
 * What can be set and deleted.
 *
 * @typedef {object} Writer
 * @property {(key: string, value: Uint8Array) => void} set
 * @property {(key: string) => void} delete
 */

/**
 * All of these throw `STORE_FAILED` once the baggage has failed.
 *
 * @typedef {object} Store
 * @property {(core: StoreCore) => Attachment} attach
 * @property {(key: string) => boolean} has
 * @property {(key: string) => Uint8Array | undefined} get
 * @property {(prefix: string) => string[]} keys those that begin with the prefix, in no promised order
 * @property {Writer['set']} set for the application: refuses the prefixes `ocapn:` and `ocapn-durable:` with `API_MISUSE`
 * @property {Writer['delete']} delete for the application, likewise
 * @property {Writer} own the same for this library's own keys
 * @property {() => boolean} inUse whether a client is attached
 * @property {Baggage['durability']} durability
 * @property {() => Promise<void>} idle resolves when all that was written before is durable, lazy writes too; rejects with
 *   `STORE_FAILED`
 * @property {Map<string, Registered>} registry live values by swissnum, shared by the clients of this process
 * @property {Set<ReferenceKeeper>} keepers how the clients of this process keep references
 */

/**
 * Refuses an application the keys of this library.
 *
 * @param {string} key
 */
export const assertFree = key => {
  if (RESERVED.test(key)) {
    throw makeError('API_MISUSE', `${JSON.stringify(key)} is this library's own: choose another prefix than ocapn.`);
  }
};

/**
 * @param {unknown} value
 * @returns {value is PromiseLike<unknown>}
 */
const isThenable = value => typeof Object(value).then === 'function';

/**
 * @param {Baggage} baggage
 * @returns {Store}
 */
const makeStore = baggage => {
  /** @type {Set<StoreCore>} */
  const cores = new Set();
  /** @type {CodedError | undefined} */
  let failure;
  /** How many writes there were, and how many of them are durable. */
  let written = 0;
  let durable = 0;
  let scheduled = false;
  let committing = false;
  /** Whether a write waits that must not wait long. */
  let urgent = false;
  /** @type {(() => void) | undefined} */
  let cancelLazy;
  /** @type {PromiseLike<unknown>[]} sets that an adapter has not finished yet */
  const unfinished = [];
  /** @type {{ target: number, resolve: () => void, reject: (error: CodedError) => void }[]} */
  let waiting = [];

  const assertGood = () => {
    if (failure) throw failure;
  };

  /** @param {unknown} cause */
  const fail = cause => {
    if (failure) return failure;
    const why = cause instanceof Error ? cause.message : String(cause);
    failure =
      codeOf(cause) === 'STORE_FAILED'
        ? /** @type {CodedError} */ (cause)
        : makeError('STORE_FAILED', `The baggage failed (${why}): open it again before going on.`, { cause });
    cancelLazy?.();
    for (const { reject } of waiting.splice(0)) reject(failure);
    for (const core of [...cores]) core.storeFailed(failure);
    return failure;
  };

  const commit = async () => {
    scheduled = false;
    if (failure) return;
    committing = true;
    urgent = false;
    cancelLazy?.();
    cancelLazy = undefined;
    const covered = written;
    /** @type {[StoreCore, number][]} */
    let marks = [];
    try {
      marks = [...cores].map(core => [core, core.mark()]);
      if (unfinished.length > 0) await Promise.all(unfinished.splice(0));
      await baggage.commit?.();
    } catch (error) {
      fail(error);
    }
    committing = false;
    if (failure) return;
    durable = covered;
    // First what comes next, so that nothing is lost should a core throw after all.
    if (urgent) schedule();
    const done = waiting.filter(({ target }) => target <= durable);
    waiting = waiting.filter(({ target }) => target > durable);
    for (const { resolve } of done) resolve();
    for (const [core, mark] of marks) {
      if (cores.has(core)) core.committed(mark);
    }
  };

  const schedule = () => {
    urgent = true;
    if (scheduled || committing) return;
    scheduled = true;
    // Without a commit there is nothing to share, only a caller's stack to leave.
    if (baggage.commit) afterTurn(commit);
    else queueMicrotask(commit);
  };

  /**
   * @param {string} key
   * @param {Uint8Array | undefined} value
   */
  const apply = (key, value) => {
    const result = value === undefined ? baggage.delete(key) : baggage.set(key, value);
    written += 1;
    if (isThenable(result)) {
      const finished = Promise.resolve(result);
      finished.catch(() => {});
      unfinished.push(finished);
    }
  };

  /** @type {Writer} */
  const own = {
    set: (key, value) => write(key, copyValue(key, value)),
    delete: key => write(key, undefined),
  };

  /**
   * @param {string} key
   * @param {Uint8Array | undefined} value
   */
  const write = (key, value) => {
    assertGood();
    try {
      apply(key, value);
    } catch (error) {
      throw REFUSALS.includes(codeOf(error) ?? '') ? error : fail(error);
    }
    for (const core of cores) core.wrote();
    schedule();
  };

  /** @param {StoreCore} core */
  const attach = core => {
    assertGood();
    cores.add(core);

    /** @param {Iterable<Write>} writes */
    const persist = writes => {
      if (failure) return;
      let prompt = false;
      let lazy = false;
      try {
        for (const each of writes) {
          apply(each.key, each.value);
          if (each.lazy) lazy = true;
          else prompt = true;
        }
      } catch (error) {
        fail(error);
        return;
      }
      if (prompt) {
        for (const other of cores) {
          if (other !== core) other.wrote();
        }
        schedule();
      } else if (lazy) {
        cancelLazy ??= later(schedule, LAZY_DELAY);
      }
    };

    return harden({ persist, detach: () => void cores.delete(core) });
  };

  /**
   * What reading cannot do, the store cannot do: going on without it would be to take what is there for what is not.
   *
   * @template T
   * @param {() => T} run
   * @returns {T}
   */
  const read = run => {
    assertGood();
    try {
      return run();
    } catch (error) {
      throw UNREADABLE.includes(codeOf(error) ?? '') ? error : fail(error);
    }
  };

  const idle = async () => {
    assertGood();
    if (durable === written) return;
    schedule();
    /** @type {Promise<void>} */
    const reached = new Promise((resolve, reject) => {
      waiting.push({ target: written, resolve, reject });
    });
    await reached;
  };

  const store = {
    attach,
    has: (/** @type {string} */ key) => {
      return read(() => {
        const is = baggage.has(key);
        if (isThenable(is)) throw TypeError('its has() gave a promise');
        return Boolean(is);
      });
    },
    get: (/** @type {string} */ key) => {
      return read(() => {
        const value = baggage.get(key);
        if (value === undefined || value instanceof Uint8Array) return value;
        throw TypeError('its get() gave neither a Uint8Array nor undefined');
      });
    },
    keys: (/** @type {string} */ prefix) => {
      return read(() => [...baggage.keys(prefix)].filter(key => typeof key === 'string' && key.startsWith(prefix)));
    },
    set: (/** @type {string} */ key, /** @type {Uint8Array} */ value) => {
      assertFree(key);
      own.set(key, value);
    },
    delete: (/** @type {string} */ key) => {
      assertFree(key);
      own.delete(key);
    },
    own: harden(own),
    idle,
    inUse: () => cores.size > 0,
    durability: baggage.durability,
    registry: new Map(),
    keepers: new Set(),
  };
  return Object.freeze(store);
};

/** @type {WeakMap<Baggage, Store>} */
const stores = new WeakMap();

/**
 * The store of a baggage: the same one each time, so that clients and application share its commits.
 *
 * @param {Baggage} baggage
 * @returns {Store}
 * @throws {CodedError} `API_MISUSE` when it lacks a method that it needs, or is encrypted; `STORE_FAILED`
 */
export const openStore = baggage => {
  const known = stores.get(baggage);
  if (known) return known;
  for (const method of /** @type {const} */ (['has', 'get', 'set', 'delete', 'keys'])) {
    if (typeof Object(baggage)[method] !== 'function') {
      throw makeError('API_MISUSE', `This is no baggage: it has no method ${method}.`);
    }
  }
  const store = makeStore(baggage);
  // Whoever forgot the key would begin anew, beside what cannot be read.
  if (store.has(ENCRYPTED)) {
    throw makeError('API_MISUSE', 'This baggage is encrypted: use encryptedBaggage(baggage, key) in its place.');
  }
  stores.set(baggage, store);
  return store;
};
harden(openStore);
