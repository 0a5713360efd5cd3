// @ts-check

import { makeThings, registerObjects } from './objects.js';
import { enliven, makeTestPeer } from './peer.js';
import { startRaw } from './raw-session.js';
import { str, sym } from './syrup.js';
import { within } from './waiting.js';

import assert from 'node:assert/strict';
import { E } from '@endo/eventual-send';

/** @import { PeerOptions } from './peer.js' */
/** @import { Framing } from './raw-line.js' */

/**
 * A client that strangers mistreat, and another whose session with it must not notice.
 *
 * @param {any} t
 * @param {Framing} framing
 * @param {PeerOptions} [options] of the client
 */
export const makeVictim = async (t, framing, options = {}) => {
  const netlayer = { framing, ...options.netlayer };
  const victim = await makeTestPeer(t, { ...options, netlayer });
  const objects = registerObjects(victim, makeThings());
  const bystander = await makeTestPeer(t, { netlayer: { framing } });
  const counter = await enliven(bystander, victim.location, 'counter');
  let expected = await E(counter).value();

  /** The session of the bystander goes on as if nothing had happened, and a new one can be made at once. */
  const isUnharmed = async () => {
    expected += 1;
    assert.equal(await within(E(counter).increment(), 'a call of the bystander'), expected);
    const stranger = await startRaw(victim.location, { framing });
    const greeter = await stranger.fetch('greeter');
    assert.equal((await stranger.ask(greeter, sym('greet'), str('you'))).value, 'Hello you');
    stranger.line.end();
    assert.deepEqual(bystander.eventTypes(), ['fresh']);
    assert.deepEqual(victim.troubles, []);
  };
  return { victim, objects, bystander, counter, isUnharmed };
};
