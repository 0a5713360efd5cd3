// @ts-check

import { makeError } from '../errors.js';

/** Keys that need no brackets in a path. */
const PLAIN_KEY = /^[A-Za-z_$][\w$]*$/;

/** Steps of a path that are shown: one that is longer says nothing to a reader. */
const SHOWN_STEPS = 16;

/**
 * Why a value cannot be written, on its way from where it was found to the caller. Each container that it passes adds
 * its step.
 */
export class Refusal {
  /** @type {(string | number)[]} innermost first */
  #steps = [];

  /**
   * @param {string} why a sentence without its subject: the path is put before it
   * @param {{ code?: string, cause?: unknown }} [options]
   */
  constructor(why, { code = 'NOT_PASSABLE', cause } = {}) {
    this.why = why;
    this.code = code;
    this.cause = cause;
  }

  /**
   * @param {string | number} step key or index
   * @returns {this}
   */
  within(step) {
    this.#steps.push(step);
    return this;
  }

  /**
   * @param {string} root what the path starts with
   * @returns {import('../errors.js').CodedError}
   */
  toError(root) {
    const steps = this.#steps.reverse();
    const shown = steps
      .slice(0, SHOWN_STEPS)
      .map(step => {
        if (typeof step === 'number') return `[${step}]`;
        return PLAIN_KEY.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
      })
      .join('');
    const path = `${root}${shown}${steps.length > SHOWN_STEPS ? '...' : ''}`;
    return makeError(this.code, `Cannot pass ${path}: it ${this.why}`, { cause: this.cause });
  }
}

/**
 * @param {unknown} thrown
 * @param {string | number} step
 * @returns {unknown} what to throw further
 */
export const within = (thrown, step) =>
  thrown instanceof Refusal ? thrown.within(step) : thrown;
