// @ts-check
// Who reads: objects in pages, kept by token, so that a server that was killed still has them. Each is told what is new by
// one call at a time, and says what it has; so nothing is missed, whatever a cut took with it, and nothing piles up for
// those who are away.

import { provideMapStoreFromBaggage } from 'ocapn-wasm';
import { E } from '@endo/eventual-send';
import harden from '@endo/harden';

/** The call fell victim to a cut: it is made again. */
const CUT = ['MAY_HAVE_RUN', 'DID_NOT_RUN'];

/** Nobody comes back to this reader. */
const GONE = ['TOKEN_UNKNOWN', 'LOST', 'SESSION_SEVERED', 'SESSION_REFUSED', 'PEER_ABORTED', 'EXPIRED', 'NOT_REVIVABLE'];

/** Changes in one call. */
const AT_ONCE = 40;

/** Answers in a row that say nothing new before a reader is left alone. */
const PATIENCE = 3;

/** @typedef {{ token: string, reference: any, has: number, isTold: boolean }} Reader */

/**
 * @param {object} parts
 * @param {import('ocapn-wasm').Client} parts.client
 * @param {import('ocapn-wasm').Baggage} parts.baggage
 * @param {import('./book.mjs').Book} parts.book
 * @param {(entry: import('./book.mjs').Entry) => any} parts.show an entry as readers get it
 */
export const makeReaders = ({ client, baggage, book, show }) => {
  const tokens = provideMapStoreFromBaggage(baggage, 'readers');
  /** @type {Map<string, Reader>} */
  const readers = new Map();

  /** @param {Reader} reader */
  const forget = async ({ token }) => {
    readers.delete(token);
    tokens.delete(token);
    await client.releaseToken(token).catch(() => {});
  };

  /** @param {Reader} reader */
  const tell = async reader => {
    if (reader.isTold) return;
    reader.isTold = true;
    let rounds = 0;
    try {
      do {
        const from = reader.has;
        const changes = book.changes(from).slice(0, AT_ONCE);
        const to = changes.at(-1)?.revision ?? book.revision();
        try {
          reader.has = Number(await E(reader.reference).hear(harden({ from, to, changes: changes.map(show) })));
          rounds = reader.has > from ? 0 : rounds + 1;
        } catch (error) {
          if (CUT.includes(error.code)) continue;
          if (GONE.includes(error.code)) await forget(reader);
          // Else it is away; it is told when its session goes on.
          return;
        }
      } while (reader.has < book.revision() && rounds < PATIENCE);
    } finally {
      reader.isTold = false;
    }
  };

  /** @param {string} token @param {any} reference @param {number} has */
  const add = (token, reference, has) => {
    const reader = readers.get(token) ?? { token, reference, has, isTold: false };
    readers.set(token, reader);
    return reader;
  };

  const tellAll = () => readers.forEach(tell);

  client.subscribe(({ type }) => {
    if (type === 'resumed') tellAll();
  });

  return {
    tellAll,

    /** Takes up those of the process before. */
    load: async () => {
      for (const token of [...tokens.keys()]) {
        try {
          // What it has is unknown: the first call finds out.
          void tell(add(token, await client.refFromToken(token), book.revision()));
        } catch {
          tokens.delete(token);
        }
      }
    },

    /** @param {any} reference */
    join: async reference => {
      const token = await client.refToken(reference);
      tokens.set(token, Date.now());
      const reader = add(token, reference, 0);
      reader.has = 0;
      void tell(reader);
    },
  };
};
