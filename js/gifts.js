// @ts-check

import { BROKEN, FULFILLED, LocalObject, LocalPromise } from './local-promise.js';
import { GONE } from './promises.js';

/**
 * Gifts that peers came for before they were there. The core checks who may have which, and says when one arrives.
 *
 * @import { Target } from './outputs.js'
 */

/** What a call comes to that has no result. */
export const nothing = () => {
  const promise = new LocalPromise(GONE);
  promise.settle(FULFILLED, undefined);
  return promise;
};

/** What `GIFT_TABLE` tells. */
const KEPT = 0;
const TAKEN = 1;

/** @typedef {Pick<Map<string, any>, 'has' | 'get' | 'set' | 'delete'> & { keys?: () => Iterable<string> }} GiftTable */

export class Gifts {
  /** @type {Map<number, LocalPromise>} */
  #claims = new Map();

  #table;

  /** @param {GiftTable | undefined} table the host's, if it gave one */
  constructor(table) {
    this.#table = table;
  }

  /**
   * @param {number} claim
   * @returns {LocalPromise} what the gift will be
   */
  claim(claim) {
    const promise = new LocalPromise(GONE);
    this.#claims.set(claim, promise);
    return promise;
  }

  /**
   * @param {number} claim
   * @param {Target} gift or why there is none
   */
  arrive(claim, gift) {
    const promise = this.#claims.get(claim);
    this.#claims.delete(claim);
    if (promise === undefined) {
      return;
    }
    if (gift instanceof LocalObject) {
      promise.settle(FULFILLED, gift.value);
    } else if (gift instanceof LocalPromise) {
      gift.wait({ ready: ({ state, value }) => promise.settle(state === FULFILLED ? FULFILLED : BROKEN, value) });
    } else {
      promise.settle(BROKEN, gift);
    }
  }

  /**
   * Shows a change in the host's table, and takes from there what the core does not have.
   *
   * @param {number} change
   * @param {number} claim of who waits
   * @param {string} key
   * @param {Target} gift
   */
  show(change, claim, key, gift) {
    const table = this.#table;
    if (table === undefined) {
      return;
    }
    if (change === KEPT) {
      if (gift instanceof LocalObject) {
        table.set(key, gift.value);
      }
    } else if (change === TAKEN) {
      table.delete(key);
    } else if (table.has(key)) {
      const value = table.get(key);
      table.delete(key);
      this.#claims.get(claim)?.settle(FULFILLED, value);
      this.#claims.delete(claim);
    }
  }

  /** @param {string} sessionId of a gifter whose session is over, and its gifts with it */
  forget(sessionId) {
    const table = this.#table;
    for (const key of [...(table?.keys?.() ?? [])]) {
      if (key.startsWith(`${sessionId}:`)) {
        table?.delete(key);
      }
    }
  }
}
