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

export class Gifts {
  /** @type {Map<number, LocalPromise>} */
  #claims = new Map();

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
}
