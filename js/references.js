// @ts-check

import harden from '@endo/harden';

import { makeError } from './errors.js';
import { BROKEN, FULFILLED, LocalObject, LocalPromise } from './local-promise.js';
import { heard } from './peer-errors.js';
import { GONE, makeKit, makePresence, makeRemotePromise, quiet, RemoteObject, RemotePromise } from './promises.js';

/**
 * The tables between the core's handles and JavaScript's objects. A handle stands for one thing, local or remote, of one
 * client; the core turns it into the slot of a session.
 *
 * @import { Core } from './core.js'
 * @import { Sender } from './promises.js'
 */

/**
 * How objects outlive the process.
 *
 * @typedef {object} Durability
 * @property {(value: object) => Uint8Array | undefined} describe
 * @property {(description: Uint8Array) => object | undefined} find the live object of a description
 * @property {(description: Uint8Array) => boolean} canRevive whether it may be made again, later
 * @property {(description: Uint8Array) => unknown} revive makes it again, perhaps as a promise; throws when it cannot
 */

/**
 * @typedef {object} ReferencesOptions
 * @property {boolean} isCollecting whether imports that nobody holds are released
 * @property {Sender} sender
 * @property {Durability | undefined} durability
 * @property {boolean} rejectsEphemeral
 * @property {() => Core} getCore
 * @property {() => object} makeBootstrap
 */

/** The handle of the bootstrap object. */
const BOOTSTRAP = 0;

/** @typedef {LocalObject | LocalPromise | RemoteObject | RemotePromise} Entry */

/**
 * @param {unknown} value perhaps a proxy
 * @returns {value is Promise<unknown>}
 */
const isPromise = value => {
  try {
    return value instanceof Promise;
  } catch {
    return false;
  }
};

/** @param {object} value */
const nameOf = value => {
  const tag = /** @type {any} */ (value)[Symbol.toStringTag];
  return typeof tag === 'string' ? tag : typeof value;
};

export class References {
  /** @type {ReferencesOptions} */
  #options;

  /** What is ours, as long as a peer may name it. @type {Map<number, LocalObject | LocalPromise>} */
  #locals = new Map();

  /** Presences. @type {Map<number, WeakRef<object> | object>} */
  #remotes = new Map();

  /** Promises that wait for a peer: our questions and imported promises. @type {Map<number, RemotePromise>} */
  #pending = new Map();

  /** The entry of an object or promise, while its handle is not `GONE`. @type {WeakMap<object, Entry>} */
  #entries = new WeakMap();

  /** @type {FinalizationRegistry<number> | undefined} */
  #collected;

  /** Imported promises that nobody asked the peer about yet. @type {number[]} */
  #unheard = [];

  /** @type {Array<{ entry: LocalPromise, description: Uint8Array }>} */
  #revivals = [];

  /** @param {ReferencesOptions} options */
  constructor(options) {
    this.#options = options;
    if (options.isCollecting) {
      this.#collected = new FinalizationRegistry(handle => this.#release(handle));
    }
  }

  /** How many promises wait for a peer. */
  get pendingCount() {
    return this.#pending.size;
  }

  // Outgoing.

  /**
   * @param {object} value
   * @returns {number | undefined} what it is known by
   */
  find(value) {
    const entry = this.#entries.get(value);
    return entry !== undefined && entry.handle !== GONE ? entry.handle : undefined;
  }

  /**
   * The same, of what is being passed. Whoever a promise is passed to hears of its rejection, perhaps later.
   *
   * @param {object} value
   * @returns {number | undefined}
   */
  findPassed(value) {
    const entry = this.#entries.get(value);
    if (entry === undefined || entry.handle === GONE) {
      return undefined;
    }
    if (entry instanceof RemotePromise || entry instanceof LocalPromise) {
      quiet(/** @type {Promise<unknown>} */ (value));
    }
    return entry.handle;
  }

  /**
   * What a handle stands for, to look at.
   *
   * @param {number} handle
   * @returns {object | undefined}
   */
  valueOf(handle) {
    const local = this.#locals.get(handle);
    if (local !== undefined) {
      return /** @type {object} */ (this.localValue(handle));
    }
    const held = this.#remotes.get(handle);
    return (held instanceof WeakRef ? held.deref() : held) ?? this.#pending.get(handle)?.promise;
  }

  /**
   * The handle of an object or promise: what it is known by, or a new one.
   *
   * @param {object} value a remotable or a promise
   * @param {boolean} isPromise
   * @returns {number}
   */
  handleOf(value, isPromise) {
    return this.findPassed(value) ?? this.#export(value, isPromise);
  }

