// @ts-check

import { makeCutSession } from '../support/cut-session.js';
import { Identity } from '../support/identity.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { dialRaw, listenRaw } from '../support/raw-line.js';
import { acceptRaw, someLocation } from '../support/raw-session.js';
import { str } from '../support/syrup.js';
import { Log, outcome } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

/** A hook whose judgement is the test's. */
const makeHook = () => {
  /** @type {Log<{ details: any, judge: (is: any) => void, fail: (error: Error) => void }>} */
  const asked = new Log();
  const authenticateSession = (/** @type {any} */ details) =>
    new Promise((judge, fail) => {
      asked.push({ details, judge, fail });
    });
  return { asked, authenticateSession };
};

const isSession = (/** @type {string} */ key) => /^ocapn:resume|^ocapn-durable:/.test(key);

test('flaw 08: the hook judges an incoming start before it is answered, and before anything is stored', async t => {
  const { asked, authenticateSession } = makeHook();
  const victim = await makeTestPeer(t, { baggage: new Map(), client: { authenticateSession } });
  for (const [index, isGood] of [true, false].entries()) {
    const identity = new Identity();
    const line = await dialRaw(victim.location);
    line.send(identity.startSession(someLocation()));
    const { details, judge } = await asked.waitFor(() => true, 'the question', { from: index });
    assert.equal(details.kind, 'start');
    assert.equal(Buffer.from(new Uint8Array(details.peerPublicKey.slice(0))).toString('hex'), identity.publicKey.toString('hex'));
    // Another connection is served meanwhile: so there was time for an answer.
    assert.equal(await (await dialRaw(victim.location).then(other => (other.write(Buffer.from('junk:')), other))).ending(), 'closed');
    assert.deepEqual(line.messages.all, []);
    assert.equal(victim.keys().filter(isSession).length, index * 2);
    judge(isGood);
    assert.equal((await line.next()).label, isGood ? 'op:start-session' : 'op:abort');
  }
  assert.deepEqual(victim.eventTypes(), ['fresh']);
  assert.equal(victim.keys().filter(isSession).length, 2);
});

test('flaw 08: a hook that throws, rejects or is never done refuses, and the wire says invalid-session-auth', async t => {
  const throws = () => {
    throw Error('no');
  };
  for (const [authenticateSession, handshake] of /** @type {const} */ ([
    [throws, 8000],
    [() => Promise.reject(Error('no')), 8000],
    [() => new Promise(() => {}), 500],
  ])) {
    const victim = await makeTestPeer(t, { baggage: new Map(), client: { authenticateSession, times: { handshake } } });
    const line = await dialRaw(victim.location);
    line.send(new Identity().startSession(someLocation()));
    assert.equal(await line.ending(), 'invalid-session-auth');
    const server = await listenRaw();
    t.after(() => server.close());
    const provided = outcome(victim.client.provideSession(server.peerLocation));
    const dialled = await server.next();
    await acceptRaw(dialled, server.location);
    assert.equal(await dialled.ending(), 'invalid-session-auth');
    // A judgement that never comes is, to whoever waits, also a handshake that takes too long.
    assert.match(String((await provided).code), handshake < 8000 ? /AUTH_REFUSED|HANDSHAKE_TIMEOUT/ : /AUTH_REFUSED/);
    assert.deepEqual([victim.eventTypes(), victim.keys().filter(isSession)], [[], []]);
  }
});

test('flaw 08: the hook judges a resume before it is answered; a refusal changes nothing', async t => {
  const { asked, authenticateSession } = makeHook();
  const cut = makeCutSession(t, { victim: { client: { authenticateSession, reconnect: 'on-demand' } } });
  (await asked.waitFor(() => true, 'the start')).judge(true);
  const { victim, session } = await cut;
  const before = new Map(/** @type {Map<string, Uint8Array>} */ (victim.baggage));

  const number = session.parity + 2n;
  const line = await session.dialResume(victim.location, number);
  const { details, judge } = await asked.waitFor(() => true, 'the resume', { from: 1 });
  assert.deepEqual([details.kind, details.sessionId], ['resume', session.id.toString('hex')]);
  assert.deepEqual(line.messages.all, []);
  judge(false);
  assert.equal(await line.ending(), 'invalid-session-auth');
  assert.deepEqual(new Map(/** @type {Map<string, Uint8Array>} */ (victim.baggage)), before);
  assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended']);

  const resumed = session.resume(victim.location, number);
  (await asked.waitFor(() => true, 'the second resume', { from: 2 })).judge(true);
  await resumed;
  await victim.events.waitFor(({ type }) => type === 'resumed', 'the resume');
});

test("flaw 08: the initiator's hook judges before the confirmation; a refusal severs nothing, and starts nothing", async t => {
  const { asked, authenticateSession } = makeHook();
  const cut = makeCutSession(t, { victim: { client: { authenticateSession } } });
  (await asked.waitFor(() => true, 'the start')).judge(true);
  const { victim, server, session, bootstrap } = await cut;
  const waiting = E(bootstrap).hello();
  const line = await server.next('the resume');
  const dial = await line.expect('op:resume-session');
  line.send(session.identity.resumeSession(session.id, dial.fields[1] * 2n ** 64n + 9n));
  (await asked.waitFor(() => true, 'the resume', { from: 1 })).judge(false);
  assert.equal(await line.ending(), 'invalid-session-auth');
  assert.deepEqual(line.messages.all.map(({ label }) => label), ['op:resume-session', 'op:abort', 'closed']);
  assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended']);

  // What it dials next is a resume again.
  const again = session.answerResume(await server.next('the next resume'));
  (await asked.waitFor(() => true, 'the next resume', { from: 2 })).judge(true);
  await again;
  await session.answerNext(str('kept'));
  assert.equal(await waiting, 'kept');
});

test('flaw 08: a peer that refuses a resume by its hook keeps the session, and so do we', async t => {
  const root = makeDirectory();
  const b = await startPeer(t, { directory: `${root}/b` });
  let isGood = true;
  const a = await makeTestPeer(t, { directory: `${root}/a`, client: { authenticateSession: () => isGood } });
  const counter = await enliven(a, b.location, 'counter');
  isGood = false;
  await b.kill();
  const again = await startPeer(t, { directory: `${root}/b` });
  assert.equal((await outcome(a.client.provideSession(again.location))).code, 'AUTH_REFUSED');
  isGood = true;
  assert.equal(await E(counter).increment(), 1);
  assert.deepEqual(a.eventTypes(), ['fresh', 'suspended', 'resumed']);
});
