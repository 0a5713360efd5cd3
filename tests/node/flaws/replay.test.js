// @ts-check

import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { makeProxy } from '../support/proxy.js';
import { dialRaw } from '../support/raw-line.js';
import { throughCuts, until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

/**
 * What an attacker gets who sends recorded bytes over a socket of his own.
 *
 * @param {any} location
 * @param {Uint8Array[]} recorded
 */
const replay = async (location, ...recorded) => {
  const line = await dialRaw(location);
  line.send(...recorded);
  return line;
};

test('flaw 04: a captured resume is not accepted after a fresh start', async t => {
  const root = makeDirectory();
  const start = () => startPeer(t, { directory: `${root}/b`, client: { reconnect: 'on-demand' } });
  let b = await start();
  /** The attacker on the wire: keeps every resume, and lets some of them never arrive. @type {Buffer[]} */
  const captured = [];
  let isCutting = false;
  const proxy = await makeProxy({
    port: () => Number(b.location.hints.port),
    judge: ({ label, isFromDialler, bytes }) => {
      if (label === 'op:resume-session' && isFromDialler) captured.push(bytes);
      return isCutting ? 'cut' : 'pass';
    },
  });
  t.after(() => proxy.close());
  const a = await makeTestPeer(t, { directory: `${root}/a`, via: () => proxy.port });
  const counter = await enliven(a, b.location, 'counter');
  const cutAndCall = async () => {
    proxy.cutAll();
    return throughCuts(() => E(counter).increment());
  };

  // Two resumes that arrived, and, with all of their dials, some that never did.
  await cutAndCall();
  isCutting = true;
  const known = captured.length;
  proxy.cutAll();
  await until(() => captured.length >= known + 3, 'dials that are cut');
  isCutting = false;
  await cutAndCall();
  const recorded = [...captured];
  assert.equal(new Set(recorded.map(bytes => bytes.toString('hex'))).size, recorded.length);

  /** @param {string} expected */
  const replayAll = async expected => {
    for (const bytes of recorded) {
      assert.equal(await (await replay(b.location, bytes)).ending(), expected);
    }
  };
  const counts = async () => {
    const { status, seen, sent, resumes } = (await b.do('inspect')).sessions[0];
    return { status, seen, sent, resumes };
  };

  // While the session lives, each of their numbers is spent.
  const before = await counts();
  await replayAll('invalid-session-resume-count');
  assert.deepEqual(await counts(), before);
  const count = await E(counter).value();

  // A fresh start: another session, and nothing that was signed before concerns it.
  (await a.client.provideSession(b.location)).abort();
  const again = await enliven(a, b.location, 'counter');
  await replayAll('unknown-session');
  assert.equal(await E(again).increment(), count + 1);
  const freshId = (await a.client.provideSession(b.location)).sessionId;

  // The same after a restart of the peer, from what it has stored.
  await b.kill();
  b = await start();
  await replayAll('unknown-session');
  assert.equal(await throughCuts(() => E(again).increment()), count + 2);
  assert.deepEqual(b.events.all.map(({ type, sessionId }) => [type, sessionId]), [['resumed', freshId]]);
});

test('flaw 04: a captured resume that never arrived gives its thief an answer, but no session', async t => {
  const b = await makeTestPeer(t, { baggage: new Map(), client: { reconnect: 'on-demand' } });
  registerObjects(b, makeThings());
  /** @type {Buffer[]} */
  const captured = [];
  let isCutting = false;
  const proxy = await makeProxy({
    port: () => Number(Object(b.location.hints).port),
    judge: ({ label, isFromDialler, bytes }) => {
      if (label === 'op:resume-session' && isFromDialler) captured.push(bytes);
      return isCutting ? 'cut' : 'pass';
    },
  });
  t.after(() => proxy.close());
  const a = await makeTestPeer(t, { baggage: new Map(), via: () => proxy.port, client: { reconnect: 'on-demand' } });
  const counter = await enliven(a, b.location, 'counter');
  await E(counter).increment();
  isCutting = true;
  proxy.cutAll();
  await a.events.waitFor(({ type }) => type === 'suspended', 'the cut');
  const waiting = E(counter).increment();
  await until(() => captured.length > 0, 'a dial that is cut');
  const dial = /** @type {Buffer} */ (captured[0]);

  const thief = await replay(b.location, dial);
  const answer = await thief.expect('op:resume-session');
  assert.equal(b.inspect().sessions[0].status, 'suspended');
  // All that he has to confirm with: the answer itself, and what he stole.
  const second = await replay(b.location, dial);
  thief.send(answer.bytes);
  await thief.ending();
  second.send(dial);
  await second.ending();
  assert.deepEqual(b.eventTypes(), ['fresh', 'suspended']);
  assert.equal(b.inspect().sessions[0].seen, 0);

  isCutting = false;
  assert.equal(await waiting, 2);
  await b.events.waitFor(({ type }) => type === 'resumed', 'the resume');
});
