// @ts-check

import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeProxy } from '../support/proxy.js';
import { startRaw } from '../support/raw-session.js';
import { bytes, sym } from '../support/syrup.js';
import { outcome, within } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

test('flaw 09: a resume takes over from a connection that is dead and does not know it', async t => {
  const b = await makeTestPeer(t, { baggage: new Map(), client: { reconnect: 'on-demand' } });
  registerObjects(b, makeThings());
  const proxy = await makeProxy({ port: () => Number(Object(b.location.hints).port) });
  t.after(() => proxy.close());
  const a = await makeTestPeer(t, { baggage: new Map(), via: () => proxy.port });
  registerObjects(a, makeThings());
  const keeper = await enliven(a, b.location, 'keeper');
  const listener = await enliven(a, b.location, 'listener');
  await E(keeper).keep(listener);
  const [half] = proxy.pairs;
  assert.ok(half);
  // Only A hears of the cut. Towards B the wire is silent, and open.
  half.isSwallowing = true;
  half.dialler.destroy();
  const closed = once(half.acceptor, 'close');
  half.acceptor.resume();
  await a.events.waitFor(({ type }) => type === 'suspended', 'the cut on one side');
  assert.deepEqual(b.eventTypes(), ['fresh']);

  assert.equal(await E(keeper).given(), 1);
  await within(closed, 'B closes the dead connection');
  assert.deepEqual(a.eventTypes(), ['fresh', 'suspended', 'resumed']);
  assert.deepEqual(new Set(b.eventTypes()), new Set(['fresh', 'resumed']));
  assert.equal(await E(keeper).tell('both ways'), 'both ways heard');
});

test('flaw 09: a take-over fails what was sent over the dead connection', async t => {
  const b = await makeTestPeer(t, { baggage: new Map(), client: { reconnect: 'on-demand' } });
  const proxy = await makeProxy({ port: () => Number(Object(b.location.hints).port) });
  t.after(() => proxy.close());
  const a = await makeTestPeer(t, { baggage: new Map(), via: () => proxy.port });
  registerObjects(a, makeThings());
  await (await a.client.provideSession(b.location)).getBootstrap();
  const listener = await enliven(b, a.location, 'listener');
  const [half] = proxy.pairs;
  assert.ok(half);
  half.isSwallowing = true;
  const lost = outcome(E(listener).hear('lost'));
  half.dialler.destroy();
  assert.equal((await lost).code, 'MAY_HAVE_RUN');
  assert.deepEqual([...(await E(listener).all())], []);
  assert.deepEqual(new Set(b.eventTypes()), new Set(['fresh', 'resumed']));
});

test('flaw 09: a start from a peer whose old connection is dead waits for a probe, and gets its session', async t => {
  const b = await makeTestPeer(t, { client: { times: { probe: 200 } } });
  registerObjects(b, makeThings());
  const first = await startRaw(b.location);
  await first.fetch('greeter');
  // It says nothing any more: not even an answer to the probe.
  const second = await startRaw(b.location, { location: first.location });
  assert.equal(await first.line.ending(), 'closed');
  const greeter = await second.fetch('greeter');
  assert.deepEqual(await second.ask(greeter, sym('greet'), Buffer.from('3"you')), { how: 'fulfill', value: 'Hello you' });
  assert.deepEqual(b.eventTypes(), ['fresh', 'severed', 'fresh']);
});

test('flaw 09: a start does not take the place of a session that lives', async t => {
  const b = await makeTestPeer(t, { client: { times: { probe: 5000 } } });
  registerObjects(b, makeThings());
  const first = await startRaw(b.location);
  const greeter = await first.fetch('greeter');
  const second = outcome(startRaw(b.location, { location: first.location }));
  // The probe is a fetch of what nobody has.
  const probe = await first.line.expect('op:deliver');
  assert.equal(probe.fields[1][0], Symbol.for('fetch'));
  assert.notDeepEqual(probe.fields[1][1], bytes(Buffer.from('')));
  assert.equal((await first.ask(greeter, sym('greet'), Buffer.from('3"you'))).value, 'Hello you');
  assert.match(String((await second).error), /closed instead of sending op:start-session/);
  assert.deepEqual(b.eventTypes(), ['fresh']);
});
