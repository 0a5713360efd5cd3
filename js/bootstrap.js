// @ts-check

import { Far } from '@endo/pass-style';

import { makeError } from './errors.js';
import { swissnumToBytes } from './swissnum.js';

/**
 * The bootstrap object of a client, which every peer may call: handle 0, position 0 of each session.
 *
 * @import { Registry } from './registry.js'
 * @import { SwissNum } from './swissnum.js'
 */

const unsupported = () =>
  makeError('HANDOFF_UNSUPPORTED', 'HANDOFF_UNSUPPORTED: References to objects of a third party cannot be passed yet.');

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
    'deposit-gift': () => {
      throw unsupported();
    },
    'withdraw-gift': () => {
      throw unsupported();
    },
  });
