// @ts-check

import { provideFromBaggage } from '../../js/index.js';
import { pick } from './random.js';

/**
 * Tokens of the peer's things, kept as an application would: beside the title that the thing must have.
 *
 * @import { Baggage, Client } from '../../js/index.js'
 * @import { Random } from './random.js'
 */

/** @typedef {ReturnType<typeof openTokens>} KeptTokens */

/** So many are kept at most. */
const MOST = 12;

/**
 * @param {Baggage} baggage
 * @param {Client} client
 * @param {ReturnType<typeof import('./ledger.js').openLedger>} write
 */
export const openTokens = (baggage, client, write) => {
  const titles = provideFromBaggage(baggage, 'tokens', () => new Map());

  /**
   * @template T
   * @param {() => Promise<T>} act
   * @returns {Promise<T | undefined>}
   */
  const mustWork = async act => {
    try {
      return await act();
    } catch (error) {
      const { code, message } = /** @type {any} */ (error);
      write('wrong', 'token', `${code} ${message}`);
      return undefined;
    }
  };

  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  /** One after the other: what is kept again while it is released would be gone. @param {() => Promise<void>} act */
  const inTurn = act => {
    last = last.then(act);
    return last;
  };

  const someToken = (/** @type {Random} */ random) => (titles.size === 0 ? undefined : pick(random, [...titles.keys()]));

  return {
    /** @param {any} thing @param {string} title */
    keep: (thing, title) =>
      inTurn(async () => {
        if (titles.size >= MOST) return;
        const token = await mustWork(() => client.refToken(thing));
        if (token !== undefined) titles.set(token, title);
      }),

    /** @param {Random} random */
    pick: async random => {
      const token = someToken(random);
      if (token === undefined) return undefined;
      const title = titles.get(token);
      const thing = await mustWork(() => client.refFromToken(token));
      return { thing, title };
    },

    /** First from the map: a token that is in it is good after every crash. @param {Random} random */
    release: random =>
      inTurn(async () => {
        const token = someToken(random);
        if (token === undefined) return;
        titles.delete(token);
        await mustWork(() => client.releaseToken(token));
      }),
  };
};
