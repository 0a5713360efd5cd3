// @ts-check

import { makeCutSession } from '../support/cut-session.js';
import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { makeProxy } from '../support/proxy.js';
import { abort, acceptRaw } from '../support/raw-session.js';
import { str } from '../support/syrup.js';
import { outcome, until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

for (const reason of ['unknown-session', 'invalid-session-signature', 'invalid-session-id', 'internal error', 'Unexpected record type']) {
  test(`flaw 02: a resume that is refused with '${reason}' ends in a fresh session, without the caller doing anything`, async t => {
    const { victim, server, session, bootstrap } = await makeCutSession(t);
    const dialled = await server.next('the resume');
    await dialled.expect('op:resume-session');
    dialled.send(abort(reason));
    // Nobody asks for it: the fallback is the client's own.
    const fresh = await acceptRaw(await server.next('the start'), server.location);
    await victim.events.waitFor(({ type }) => type === 'fresh', 'the fresh session', { from: 1 });
    assert.notEqual(fresh.id.toString('hex'), session.id.toString('hex'));
    assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended', 'refused', 'fresh']);
    assert.equal((await outcome(E(bootstrap).fetch())).code, 'SESSION_REFUSED');
    const again = await victim.client.provideSession(server.peerLocation);
    assert.equal(again.sessionId, fresh.id.toString('hex'));
    const [answer] = await Promise.all([E(again.getBootstrap()).hello(), fresh.answerNext(str('it works'))]);
    assert.equal(answer, 'it works');
  });
}

test('flaw 02: a refusal of the count is followed by a dial with the next number, and that resumes', async t => {
  const { victim, server, session, bootstrap } = await makeCutSession(t);
  const waiting = E(bootstrap).hello();
  const numbers = [];
  for (let i = 0; i < 2; i += 1) {
    const dialled = await server.next('the resume');
    numbers.push((await dialled.expect('op:resume-session')).fields[1]);
    dialled.send(abort('invalid-session-resume-count'));
  }
  numbers.push(await session.answerResume(await server.next('the resume')));
  assert.ok(numbers[0] < numbers[1] && numbers[1] < numbers[2], String(numbers));
  await session.answerNext(str('after the resume'));
  assert.equal(await waiting, 'after the resume');
  assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended', 'resumed']);
});

test('flaw 02: a peer that restarts without its sessions is started with afresh, and the two go on', async t => {
  const root = makeDirectory();
  const a = await makeTestPeer(t, { directory: `${root}/a` });
  let b = await startPeer(t, { directory: `${root}/b` });
  const counter = await enliven(a, b.location, 'counter');
  await E(counter).increment();
  await b.kill();
  b = await startPeer(t, { directory: `${root}/b`, isNew: true });
  // What was sent before the refusal was heard of fails with it.
  assert.equal((await outcome(E(counter).increment())).code, 'SESSION_REFUSED');
  await a.events.waitFor(({ type }) => type === 'fresh', 'the fresh session', { from: 1 });
  const again = await enliven(a, b.location, 'counter');
  assert.notEqual(again, counter);
  assert.equal(await E(again).increment(), 2);
  assert.deepEqual(a.eventTypes(), ['fresh', 'suspended', 'refused', 'fresh']);
});

test('flaw 12: a client without a baggage answers no resume, and its peer falls back', async t => {
  const root = makeDirectory();
  const netlayer = { specifiedDesignator: 'forgetful' };
  let b = await startPeer(t, { netlayer });
  const port = Number(b.location.hints.port);
  const a = await makeTestPeer(t, { directory: `${root}/a` });
  const greeter = await enliven(a, b.location, 'greeter');
  const before = a.events.all[0]?.sessionId;
  await b.kill();
  await a.events.waitFor(({ type }) => type === 'suspended', 'the cut');
  b = await startPeer(t, { netlayer: { ...netlayer, specifiedPort: port } });
  assert.equal((await outcome(E(greeter).greet('you'))).code, 'SESSION_REFUSED');
  await a.events.waitFor(({ type }) => type === 'fresh', 'the fresh session', { from: 1 });
  assert.equal(await E(await enliven(a, b.location, 'greeter')).greet('again'), 'Hello again');
  assert.ok(!b.events.all.some(({ type, sessionId }) => type === 'resumed' || sessionId === before));
});

test('flaw 12: the same while the client without a baggage lives: a cut ends the session there', async t => {
  const b = await makeTestPeer(t);
  registerObjects(b, makeThings());
  const proxy = await makeProxy({ port: () => Number(Object(b.location.hints).port) });
  t.after(() => proxy.close());
  const a = await makeTestPeer(t, { baggage: new Map(), via: () => proxy.port });
  const greeter = await enliven(a, b.location, 'greeter');
  proxy.cutAll();
  await b.events.waitFor(({ type }) => type === 'severed', 'the end');
  await a.events.waitFor(({ type }) => type === 'fresh', 'the fresh session', { from: 1 });
  assert.deepEqual(a.eventTypes(), ['fresh', 'suspended', 'refused', 'fresh']);
  assert.deepEqual(b.eventTypes(), ['fresh', 'severed', 'fresh']);
  assert.equal((await outcome(E(greeter).greet('you'))).code, 'SESSION_REFUSED');
});

test('flaw 02: a peer that is there, and closes again and again, has refused when resumeGrace is over', async t => {
  const { victim, server, bootstrap } = await makeCutSession(t, { victim: { client: { times: { resumeGrace: 200 } } } });
  const waiting = outcome(E(bootstrap).hello());
  for (;;) {
    const line = await server.next('a dial');
    const { label } = await line.next();
    if (label === 'op:start-session') break;
    line.end();
  }
  assert.equal((await waiting).code, 'SESSION_REFUSED');
  assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended', 'refused']);
});

test('flaw 02: a peer that is not there has refused nothing', async t => {
  const { victim, server, session, bootstrap } = await makeCutSession(t, { victim: { client: { times: { resumeGrace: 50 } } } });
  server.pause();
  const waiting = E(bootstrap).hello();
  await until(() => victim.inspect().sessions[0].sent >= 16, 'many dials');
  assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended']);
  await server.resume();
  await session.answerResume(await server.next('the resume'));
  await session.answerNext(str('there again'));
  assert.equal(await waiting, 'there again');
});
