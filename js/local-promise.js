// @ts-check

import harden from '@endo/harden';

import { GONE, makeKit, quiet } from './promises.js';

/**
 * What the peer may name and is ours: objects, promises, and answers to its calls.
 */

/** A local object that a peer holds or once held. */
export class LocalObject {
  /**
   * @param {number} handle
   * @param {object} value
   */
  constructor(handle, value) {
    this.handle = handle;
    this.value = value;
  }
}

/**
 * @template T
 * @param {T} value
 * @returns {T} hardened, if it can be: whoever is given what cannot be finds out when passing it on
 */
const hardened = value => {
  try {
    return harden(value);
  } catch {
    return value;
  }
};

export const PENDING = 0;
export const FULFILLED = 1;
export const BROKEN = 2;

/**
 * Something that waits for a local promise.
 *
 * @typedef {object} Waiter
 * @property {(promise: LocalPromise) => void} ready called once, in the order of arrival, in the turn of the settlement
 */

/**
 * A promise of ours as its peer sees it. Messages to it wait here, in order, and not in the promise: so whoever learns of its
 * value later cannot overtake them.
 */
export class LocalPromise {
  /** @type {0 | 1 | 2} */
  state = PENDING;

  /** What it was fulfilled or broken with. @type {any} */
  value = undefined;

  /** @type {Waiter[] | undefined} */
  #waiters;

  /** The promise as a value, where there is one. @type {Promise<unknown> | undefined} */
  #promise;

  #isFollowing = false;

  /** @type {((value: unknown) => void) | undefined} */
  #resolve;

  /** @type {((reason: unknown) => void) | undefined} */
  #reject;

  /**
   * @param {number} handle
   * @param {Promise<unknown>} [promise] to be followed; without, `settle` is called
   */
  constructor(handle, promise) {
    this.handle = handle;
    this.#promise = promise;
  }

  /** Whether it has been given out as a value. */
  get hasPromise() {
    return this.#promise !== undefined;
  }

  /** It as a value that can be passed. */
  get promise() {
    if (this.#promise === undefined) {
      const { promise, resolve, reject } = makeKit();
      this.#promise = quiet(promise);
      this.#resolve = resolve;
      this.#reject = reject;
      this.#settlePromise();
    }
    return this.#promise;
  }

  #settlePromise() {
    if (this.state === FULFILLED) {
      this.#resolve?.(hardened(this.value));
    } else if (this.state === BROKEN) {
      this.#reject?.(hardened(this.value));
    }
  }

  /**
   * Tells the waiter when it is settled: at once if it is.
   *
   * @param {Waiter} waiter
   */
  wait(waiter) {
    if (this.state !== PENDING) {
      waiter.ready(this);
      return;
    }
    if (this.#waiters === undefined) {
      this.#waiters = [waiter];
      this.#follow();
    } else {
      this.#waiters.push(waiter);
    }
  }

  #follow() {
    if (this.#promise !== undefined && this.#resolve === undefined && !this.#isFollowing) {
      this.#isFollowing = true;
      this.follow(this.#promise);
    }
  }

  /**
   * Settles as another promise does.
   *
   * @param {Promise<unknown>} promise
   */
  follow(promise) {
    try {
      Promise.prototype.then.call(
        promise,
        value => this.settle(FULFILLED, value),
        reason => this.settle(BROKEN, reason),
      );
    } catch (error) {
      // It only looked like a promise.
      this.settle(BROKEN, error);
    }
  }

  /**
   * @param {1 | 2} state
   * @param {unknown} value
   */
  settle(state, value) {
    if (this.state !== PENDING) {
      return;
    }
    this.state = state;
    this.value = value;
    if (this.#resolve !== undefined) {
      this.#settlePromise();
    }
    this.settled();
    const waiters = this.#waiters;
    if (waiters !== undefined) {
      this.#waiters = undefined;
      for (const waiter of waiters) {
        waiter.ready(this);
      }
    }
  }

  /** For those that tell someone. */
  settled() {}

  /** No peer names it any more. */
  release() {
    this.handle = GONE;
  }
}
