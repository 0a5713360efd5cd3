// @ts-check

import { makeError } from './errors.js';
import { makeRevivals } from './revivals.js';
import { mayBeRegistered } from './swissnum.js';

/**
 * How exported objects outlive the process. What is stored of one is a description, a list of two: `'swissnum` and the bytes
 * that it is registered under, or `'host` and what the application's `describe` made of it.
 *
 * @import { Core } from './core.js'
 * @import { ValueCodec } from './baggage/value-codec.js'
 * @import { Registry } from './registry.js'
 * @import { Durability } from './references.js'
 */

/** What an application describes an object with: plain data. @typedef {unknown} Description */

/**
 * @typedef {object} DurabilityHooks
 * @property {((value: object) => Description | undefined) | undefined} describe names an object; `undefined` when it cannot
 * @property {((description: any) => unknown) | undefined} revive gives back what a description names, perhaps as a promise
 */

/**
 * @typedef {object} DurableRegistry
 * @property {(description: Description) => Uint8Array} describeHost
 * @property {(swissnum: Uint8Array) => unknown} reviveSwissnum what the store says is registered, made again; `undefined` when it
 *   does not say how
 */

const HOST = Symbol.for('host');

const encoder = new TextEncoder();

/** Canonical Syrup of `['swissnum`, up to the bytes. */
const SWISSNUM_HEAD = encoder.encode("[8'swissnum");

const COLON = 0x3a;
const CLOSE = 0x5d;
const ZERO = 0x30;

/**
 * @param {Uint8Array} swissnum
 * @returns {Uint8Array}
 */
export const describeSwissnum = swissnum => {
  const length = encoder.encode(`${swissnum.length}:`);
  const description = new Uint8Array(SWISSNUM_HEAD.length + length.length + swissnum.length + 1);
  description.set(SWISSNUM_HEAD);
  description.set(length, SWISSNUM_HEAD.length);
  description.set(swissnum, SWISSNUM_HEAD.length + length.length);
  description.set([CLOSE], description.length - 1);
  return description;
};

/**
 * @param {Uint8Array} description
 * @returns {Uint8Array | undefined} the swissnum that it says, `undefined` when it is the application's
 */
export const swissnumOfDescription = description => {
  if (SWISSNUM_HEAD.some((byte, index) => description[index] !== byte)) {
    return undefined;
  }
  const colon = description.indexOf(COLON, SWISSNUM_HEAD.length);
  let length = 0;
  for (const digit of description.subarray(SWISSNUM_HEAD.length, colon)) {
    length = length * 10 + digit - ZERO;
  }
  return colon < 0 || colon + length + 2 !== description.length
    ? undefined
    : description.slice(colon + 1, colon + 1 + length);
};

/**
 * @param {() => Core} getCore
 * @param {() => Registry} getRegistry
 * @param {ValueCodec} codec
 * @param {DurabilityHooks} hooks
 * @returns {Durability & DurableRegistry}
 */
export const makeDurability = (getCore, getRegistry, codec, { describe, revive }) => {
  /** @param {Description} description */
  const describeHost = description => codec.encodeValue([HOST, description]);

  /** @param {Uint8Array} description of the application's */
  const decode = description => /** @type {[symbol, Description]} */ (codec.decodeValue(description))[1];

  const revivals = makeRevivals(description => revive?.(decode(description)));

  /**
   * @param {Uint8Array} swissnum
   * @returns {unknown} `undefined` when the store does not say how
   */
  const reviveSwissnum = swissnum => {
    const value = makeAgain(swissnum);
    // It is what is registered from now on: so it has one description, and one slot.
    if (value instanceof Promise) {
      return value.then(made => getRegistry().adopt(swissnum, made));
    }
    return value === undefined ? undefined : getRegistry().adopt(swissnum, value);
  };

  /** @param {Uint8Array} swissnum */
  const makeAgain = swissnum => {
    const stored = revive && getCore().swissnumDescription(swissnum);
    return stored === undefined || swissnumOfDescription(stored) !== undefined ? undefined : revivals.provide(stored);
  };

  return {
    describe: value => {
      const swissnum = getRegistry().swissnumOf(value);
      // What is both registered and described goes by what names it in each process: in a later one it may be given before
      // anybody asks for its swissnum, and it has one slot all the same.
      const named = swissnum !== undefined && !(revive && getRegistry().isOfStore) ? undefined : describe?.(value);
      if (named === undefined) {
        return swissnum && describeSwissnum(swissnum);
      }
      const description = describeHost(named);
      revivals.met(description, value);
      return description;
    },
    describeHost,
    reviveSwissnum,
    find: description => {
      const swissnum = swissnumOfDescription(description);
      if (swissnum === undefined) {
        return revivals.find(description);
      }
      // What is called while the core's outputs are read must not throw.
      return mayBeRegistered(swissnum) ? getRegistry().find(swissnum) : undefined;
    },
    canRevive: () => revive !== undefined,
    revive: description => {
      if (revive === undefined) {
        throw makeError('NOT_REVIVABLE', 'The client has no revive option.');
      }
      const swissnum = swissnumOfDescription(description);
      return swissnum === undefined ? revivals.provide(description) : reviveSwissnum(swissnum);
    },
  };
};
