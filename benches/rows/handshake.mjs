// @ts-check
import { rate } from '../lib/rate.mjs';

/**
 * A new session, with new keys each time: between two new clients, and again between the same two after their connection broke.
 * The floor is the cryptography alone.
 */

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = () => [
  rate({
    row: 'handshake, fresh',
    batch: 5,
    native: 'handshake',
    open: async side => {
      const fresh = (await side.handshake?.())?.fresh;
      return (
        fresh && {
          run: async n => {
            /** @type {Array<() => unknown>} */
            const made = [];
            for (let i = 0; i < n; i += 1) made.push(await fresh());
            return () => Promise.all(made.map(close => close()));
          },
          close: () => {},
        }
      );
    },
  }),
  rate({
    row: 'handshake, redial',
    batch: 5,
    open: async side => {
      const redial = await (await side.handshake?.())?.redial?.();
      return (
        redial && {
          run: async n => {
            for (let i = 0; i < n; i += 1) await redial.again();
          },
          close: redial.close,
        }
      );
    },
  }),
];
