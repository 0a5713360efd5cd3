// @ts-check

import { makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { listenRaw } from '../support/raw-line.js';
import { acceptRaw, startRaw } from '../support/raw-session.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

test('flaw 01: the own key is kept with its session, so a restart of either side resumes it', async t => {
  const root = makeDirectory();
  const start = (/** @type {string} */ name) => startPeer(t, { directory: `${root}/${name}` });
  let [a, b] = await Promise.all([start('a'), start('b')]);
  await a.enliven(b.location, 'counter');
  assert.equal(await a.call('counter', 'increment'), 1);
  const sessionId = await a.do('provide', { location: b.location });
  const records = (/** @type {import('../support/process.js').PeerProcess} */ peer) => peer.do('keys', { prefix: 'ocapn:resumeSessionsById/' });
  const [recordOfA, recordOfB] = [await records(a), await records(b)];
  assert.ok([recordOfA, recordOfB].every(keys => keys.length === 1 && keys[0].endsWith(`/${sessionId}`)));

  await a.kill();
  a = await start('a');
  await a.enliven(b.location, 'counter');
  assert.equal(await a.call('counter', 'increment'), 2);
  assert.deepEqual(a.events.all.map(({ type }) => type), ['resumed']);
  assert.equal(await a.do('provide', { location: b.location }), sessionId);

  await b.kill();
  b = await start('b');
  assert.equal(await a.call('counter', 'increment'), 3);
  await b.events.waitFor(({ type }) => type === 'resumed', 'the resume');
  assert.deepEqual(new Set([...a.events.all, ...b.events.all].map(event => event.sessionId)), new Set([sessionId]));
  // The keys that name our public id are those of the first process.
  assert.deepEqual([await records(a), await records(b)], [recordOfA, recordOfB]);
});

test('flaw 07: no key serves two sessions, of one peer or of two', async t => {
  const baggage = new Map();
  const victim = await makeTestPeer(t, { baggage });
  /** @type {string[]} */
  const keys = [];
  /** @type {string[]} */
  const ids = [];
  const note = (/** @type {import('../support/raw-session.js').RawSession} */ session) => {
    keys.push(session.peerKey.toString('hex'));
    ids.push(session.id.toString('hex'));
  };
  const peers = await Promise.all([listenRaw(), listenRaw()]);
  t.after(() => peers.forEach(({ close }) => close()));
  // Two peers, each of them twice.
  for (const peer of [...peers, ...peers]) {
    const provided = victim.client.provideSession(peer.peerLocation);
    note(await acceptRaw(await peer.next(), peer.location));
    (await provided).abort();
  }
  // And one that dials, twice, with one key of its own.
  const first = await startRaw(victim.location);
  note(first);
  first.line.end();
  const second = await startRaw(victim.location, { identity: first.identity, location: first.location });
  note(second);
  assert.equal(new Set(keys).size, 6);
  assert.equal(new Set(ids).size, 6);
});
