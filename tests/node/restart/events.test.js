// @ts-check

import { makeCutSession } from '../support/cut-session.js';
import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { makeProxy } from '../support/proxy.js';
import { abort, acceptRaw } from '../support/raw-session.js';
import { outcome } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { E } from '@endo/eventual-send';
import harden from '@endo/harden';
import { Far } from '@endo/pass-style';

/** @import { Peer } from '../support/peer.js' */

/**
 * @param {Peer} peer
 * @param {string} type
 * @param {number} [from]
 */
const told = (peer, type, from) => peer.events.waitFor(event => event.type === type, type, { from });

test('each event says which session of whom it is about and why, and status() agrees with it', async t => {
  const root = makeDirectory();
  const a = await makeTestPeer(t, { directory: `${root}/a` });
  let b = await startPeer(t, { directory: `${root}/b` });
  const session = await a.client.provideSession(b.location);
  const { sessionId } = session;
  await enliven(a, b.location, 'counter');

  const about = { sessionId, location: { type: 'ocapn-peer', ...b.location } };
  const fresh = await told(a, 'fresh');
  assert.deepEqual({ ...fresh }, { type: 'fresh', ...about, code: undefined, reason: undefined });
  assert.equal(session.status(), 'active');

  await b.kill();
  const { reason, ...suspended } = await told(a, 'suspended');
  assert.deepEqual(suspended, { type: 'suspended', ...about, code: 'CONNECTION_CLOSED' });
  assert.match(String(reason), /^Connection closed/);
  assert.equal(session.status(), 'suspended');

  b = await startPeer(t, { directory: `${root}/b` });
  const resumed = await told(a, 'resumed');
  assert.deepEqual({ ...resumed }, { type: 'resumed', ...about, code: undefined, reason: undefined });
  assert.equal(session.status(), 'active');
  await enliven(a, b.location, 'greeter');

  const aborted = b.events.waitFor(({ type }) => type === 'severed', 'the end at the peer');
  session.abort(Error('enough'));
  const severed = await told(a, 'severed');
  assert.deepEqual([severed.sessionId, severed.code], [sessionId, 'ABORTED_LOCALLY']);
  assert.equal(session.status(), 'severed');
  const there = await aborted;
  assert.deepEqual([there.sessionId, there.code], [sessionId, 'PEER_ABORTED']);
  assert.match(String(there.reason), /It said: enough/);
  assert.deepEqual(a.eventTypes(), ['fresh', 'suspended', 'resumed', 'severed']);
});

test('a session that the peer refuses is told of as refused, kept aside, and told of as resumed when it is after all', async t => {
  const { victim, server, session, bootstrap } = await makeCutSession(t);
  const [{ sessionId }] = victim.events.all;
  const dialled = await server.next('the resume');
  await dialled.expect('op:resume-session');
  dialled.send(abort('unknown-session'));
  const refused = await told(victim, 'refused');
  assert.deepEqual([refused.sessionId, refused.code], [sessionId, 'SESSION_REFUSED']);
  assert.match(String(refused.reason), /refuses to resume/);
  await acceptRaw(await server.next('the start'), server.location);
  await told(victim, 'fresh', 1);
  assert.equal((await outcome(E(bootstrap).hello())).code, 'SESSION_REFUSED');
  // It had the key all the time.
  await session.resume(/** @type {any} */ (victim.location), session.parity + 2n);
  const resumed = await told(victim, 'resumed');
  assert.equal(resumed.sessionId, sessionId);
  assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended', 'refused', 'fresh', 'resumed']);
});

test("a promise of the peer's that has not settled settles over a cut, and breaks with LOST over a restart of the peer", async t => {
  const root = makeDirectory();
  const a = await makeTestPeer(t, { directory: `${root}/a` });
  const near = await makeTestPeer(t, { baggage: new Map(), client: { reconnect: 'on-demand' } });
  registerObjects(near, makeThings());
  /** @type {(value: string) => void} */
  let settle = () => {};
  const unsettled = new Promise(resolve => {
    settle = resolve;
  });
  near.client.registerSturdyRef('slow', Far('slow', { promise: () => harden({ promise: unsettled }) }));
  const proxy = await makeProxy({ port: () => Number(Object(near.location.hints).port) });
  t.after(() => proxy.close());
  const b = await makeTestPeer(t, { baggage: new Map(), via: () => proxy.port });
  const { promise } = await E(await enliven(b, near.location, 'slow')).promise();
  proxy.cut(0);
  await told(b, 'resumed');
  settle('late');
  assert.equal((await outcome(promise)).value, 'late');

  let far = await startPeer(t, { directory: `${root}/b` });
  const there = await enliven(a, far.location, 'waiter');
  const { promise: lost } = await E(there).promise();
  await far.kill();
  far = await startPeer(t, { directory: `${root}/b` });
  assert.match(String((await outcome(lost)).error), /LOST|lost/);
  assert.equal(await E(await enliven(a, far.location, 'greeter')).greet('you'), 'Hello you');
});
