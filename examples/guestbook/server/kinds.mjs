// @ts-check
// Objects that outlive the process: each is made from its kind and number, and described by them.

import { Far } from '@endo/pass-style';

/** @typedef {{ kind: string, number: number }} Description */

/**
 * @param {Record<string, (number: number) => Record<string, (...args: any[]) => any>>} makers the methods of each kind
 */
export const makeKinds = makers => {
  /** @type {Map<string, WeakRef<object>>} */
  const live = new Map();
  /** @type {WeakMap<object, Description>} */
  const described = new WeakMap();

  /**
   * The one object of this kind and number.
   *
   * @param {string} kind
   * @param {number} number
   * @returns {any}
   */
  const provide = (kind, number) => {
    const key = `${kind} ${number}`;
    const there = live.get(key)?.deref();
    if (there !== undefined) return there;
    const made = Far(kind, makers[kind](number));
    live.set(key, new WeakRef(made));
    described.set(made, { kind, number });
    return made;
  };

  return {
    provide,
    /** For the option of the client. @param {object} object */
    describe: object => described.get(object),
    /** For the option of the client. @param {Description} description */
    revive: ({ kind, number }) => provide(kind, number),
  };
};
