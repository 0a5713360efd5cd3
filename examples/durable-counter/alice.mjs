// @ts-check
// A: serves a counter, a greeter and a guestbook, each under a swissnum. Everything that must last is in its directory.

// First: it brings what @endo/eventual-send needs of its host, where nobody else did.
import { provideFromBaggage } from 'ocapn-wasm';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

import { obey, tell } from './lib/orders.mjs';
import { openPeer } from './lib/peer.mjs';

// It dials only when it has something to say.
const { baggage, client, listen, slotOf, look, stop } = openPeer({ debugLabel: 'alice', reconnect: 'on-demand' });

// In the same baggage as the sessions: no reply leaves before what its handler wrote is durable.
const state = provideFromBaggage(baggage, 'counter', () => new Map([['value', 0n]]));

const counter = Far('counter', {
  increment: () => {
    const value = /** @type {bigint} */ (state.get('value')) + 1n;
    state.set('value', value);
    return value;
  },
  read: () => state.get('value'),
});

/** The visitor that was introduced last: B's callback. @type {any} */
let friend;

const greeter = Far('greeter', {
  /** @param {any} visitor */
  introduce: async visitor => {
    const isTheSame = visitor === friend;
    friend = visitor;
    tell('introduced', { isTheSame, slot: slotOf(visitor) });
    return E(visitor).hear('welcome');
  },
});

const guestbook = Far('guestbook', {
  /** @param {any} pen */
  sign: pen => E(pen).write(),
});

const own = { counter, greeter, guestbook };
for (const [swissnum, object] of Object.entries(own)) {
  client.registerSturdyRef(swissnum, object);
}
const location = await listen();

obey({
  look,
  stop,
  slots: () => ({ counter: slotOf(counter), greeter: slotOf(greeter), guestbook: slotOf(guestbook), callback: friend && slotOf(friend) }),
  callFriend: text => E(friend).hear(text),
});
tell('ready', { location, counter: Number(state.get('value')), stored: look().stored });
