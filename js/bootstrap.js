// @ts-check

import { Far, passStyleOf } from '@endo/pass-style';

import { makeError } from './errors.js';
import { swissnumToBytes } from './swissnum.js';

/**
 * The bootstrap object of a client, which every peer may call: handle 0, position 0 of each session.
 *
 * @import { Registry } from './registry.js'
 * @import { SwissNum } from './swissnum.js'
 */

/** @param {unknown} value */
const isReference = value => {
  try {
    const style = passStyleOf(/** @type {any} */ (value));
    return style === 'remotable' || style === 'promise';
  } catch {
    return false;
  }
};

/**
 * @param {(swissnum: Uint8Array) => unknown} fetch what is registered, or may be made again; `undefined` when nothing is
 * @returns {object}
 */
export const makeBootstrap = fetch =>
  Far('Bootstrap', {
    /**
     * @param {SwissNum} swissNum
     * @returns {unknown}
     */
    fetch: swissNum => {
      const found = fetch(swissnumToBytes(swissNum));
      if (found === undefined) {
        // What was asked for is a secret, and is not said again.
        throw Error('OCapN: Unknown swissnum.');
      }
      return found;
    },
    /**
     * The core takes gifts that can be: what comes here cannot.
     *
     * @param {unknown} _id
     * @param {unknown} gift
     */
    'deposit-gift': (_id, gift) => {
      throw Error(isReference(gift) ? 'OCapN: Gift must be local' : 'OCapN: Gift must be remotable');
    },
    /** The core gives gifts to those who may have them: what comes here is no signed desc:handoff-receive. */
    'withdraw-gift': () => {
      throw makeError('HANDOFF_REFUSED', 'OCapN: This is no signed withdrawal of a gift.');
    },
  });
