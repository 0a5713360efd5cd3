// @ts-check

import { provideFromBaggage } from '../../../js/index.js';

import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/**
 * The objects that every peer of these tests has, each registered under its name.
 *
 * @import { Peer } from './peer.js'
 */

/** What a peer's `describe` and `revive` know: things that are made by their title. */
export const makeThings = () => {
  /** @type {WeakMap<object, string>} */
  const titles = new WeakMap();
  /** @type {string[]} */
  const revived = [];
  /** @param {string} title */
  const make = title => {
    const thing = Far('thing', { title: () => title });
    titles.set(thing, title);
    return thing;
  };
  return {
    make,
    revived,
    describe: (/** @type {object} */ value) => titles.get(value),
    revive: (/** @type {string} */ title) => {
      revived.push(title);
      return make(title);
    },
  };
};

/**
 * @param {Peer} peer
 * @param {ReturnType<typeof makeThings>} things
 */
export const registerObjects = ({ client, baggage }, things) => {
  const kept = baggage === undefined ? new Map() : provideFromBaggage(baggage, 'counter', () => new Map());
  /** @type {any[]} */
  const held = [];
  /** @type {any[]} */
  const heard = [];

  const objects = {
    // Each increment is durable before its answer leaves.
    counter: Far('counter', {
      increment: () => {
        const value = (kept.get('value') ?? 0) + 1;
        kept.set('value', value);
        return value;
      },
      value: () => kept.get('value') ?? 0,
    }),
    greeter: Far('greeter', { greet: name => `Hello ${name}`, echo: value => value }),
    maker: Far('maker', { make: title => things.make(title), ephemeral: () => Far('ephemeral', { title: () => 'none' }) }),
    // Holds what it is given, and calls it.
    keeper: Far('keeper', {
      keep: reference => held.push(reference),
      given: () => held.length,
      first: () => held[0],
      // What has to be made again first comes as a promise for it.
      isSame: async (reference, index) => (await held[Number(index ?? 0)]) === (await reference),
      tell: (text, index) => E(held[Number(index ?? 0)]).hear(text),
    }),
    listener: Far('listener', {
      hear: text => {
        heard.push(text);
        return `${text} heard`;
      },
      all: () => harden([...heard]),
    }),
    doubler: Far('doubler', number => number * 2),
    waiter: Far('waiter', {
      never: () => new Promise(() => {}),
      promise: () => harden({ promise: new Promise(() => {}) }),
      later: (value, ms) => new Promise(resolve => setTimeout(resolve, Number(ms), value)),
      fail: message => {
        throw Error(message);
      },
    }),
  };
  for (const [name, object] of Object.entries(objects)) client.registerSturdyRef(name, object);
  return objects;
};

/**
 * @template T
 * @param {T} value
 */
const harden = value => Object.freeze(value);
