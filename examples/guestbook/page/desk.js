// @ts-check
// Where drafts lie until they are in the book. They are kept in the tab's baggage, each with a secret name of its own, and
// brought to the server again until it says that it has them; to bring one twice does no harm. So neither a cut, nor a killed
// server, nor a reload loses or doubles an entry.

import { provideMapStoreFromBaggage } from 'ocapn-wasm';
import { E } from '@endo/eventual-send';
import harden from '@endo/harden';

import { randomText } from './tab.js';

/**
 * @typedef {object} Draft
 * @property {number} order
 * @property {string} mark by which the entry is known once it is in the book
 * @property {string} name
 * @property {string} text
 * @property {string} design of the stamp; empty for none
 * @property {string} refusal why the server does not take it; empty while it may
 */

/**
 * @param {import('./peer.js').Peer} peer
 * @param {() => void} changed
 */
export const makeDesk = ({ client, baggage, persist }, changed) => {
  /** By their secret names. @type {ReturnType<typeof provideMapStoreFromBaggage<Draft>>} */
  const drafts = provideMapStoreFromBaggage(baggage, 'drafts');
  /** Tokens of the pens of this tab's entries, by the entries' marks. @type {ReturnType<typeof provideMapStoreFromBaggage<string>>} */
  const pens = provideMapStoreFromBaggage(baggage, 'pens');
  /** The same pens, live. @type {Map<string, any>} */
  const held = new Map();
  let isBusy = false;

  for (const [mark, token] of pens.entries()) {
    client.refFromToken(token).then(pen => held.set(mark, pen), () => pens.delete(mark));
  }

  const list = () => [...drafts.entries()].sort(([, one], [, other]) => one.order - other.order);

  /** @param {string} secret @param {Draft} draft */
  const bring = (secret, { name, text, mark, design }) =>
    persist('guestbook', async guestbook => {
      const pen = await E(guestbook).sign(secret, harden({ name, text, mark }));
      if (design !== '') {
        // The shop's object is given to the guestbook: a handoff, with this tab as the gifter.
        const stamp = await persist('shop', shop => E(shop).buy(design, secret));
        await E(pen).affix(stamp);
      }
      return { pen, token: await client.refToken(pen) };
    });

  const work = async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      for (;;) {
        const [secret, draft] = list().find(([, { refusal }]) => refusal === '') ?? [];
        if (secret === undefined || draft === undefined) break;
        try {
          const { pen, token } = await bring(secret, draft);
          held.set(draft.mark, pen);
          // In one turn, so in one commit.
          pens.set(draft.mark, token);
          drafts.delete(secret);
        } catch (error) {
          if (error.code === 'SHUT_DOWN' || error.code === 'STORE_FAILED') return;
          drafts.set(secret, { ...draft, refusal: error.message });
        }
        changed();
      }
    } finally {
      isBusy = false;
    }
  };

  return {
    work,

    /** @returns {Draft[]} */
    drafts: () => list().map(([, draft]) => draft),

    /** @param {Pick<Draft, 'name' | 'text' | 'design'>} words */
    add: words => {
      const order = (list().at(-1)?.[1].order ?? 0) + 1;
      drafts.set(randomText(16), { ...words, order, mark: randomText(8), refusal: '' });
      changed();
      void work();
    },

    /** @param {string} mark */
    discard: mark => {
      for (const [secret, draft] of list()) if (draft.mark === mark) drafts.delete(secret);
      changed();
    },

    /** @param {string} mark */
    isMine: mark => pens.has(mark),

    /** Takes an entry of this tab's back, and lets go of its pen. @param {string} mark */
    erase: async mark => {
      const token = pens.get(mark);
      if (token === undefined) return;
      try {
        await persist('guestbook', () => E(held.get(mark)).erase());
        await client.releaseToken(token);
      } catch (error) {
        if (error.code !== 'TOKEN_UNKNOWN') throw error;
      }
      held.delete(mark);
      pens.delete(mark);
      changed();
    },
  };
};

/** @typedef {ReturnType<typeof makeDesk>} Desk */
