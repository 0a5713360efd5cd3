// @ts-check

import { makeTestPeer } from './support/peer.js';
import { Identity } from './support/identity.js';
import { dialRaw, listenRaw } from './support/raw-line.js';
import { abort, acceptRaw } from './support/raw-session.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

/**
 * A client that believes no incoming claim, and a peer that has dialled it and can be dialled.
 *
 * @param {any} t
 */
const makeDialledBy = async t => {
  const us = await makeTestPeer(t, { netlayer: { trustClaims: false }, client: { times: { retryLeast: 5, retryMost: 20 } } });
  const server = await listenRaw();
  t.after(() => server.close());
  const line = await dialRaw(us.location);
  line.send(new Identity().startSession(server.location));
  await line.expect('op:start-session');
  await us.events.waitFor(({ type }) => type === 'fresh', 'the incoming session');
  return { us, server, line };
};

test('a peer that is busy with a session which it dialled is dialled again when that is closed', async t => {
  const { us, server, line } = await makeDialledBy(t);
  const provided = us.client.provideSession(server.peerLocation);
  const refusing = await server.next();
  await refusing.expect('op:start-session');
  assert.equal(line.isClosed, false);
  refusing.send(abort('internal error'));
  await line.closed;
  // It has not noticed yet.
  const again = await server.next();
  await again.expect('op:start-session');
  again.send(abort('internal error'));
  const session = await acceptRaw(await server.next(), server.location);
  assert.equal((await provided).sessionId, session.id.toString('hex'));
  assert.deepEqual(us.eventTypes(), ['fresh', 'severed', 'fresh']);
});

test('a peer that stays busy is given up', async t => {
  const { us, server } = await makeDialledBy(t);
  const provided = assert.rejects(us.client.provideSession(server.peerLocation), { code: 'PEER_BUSY' });
  for (let dial = 0; dial < 6; dial += 1) {
    const line = await server.next();
    await line.expect('op:start-session');
    line.send(abort('internal error'));
  }
  await provided;
});

test('a peer that never dialled and aborts is believed at once', async t => {
  const us = await makeTestPeer(t, { netlayer: { trustClaims: false } });
  const server = await listenRaw();
  t.after(() => server.close());
  const provided = assert.rejects(us.client.provideSession(server.peerLocation), { code: 'PEER_ABORTED' });
  (await server.next()).send(abort('internal error'));
  await provided;
  assert.equal(server.lines.all.length, 1);
});