  /**
   * @param {object} value
   * @param {boolean} isPromise
   */
  #export(value, isPromise) {
    const { durability, rejectsEphemeral, getCore } = this.#options;
    const core = getCore();
    const description = isPromise ? undefined : durability?.describe(value);
    if (description === undefined && rejectsEphemeral) {
      throw makeError('EPHEMERAL_EXPORT', `${core.errorOf('EPHEMERAL_EXPORT').message} It is ${nameOf(value)}.`);
    }
    if (description !== undefined) {
      core.setScratch(description);
    }
    const handle = core.allocLocal(isPromise, description?.length ?? 0);
    const known = this.#locals.get(handle);
    if (known !== undefined) {
      this.#entries.set(value, known);
    } else {
      this.addLocal(handle, value, isPromise);
    }
    if (isPromise) {
      quiet(/** @type {Promise<unknown>} */ (value));
    }
    return handle;
  }

  /**
   * @param {number} handle
   * @param {object} value
   * @param {boolean} isPromise
   */
  addLocal(handle, value, isPromise) {
    const entry = isPromise
      ? new LocalPromise(handle, /** @type {Promise<unknown>} */ (value))
      : new LocalObject(handle, value);
    this.#locals.set(handle, entry);
    this.#entries.set(value, entry);
  }

  /**
   * An object is known by this description from now on, for what was exported before as well.
   *
   * @param {object} value
   * @param {Uint8Array} description
   */
  describe(value, description) {
    const handle = this.find(value);
    if (handle !== undefined && this.#locals.has(handle)) {
      const core = this.#options.getCore();
      core.setScratch(description);
      core.describeLocal(handle, description.length);
    }
  }

  // Incoming.

  /**
   * What a peer means by a handle of ours. An object that has to be revived first stands as a promise until then. The
   * bootstrap object is made when it is first meant: many sessions call one way only.
   *
   * @param {number} handle
   * @param {Uint8Array} [description]
   * @returns {LocalObject | LocalPromise | undefined} `undefined` when it cannot be revived
   */
  local(handle, description) {
    if (handle === BOOTSTRAP && !this.#locals.has(BOOTSTRAP)) {
      this.addLocal(BOOTSTRAP, this.#options.makeBootstrap(), false);
    }
    const entry = this.#locals.get(handle);
    if (entry !== undefined || description === undefined) {
      return entry;
    }
    const { durability } = this.#options;
    const found = this.#findLive(description);
    if (found !== undefined) {
      this.addLocal(handle, found, false);
      return this.#locals.get(handle);
    }
    if (durability === undefined || !durability.canRevive(description)) {
      return undefined;
    }
    const promise = new LocalPromise(handle);
    this.#locals.set(handle, promise);
    this.#revivals.push({ entry: promise, description });
    return promise;
  }

  /**
   * The application's table of swissnums may throw for what it does not have.
   *
   * @param {Uint8Array} description
   */
  #findLive(description) {
    try {
      return this.#options.durability?.find(description);
    } catch {
      return undefined;
    }
  }

  /**
   * The same as a value.
   *
   * @param {number} handle
   * @param {Uint8Array} [description]
   * @returns {unknown}
   */
  localValue(handle, description) {
    const entry = this.local(handle, description);
    if (entry === undefined) {
      return this.brokenPromise(
        this.#options.getCore().errorOf(description === undefined ? 'LOST' : 'NOT_REVIVABLE'),
      );
    }
    if (entry instanceof LocalObject) {
      return entry.value;
    }
    const { promise } = entry;
    this.#entries.set(promise, entry);
    return promise;
  }

  /**
   * @param {Error} reason
   * @returns {Promise<never>}
   */
  brokenPromise(reason) {
    return harden(quiet(Promise.reject(reason)));
  }

  /**
   * @param {number} number of the error that a reference reads as
   */
  broken(number) {
    return this.brokenPromise(this.#options.getCore().error(number));
  }

  /**
   * The presence of a remote object: one object for a handle, for as long as anybody holds it.
   *
   * @param {number} handle
   * @returns {object}
   */
  remoteObject(handle) {
    const held = this.#remotes.get(handle);
    const known = held instanceof WeakRef ? held.deref() : held;
    if (known !== undefined) {
      return known;
    }
    const remote = new RemoteObject(this.#options.sender, handle);
    const presence = makePresence(remote);
    this.#entries.set(presence, remote);
    if (this.#collected === undefined) {
      this.#remotes.set(handle, presence);
    } else {
      this.#remotes.set(handle, new WeakRef(presence));
      this.#collected.register(presence, handle);
    }
    return presence;
  }

  /**
   * An imported promise. It is held until it settles, since whoever waits for it need not hold it.
   *
   * @param {number} handle
   * @returns {Promise<unknown>}
   */
  remotePromise(handle) {
    const known = this.#pending.get(handle);
    if (known?.promise !== undefined) {
      return known.promise;
    }
    const remote = new RemotePromise(this.#options.sender, handle);
    const promise = quiet(makeRemotePromise(remote));
    remote.promise = promise;
    this.#pending.set(handle, remote);
    this.#entries.set(promise, remote);
    this.#unheard.push(handle);
    return promise;
  }

  /**
   * The promise for what a third party has for us. It travels as a promise of ours: the peers that it may be sent to cannot
   * know it.
   *
   * @param {number} handle
   * @returns {Promise<unknown>}
   */
  gift(handle) {
    const remote = new RemotePromise(this.#options.sender, handle);
    const { promise, resolve, reject } = makeKit();
    remote.resolve = resolve;
    remote.reject = reject;
    this.#pending.set(handle, remote);
    return quiet(promise);
  }

  /**
   * A promise of ours stands for one of a peer's, towards another peer.
   *
   * @param {number} local a new handle
   * @param {number} remote the handle of a question or an imported promise
   */
  follow(local, remote) {
    const follower = new LocalPromise(local);
    this.#locals.set(local, follower);
    const followed = this.#pending.get(remote);
    if (followed === undefined) {
      follower.settle(BROKEN, this.#options.getCore().errorOf('LOST'));
    } else {
      followed.followers = [...(followed.followers ?? []), follower];
    }
  }

  /**
   * The promise for the answer of a call.
   *
   * @param {number} handle
   * @param {Promise<unknown> | undefined} returned the promise that the caller has already
   * @returns {Promise<unknown>}
   */
  question(handle, returned) {
    const remote = new RemotePromise(this.#options.sender, handle);
    const promise = makeRemotePromise(remote);
    this.#pending.set(handle, remote);
    if (returned !== undefined) {
      this.#entries.set(returned, remote);
    }
    return promise;
  }

  /**
   * Registers the answer to a call of the peer's under the handle that the peer may name it by.
   *
   * @param {LocalPromise} answer
   */
  addAnswer(answer) {
    this.#locals.set(answer.handle, answer);
  }

  // What the core tells.

  /** @param {number} handle */
  #take(handle) {
    const remote = this.#pending.get(handle);
    if (remote !== undefined) {
      this.#pending.delete(handle);
      remote.handle = GONE;
    }
    return remote;
  }

  /**
   * @param {number} handle of a question or an imported promise
   * @param {boolean} isFulfilled
   * @param {unknown} value
   */
  settled(handle, isFulfilled, value) {
    const remote = this.#take(handle);
    if (remote !== undefined) {
      this.#settle(remote, isFulfilled, isFulfilled ? value : heard(value));
    }
  }

  /**
   * @param {number} handle of a question or an imported promise
   * @param {Error} error
   */
  failed(handle, error) {
    const remote = this.#take(handle);
    if (remote !== undefined) {
      this.#settle(remote, false, error);
    }
  }

  /**
   * @param {RemotePromise} remote
   * @param {boolean} isFulfilled
   * @param {unknown} value
   */
  #settle(remote, isFulfilled, value) {
    if (isFulfilled) {
      remote.resolve(value);
    } else {
      remote.reject(value);
    }
    for (const follower of remote.followers ?? []) {
      if (isFulfilled && isPromise(value)) {
        follower.follow(value);
      } else {
        follower.settle(isFulfilled ? FULFILLED : BROKEN, value);
      }
    }
  }

  /** @param {number} handle */
  releaseLocal(handle) {
    const entry = this.#locals.get(handle);
    if (entry !== undefined) {
      this.#locals.delete(handle);
      entry.handle = GONE;
    }
  }

  /**
   * A presence was collected. A newer one may stand for the same handle by now.
   *
   * @param {number} handle
   */
  #release(handle) {
    const held = this.#remotes.get(handle);
    if (held instanceof WeakRef && held.deref() === undefined) {
      this.#remotes.delete(handle);
      this.#options.getCore().releaseRemote(handle);
    }
  }

  /** What reading the core's outputs left to be done: to be called when the core can be entered again. */
  catchUp() {
    while (this.#unheard.length > 0) {
      this.#options.getCore().listen(/** @type {number} */ (this.#unheard.shift()));
    }
    const revivals = this.#revivals;
    if (revivals.length > 0) {
      this.#revivals = [];
      for (const { entry, description } of revivals) {
        this.#revive(entry, description);
      }
    }
  }

  /**
   * @param {LocalPromise} entry
   * @param {Uint8Array} description
   */
  async #revive(entry, description) {
    const { durability } = this.#options;
    try {
      const value = await durability?.revive(description);
      if (Object(value) !== value) {
        throw TypeError('revive() gave no object.');
      }
      const { handle } = entry;
      if (handle !== GONE) {
        this.addLocal(handle, /** @type {object} */ (value), false);
        // The handle is the object's from now on, and ends with it.
        entry.release();
        if (entry.hasPromise) {
          this.#entries.set(entry.promise, /** @type {Entry} */ (this.#locals.get(handle)));
        }
      }
      entry.settle(1, value);
    } catch (cause) {
      // The next message to it tries again.
      this.#locals.delete(entry.handle);
      entry.release();
      entry.settle(2, this.#options.getCore().errorOf('NOT_REVIVABLE', cause));
    }
  }

  /**
   * Nothing will be heard of any peer again.
   *
   * @param {Error} error
   */
  die(error) {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const remote of pending) {
      remote.handle = GONE;
      this.#settle(remote, false, error);
    }
  }
}
