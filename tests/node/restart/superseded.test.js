// @ts-check

import { makeThings, registerObjects } from '../support/objects.js';
import { makeTestPeer } from '../support/peer.js';
import { dialRaw } from '../support/raw-line.js';
import { abort, deliver, exported, startRaw } from '../support/raw-session.js';
import { sym } from '../support/syrup.js';
import { until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

/**
 * Several connections for one session: what is said on which of them counts.
 *
 * @param {any} t
 */
const makeVictim = async t => {
  const victim = await makeTestPeer(t, { baggage: new Map(), client: { reconnect: 'on-demand' } });
  registerObjects(victim, makeThings());
  const session = await startRaw(victim.location);
  const counter = await session.fetch('counter');
  /** How often the counter was told to count, and is asked now. */
  const count = async () => (await session.ask(counter, sym('value'))).value;
  return { victim, session, counter, count };
};

/**
 * Junk on a connection of its own is answered with a close: whatever came before it on others was read by then.
 *
 * @param {any} location
 */
const isServed = async location => {
  const { line } = await startRaw(location);
  line.end();
};

test('a dial to resume changes nothing before its confirmation: the session that looks alive goes on', async t => {
  const { victim, session, counter, count } = await makeVictim(t);
  const before = victim.inspect().sessions[0];
  const dial = await session.dialResume(victim.location, session.parity + 2n);
  await dial.expect('op:resume-session');
  assert.equal((await session.ask(counter, sym('increment'))).value, 1);
  assert.equal(await count(), 1);
  const { status, seen, resumes } = victim.inspect().sessions[0];
  assert.deepEqual([status, seen, resumes], [before.status, before.seen, before.resumes]);
  assert.deepEqual(victim.eventTypes(), ['fresh']);
  dial.end();
  await isServed(victim.location);
  assert.equal(await count(), 1);
});

test('after a take-over nothing that comes on the old connection counts: no call, no abort, no close', async t => {
  const { victim, session, counter, count } = await makeVictim(t);
  const old = session.line;
  const line = await session.dialResume(victim.location, session.parity + 2n);
  const answer = await line.expect('op:resume-session');
  // All of it is under way before the victim can close the old one.
  line.send(session.identity.resumeSession(session.id, answer.fields[1]));
  await victim.events.waitFor(({ type }) => type === 'resumed', 'the take-over');
  old.send(deliver(exported(counter), [sym('increment')]), abort('enough'));
  // Nor does it say anything but that it is over.
  assert.equal(await old.ending(), 'closed');
  old.end();
  session.line = line;
  await isServed(victim.location);
  assert.equal(await count(), 0);
  const ofSession = victim.events.all.filter(({ sessionId }) => sessionId === session.id.toString('hex'));
  assert.deepEqual(ofSession.map(({ type }) => type), ['fresh', 'resumed']);
  assert.equal((await session.ask(counter, sym('increment'))).value, 1);
});

test('a newer dial replaces one that was not confirmed, whose abort, confirmation or close then mean nothing', async t => {
  for (const say of ['an abort', 'a confirmation', 'nothing']) {
    const { victim, session, counter } = await makeVictim(t);
    session.line.end();
    await victim.events.waitFor(({ type }) => type === 'suspended', 'the cut');
    const first = await session.dialResume(victim.location, session.parity + 2n);
    const { fields } = await first.expect('op:resume-session');
    const second = await session.dialResume(victim.location, session.parity + 4n);
    const answer = await second.expect('op:resume-session');
    if (say === 'an abort') first.send(abort('unknown-session'));
    if (say === 'a confirmation') first.send(session.identity.resumeSession(session.id, fields[1]));
    assert.equal(await first.ending(), 'closed', say);
    assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended'], say);
    second.send(session.identity.resumeSession(session.id, answer.fields[1]));
    session.line = second;
    assert.equal((await session.ask(counter, sym('increment'))).value, 1, say);
    assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended', 'resumed'], say);
    // What is older than what was seen is not taken up again.
    const late = await session.dialResume(victim.location, session.parity + 2n);
    assert.equal(await late.ending(), 'invalid-session-resume-count', say);
  }
});

test('an abort on a handshake severs nothing, whether it starts or resumes', async t => {
  const { victim, session, count } = await makeVictim(t);
  const start = await dialRaw(victim.location);
  start.send(session.identity.startSession(session.location), abort('not me'));
  await start.ending();
  const dial = await session.dialResume(victim.location, session.parity + 2n);
  await dial.expect('op:resume-session');
  dial.send(abort('unknown-session'));
  await dial.ending();
  assert.equal(await count(), 0);
  assert.equal(victim.inspect().sessions.some((/** @type {any} */ { id, status }) => id === session.id.toString('hex') && status === 'active'), true);
});

test('a shutdown says nothing: no op:abort, and the session can go on', async t => {
  const baggage = new Map();
  const victim = await makeTestPeer(t, { baggage });
  registerObjects(victim, makeThings());
  const session = await startRaw(victim.location);
  const counter = await session.fetch('counter');
  assert.equal((await session.ask(counter, sym('increment'))).value, 1);
  await victim.client.shutdown();
  assert.equal(await session.line.ending(), 'closed');
  const again = await makeTestPeer(t, { baggage: new Map(baggage) });
  registerObjects(again, makeThings());
  await session.resume(again.location, session.parity + 2n);
  assert.equal((await session.ask(counter, sym('increment'))).value, 2);
  await until(() => again.eventTypes().includes('resumed'), 'the resume');
  assert.deepEqual(again.eventTypes(), ['resumed']);
});

test('without tryResumeSession nothing is suspended: a cut severs, and a resume is of an unknown session', async t => {
  const victim = await makeTestPeer(t, { client: { baggage: undefined } });
  registerObjects(victim, makeThings());
  const session = await startRaw(victim.location);
  await session.fetch('counter');
  session.line.end();
  await victim.events.waitFor(({ type }) => type === 'severed', 'the end');
  const line = await session.dialResume(victim.location, session.parity + 2n);
  assert.equal(await line.ending(), 'unknown-session');
  assert.deepEqual(victim.eventTypes(), ['fresh', 'severed']);
});
