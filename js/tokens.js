// @ts-check

import { makeError } from './errors.js';
import { toHex } from './slots.js';

/**
 * Tokens: what an application keeps of a peer's object, to have it again in a later process.
 *
 * @import { Core } from './core.js'
 * @import { References } from './references.js'
 * @import { Store } from './store.js'
 */

/**
 * @typedef {object} Tokens
 * @property {(reference: any) => Promise<string>} refToken
 * @property {(token: string) => Promise<any>} refFromToken
 * @property {(token: string) => Promise<void>} releaseToken
 */

/** How a token is written: a string can be stored, compared and sent anywhere. */
const TOKEN = /^[0-9a-f]{128}$/;

/**
 * @param {unknown} token
 * @returns {Uint8Array}
 */
const bytesOf = token => {
  if (typeof token !== 'string') {
    throw makeError('API_MISUSE', 'A token is the string that refToken() gave.');
  }
  if (!TOKEN.test(token)) {
    throw makeError('TOKEN_UNKNOWN', 'A token is 128 hexadecimal digits: refToken() did not give this one.');
  }
  return Uint8Array.from({ length: token.length / 2 }, (_, i) => Number.parseInt(token.slice(2 * i, 2 * i + 2), 16));
};

/**
 * @param {() => Core} getCore
 * @param {References} references
 * @param {Store | undefined} store where sessions are kept, if they are
 * @param {(error: unknown) => unknown} explain says more of an error
 * @returns {Tokens}
 */
export const makeTokens = (getCore, references, store, explain) => {
  /** @returns {Store} */
  const needStore = () => {
    if (store === undefined) {
      throw makeError('API_MISUSE', 'Tokens need sessions that are kept: give the client a baggage, and tryResumeSession.');
    }
    return store;
  };

  /** @param {any} reference */
  const handleOf = reference => {
    if (reference instanceof Promise) {
      throw makeError('API_MISUSE', 'A promise has no token: await it, and take the token of the object that it gives.');
    }
    const handle = Object(reference) === reference ? references.find(reference) : undefined;
    if (handle === undefined || handle % 2 === 0) {
      throw makeError('API_MISUSE', 'Only an object of a peer has a token; one of ours is registered, or described.');
    }
    return handle;
  };

  /**
   * Enters the core, when whoever called is not inside it any more.
   *
   * @template T
   * @param {(core: Core) => T} run
   * @returns {Promise<T>}
   */
  const enter = async run => {
    await undefined;
    try {
      return run(getCore());
    } catch (error) {
      throw explain(error);
    }
  };

  return {
    refToken: async reference => {
      const kept = needStore();
      const token = await enter(core => core.refToken(handleOf(reference)));
      await kept.idle();
      return toHex(token);
    },
    refFromToken: async token => {
      needStore();
      const bytes = bytesOf(token);
      return enter(core => references.remoteObject(core.refFromToken(bytes)));
    },
    releaseToken: async token => {
      const kept = needStore();
      const bytes = bytesOf(token);
      await enter(core => core.releaseToken(bytes));
      await kept.idle();
    },
  };
};
