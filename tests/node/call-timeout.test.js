// @ts-check

import { makeThings, registerObjects } from './support/objects.js';
import { enliven, makeTestPeer } from './support/peer.js';
import { outcome } from './support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

test('a live peer that does not answer within times.call fails that call, and nothing else', async t => {
  const b = await makeTestPeer(t);
  registerObjects(b, makeThings());
  const a = await makeTestPeer(t, { client: { times: { call: 300 } } });
  const waiter = await enliven(a, b.location, 'waiter');
  const [never, pipelined, late] = [E(waiter).never(), E(E(waiter).never()).more(), E(waiter).later('late', 600n)];
  for (const call of [never, pipelined, late]) assert.equal((await outcome(call)).code, 'CALL_TIMEOUT');
  // The late answer comes, and is for nobody.
  assert.equal(await E(waiter).later('in time', 1n), 'in time');
  assert.equal((await outcome(E(waiter).later('late again', 600n))).code, 'CALL_TIMEOUT');
  assert.equal(await E(await enliven(a, b.location, 'greeter')).greet('you'), 'Hello you');
  assert.deepEqual([a.eventTypes(), b.eventTypes()], [['fresh'], ['fresh']]);
});

test('without times.call, as it is by default, a call may take as long as it likes', async t => {
  const b = await makeTestPeer(t);
  registerObjects(b, makeThings());
  const a = await makeTestPeer(t, { client: { times: { idle: 50, probe: 5000 } } });
  const waiter = await enliven(a, b.location, 'waiter');
  // Longer than it takes to ask several times whether the peer lives.
  assert.equal(await E(waiter).later('at last', 400n), 'at last');
  assert.deepEqual(a.eventTypes(), ['fresh']);
});
