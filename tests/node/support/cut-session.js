// @ts-check

import { Identity, identityBeside } from './identity.js';
import { makeTestPeer } from './peer.js';
import { listenRaw } from './raw-line.js';
import { acceptRaw } from './raw-session.js';
import { bool } from './syrup.js';

import { E } from '@endo/eventual-send';

/** @import { PeerOptions } from './peer.js' */

/**
 * A durable client whose one session, with a raw peer that it dialled, was cut: it dials to resume by itself.
 *
 * @param {any} t
 * @param {object} [options]
 * @param {'higher' | 'lower'} [options.side] of the raw peer's public id; any when left out
 * @param {PeerOptions} [options.victim]
 */
export const makeCutSession = async (t, { side, victim: options } = {}) => {
  const victim = await makeTestPeer(t, { baggage: new Map(), ...options });
  const server = await listenRaw();
  t.after(() => server.close());
  const provided = victim.client.provideSession(server.peerLocation);
  /** @param {Buffer} peerKey */
  const choose = peerKey => (side === undefined ? new Identity() : identityBeside(side, peerKey));
  const session = await acceptRaw(await server.next(), server.location, choose);
  const bootstrap = (await provided).getBootstrap();
  // A session on which nothing was heard is not kept.
  await Promise.all([E(bootstrap).hello(), session.answerNext(bool(true))]);
  session.line.end();
  await victim.events.waitFor(({ type }) => type === 'suspended', 'the cut');
  return { victim, server, session, bootstrap };
};
