// @ts-check

import { makeBenchWith } from '../record/bench.js';

/**
 * What every party of these runs serves, ours and theirs alike, and what it is asked for.
 */

/**
 * What a party gives its objects and its actions to work with: of its own packages.
 *
 * @typedef {object} Tools
 * @property {any} E
 * @property {(name: string, methods: any) => any} Far
 * @property {<T>(value: T) => T} harden
 * @property {(tag: string, payload: any) => any} makeTagged
 * @property {(location: any, name: string) => any} makeSturdyRef
 * @property {(sturdyRef: any) => Promise<any>} enliven
 */

const makePromise = () => {
  /** @type {any} */
  let kit;
  const promise = new Promise((resolve, reject) => {
    kit = { resolve, reject };
  });
  return { promise, ...kit };
};

/**
 * @param {Tools} tools
 * @returns {{ objects: Record<string, any>, made: any[] }} by the name that each is registered under; and what they made
 */
export const makeObjects = ({ E, Far, harden, makeTagged, enliven }) => {
  /** @type {any[]} */
  let kept = [];
  let count = 0n;

  /** @type {any[]} */
  const made = [];
  const make = (/** @type {bigint} */ number) => {
    const one = Far('made', { number: () => number });
    made.push(one);
    return one;
  };

  const thing = Far('thing', { number: () => 7n, itself: () => thing });
  const record = () => harden({ name: 'first', items: [1n, harden({ deep: 'yes' }), thing] });

  const echo = Far('echo', {
    echo: (/** @type {any} */ value) => value,
    all: (/** @type {any[]} */ ...values) => harden(values),
    fail: (/** @type {string} */ message) => {
      throw Error(message);
    },
    unpassable: () => new Map(),
    count: (/** @type {bigint} */ by = 1n) => {
      count += by;
      return count;
    },
    record,
    later: async () => record(),
    box: () => makeTagged('box', harden({ thing })),
    thing: () => thing,
    make,
    makePromise: () => {
      const { promise, resolve, reject } = makePromise();
      const resolver = Far('resolver', { resolve: (/** @type {any} */ value) => void resolve(value), reject: (/** @type {any} */ why) => void reject(why) });
      return harden([promise, resolver]);
    },
    never: () => new Promise(() => {}),
    call: (/** @type {any} */ target, /** @type {any[]} */ ...args) => E(target)(...args),
    invoke: (/** @type {any} */ target, /** @type {string} */ method, /** @type {any[]} */ ...args) => E(target)[method](...args),
    isThing: (/** @type {any} */ value) => value === thing,
    keep: (/** @type {any[]} */ ...values) => {
      kept = values;
      return kept.length;
    },
    invokeKept: (/** @type {string} */ method, /** @type {any[]} */ ...args) => E(kept[0])[method](...args),
    size: (/** @type {string} */ text) => BigInt(text.length),
    enliven: (/** @type {any} */ sturdyRef) => enliven(sturdyRef),
  });

  const maker = (() => {
    const { promise, resolve } = makePromise();
    return Far('maker', {
      thing: () => thing,
      make,
      wait: () => promise,
      list: () => harden([promise]),
      settle: () => resolve(thing),
      isThing: (/** @type {any} */ value) => value === thing,
    });
  })();

  const keeper = Far('keeper', {
    number: (/** @type {any} */ value) => E(value).number(),
    wait: async (/** @type {any} */ value) => E(await value).number(),
    two: async (/** @type {any} */ one, /** @type {any} */ other) => harden([await E(one).number(), await E(other).number(), (await one) === (await other)]),
    back: async (/** @type {any} */ maker, /** @type {any} */ value) => E(maker).isThing(await value),
    keep: async (/** @type {any} */ value) => void (kept = [await value]),
    callKept: () => E(kept[0]).number(),
  });

  return { objects: { echo, maker, keeper, bench: makeBenchWith({ E, Far }) }, made };
};
