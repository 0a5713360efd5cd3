// @ts-check

import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { abort, startRaw } from '../support/raw-session.js';
import { until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

test('flaw 11: an abort deletes all of a session, on both sides, and a restart does not bring it back', async t => {
  const root = makeDirectory();
  let [a, b] = await Promise.all([startPeer(t, { directory: `${root}/a` }), startPeer(t, { directory: `${root}/b` })]);
  await a.enliven(b.location, 'keeper');
  await a.call('keeper', 'keep', { name: 'listener' });
  const sessionId = await a.do('provide', { location: b.location });
  const ofSession = async (/** @type {import('../support/process.js').PeerProcess} */ peer) =>
    (await peer.do('keys')).filter((/** @type {string} */ key) => key.includes(sessionId) || key.startsWith('ocapn:resumeSessionsByLocation'));
  assert.ok((await ofSession(a)).length >= 4 && (await ofSession(b)).length >= 4);

  await a.do('abort', { location: b.location });
  await b.events.waitFor(({ type }) => type === 'severed', 'the peer hears of it');
  for (const peer of [a, b]) await until(async () => (await ofSession(peer)).length === 0, 'all is deleted');

  await Promise.all([a.do('durable'), b.do('durable')]);
  await Promise.all([a.kill(), b.kill()]);
  [a, b] = await Promise.all([startPeer(t, { directory: `${root}/a` }), startPeer(t, { directory: `${root}/b` })]);
  for (const peer of [a, b]) assert.deepEqual(await ofSession(peer), []);
  await a.enliven(b.location, 'keeper');
  assert.deepEqual(a.events.all.map(({ type }) => type), ['fresh']);
  assert.notEqual(a.events.all[0]?.sessionId, sessionId);
});

test("flaw 11: the peer's op:abort deletes it too, and a resume of it is of an unknown session", async t => {
  const baggage = new Map();
  const victim = await makeTestPeer(t, { baggage });
  registerObjects(victim, makeThings());
  const before = new Set(victim.keys());
  const session = await startRaw(victim.location);
  await session.fetch('greeter');
  assert.ok(victim.keys().length > before.size);
  session.line.send(abort('enough'));
  await victim.events.waitFor(({ type }) => type === 'severed', 'the end');
  // Where objects were is remembered for the next session: numbers, which give nobody anything.
  const mayStay = /^ocapn:(schema$|positions\/)/;
  await until(() => victim.keys().every(key => before.has(key) || mayStay.test(key)), 'all is deleted');
  const line = await session.dialResume(victim.location, session.parity + 2n);
  assert.equal(await line.ending(), 'unknown-session');
});

test('flaw 11: a session that expires is deleted, and its references say so', async t => {
  const baggage = new Map();
  const b = await makeTestPeer(t);
  registerObjects(b, makeThings());
  const a = await makeTestPeer(t, { baggage, client: { times: { expiry: 150 } } });
  const greeter = await enliven(a, b.location, 'greeter');
  await b.shutdown();
  const { code } = await a.events.waitFor(({ type }) => type === 'severed', 'the expiry');
  assert.equal(code, 'EXPIRED');
  await assert.rejects(E(greeter).greet('you'), { code: 'EXPIRED' });
  await until(() => a.keys('ocapn:resume').length + a.keys('ocapn-durable:').length === 0, 'all is deleted');
});
