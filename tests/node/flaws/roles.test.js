// @ts-check

import { makeCutSession } from '../support/cut-session.js';
import { Identity } from '../support/identity.js';
import { abort } from '../support/raw-session.js';
import { str } from '../support/syrup.js';
import { outcome } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

/**
 * The attacker sits where the peer was. He cannot sign for it, but he has messages that it signed and that never arrived.
 *
 * @import { RawSession } from '../support/raw-session.js'
 */

const WORD = 2n ** 64n;

/**
 * Everything that the peer could have signed with small numbers, as whoever recorded it would replay it.
 *
 * @param {RawSession} session
 */
const dialsOf = session => [0n, 2n, 4n].map(n => session.identity.resumeSession(session.id, session.parity + n));

test('flaw 05: a recorded resume is not accepted as the answer to a start', async t => {
  const { victim, server, session } = await makeCutSession(t);
  // The attacker refuses the resume, so that the victim starts afresh, while it still keeps the session.
  const dialled = await server.next('the resume');
  await dialled.expect('op:resume-session');
  dialled.send(abort('unknown-session'));
  for (const recorded of [...dialsOf(session), session.identity.resumeSession(session.id, 2n * WORD)]) {
    const provided = outcome(victim.client.provideSession(server.peerLocation));
    const line = await server.next('the start');
    await line.expect('op:start-session');
    line.send(recorded);
    assert.equal(await line.ending(), 'internal error');
    assert.equal((await provided).code, 'PEER_MISBEHAVED');
  }
  assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended', 'refused']);
});

test('flaw 05: a start is not accepted as the answer to a resume', async t => {
  const { victim, server, session, bootstrap } = await makeCutSession(t);
  const waiting = E(bootstrap).hello();
  const line = await server.next('the resume');
  await line.expect('op:resume-session');
  line.send(new Identity().startSession(server.location));
  assert.equal(await line.ending(), 'closed');
  assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended']);
  await session.answerResume(await server.next('the next resume'));
  await session.answerNext(str('the real one'));
  assert.equal(await waiting, 'the real one');
});

/**
 * Answers the victim's next dial with something, which it must not take, and lets the real peer resume then.
 *
 * @param {any} t
 * @param {'higher' | 'lower'} side
 * @param {(session: RawSession, dial: { bytes: Buffer, number: bigint }) => Uint8Array[]} forge
 */
const isRefused = async (t, side, forge) => {
  const { victim, server, session, bootstrap } = await makeCutSession(t, { side });
  const waiting = outcome(E(bootstrap).secret(), 'the call', 30_000);
  const forgeries = forge(session, { bytes: Buffer.alloc(0), number: 0n }).length;
  for (let i = 0; i < forgeries; i += 1) {
    const line = await server.next('the resume');
    const { bytes, fields } = await line.expect('op:resume-session');
    line.send(/** @type {Uint8Array} */ (forge(session, { bytes, number: fields[1] })[i]));
    // Taken, it would be confirmed.
    assert.equal((await line.next()).label, 'closed');
    assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended'], `forgery ${i}`);
  }
  await session.answerResume(await server.next('the resume'));
  await session.answerNext(str('for the peer alone'));
  assert.equal((await waiting).value, 'for the peer alone');
};

for (const side of /** @type {const} */ (['higher', 'lower'])) {
  test(`flaw 06: a dial of the peer's (its id ${side}) is not accepted as an answer`, async t => {
    await isRefused(t, side, session => dialsOf(session));
  });

  test(`flaw 06: the victim's own dial (the peer's id ${side}), sent back, is not accepted as an answer`, async t => {
    await isRefused(t, side, (_session, { bytes }) => [bytes]);
  });

  test(`flaw 06: an answer to another attempt (the peer's id ${side}) is not accepted`, async t => {
    const { resumeSession } = Identity.prototype;
    await isRefused(t, side, ({ identity, id }, { number }) =>
      [(number + 2n) * WORD + 5n, (number + 1n) * WORD + 5n, number].map(count => resumeSession.call(identity, id, count)),
    );
  });

  test(`flaw 06: an answer or a confirmation of the peer's (its id ${side}) is not accepted as a dial`, async t => {
    const { victim, server, session } = await makeCutSession(t, { side, victim: { client: { reconnect: 'on-demand' } } });
    for (const number of [0n, 1n, 2n, 3n, 2n ** 40n]) {
      const line = await session.dialResume(victim.location, number * WORD + 2n ** 63n);
      assert.equal(await line.ending(), 'invalid-session-resume-count');
    }
    assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended']);
    await session.resume(victim.location, session.parity + 2n);
    await victim.events.waitFor(({ type }) => type === 'resumed', 'the resume');
    assert.ok(server.lines.all.length >= 1);
  });
}

test('flaw 06: a confirmation is only good for the answer that it was made for', async t => {
  const { victim, session } = await makeCutSession(t, { victim: { client: { reconnect: 'on-demand' } } });
  const first = session.parity + 2n;
  const line = await session.dialResume(victim.location, first);
  const answer = await line.expect('op:resume-session');
  assert.equal(answer.fields[1] / WORD, first);
  const recorded = session.identity.resumeSession(session.id, answer.fields[1]);
  line.end();
  // The same dial again gets another answer; the confirmation of the first one is worth nothing.
  const again = await session.dialResume(victim.location, first);
  const other = await again.expect('op:resume-session');
  assert.notEqual(other.fields[1], answer.fields[1]);
  again.send(recorded);
  assert.equal(await again.ending(), 'closed');
  assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended']);
  await session.resume(victim.location, first);
  await victim.events.waitFor(({ type }) => type === 'resumed', 'the resume');
});

