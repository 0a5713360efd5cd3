// @ts-check
// B: holds references to A's objects, and gives A a callback of its own, which it registers under a swissnum too.

// First: it brings what @endo/eventual-send needs of its host, where nobody else did.
import { encodeSwissnum } from 'ocapn-wasm';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

import { burst } from './lib/burst.mjs';
import { obey, tell } from './lib/orders.mjs';
import { openPeer } from './lib/peer.mjs';

const { client, listen, slotOf, look, stop } = openPeer({ debugLabel: 'bob' });

const callback = Far('callback', {
  /** @param {string} text */
  hear: text => {
    tell('heard', { text });
    return `B heard: ${text}`;
  },
});
client.registerSturdyRef('callback', callback);

const pen = Far('pen', { write: () => 'signed' });
client.registerSturdyRef('pen', pen);

const location = await listen();

/** A's objects, by swissnum. @type {Record<string, any>} */
const held = {};

obey({
  look,
  stop,
  location: () => location,
  slots: () => ({
    ...Object.fromEntries(Object.entries(held).map(([name, reference]) => [name, slotOf(reference)])),
    callback: slotOf(callback),
    pen: slotOf(pen),
  }),

  /** Fetches an object of A's, and says whether it is the one that it had. */
  enliven: async (peer, name) => {
    const before = held[name];
    held[name] = await client.enlivenSturdyRef(client.makeSturdyRef(peer, encodeSwissnum(name)));
    return { isTheSame: held[name] === before, slot: slotOf(held[name]) };
  },

  increment: async () => Number(await E(held.counter).increment()),
  read: async () => Number(await E(held.counter).read()),
  burst: options => burst(held.counter, options),
  introduce: () => E(held.greeter).introduce(callback),
  sign: () => E(held.guestbook).sign(pen),
});
tell('ready', {});
