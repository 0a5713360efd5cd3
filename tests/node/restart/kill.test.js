// @ts-check

import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { Log, outcome, throughCuts } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

/** What a call may fail with when a process dies: it says whether it may have run. */
const CUT = ['MAY_HAVE_RUN', 'DID_NOT_RUN'];

/**
 * @param {any} t
 * @param {string} directory
 */
const start = (t, directory) => startPeer(t, { directory });

test('kill -9 of the callee in bursts of calls: each call settles, and what was acknowledged is not lost', async t => {
  const root = makeDirectory();
  let b = await start(t, `${root}/b`);
  const a = await makeTestPeer(t, { directory: `${root}/a` });
  const counter = await enliven(a, b.location, 'counter');
  let highest = 0;
  const seen = new Set();
  for (const patience of [1, 80]) {
    /** @type {Log<{ value?: any, code?: string }>} */
    const outcomes = new Log();
    const burst = Array.from({ length: 200 }, async () => {
      const result = await outcome(E(counter).increment(), 'a call of a burst');
      outcomes.push(result);
      return result;
    });
    await outcomes.waitFor(() => outcomes.all.length >= patience, 'some of the burst');
    await b.kill();
    const results = await Promise.all(burst);
    const acknowledged = results.flatMap(({ value }) => (value === undefined ? [] : [value]));
    for (const { value, code } of results) {
      assert.ok(value !== undefined || CUT.includes(String(code)), String(code));
    }
    // Each increment was its caller's own, and in the order of the calls.
    assert.deepEqual(acknowledged, [...new Set(acknowledged)].sort((x, y) => x - y));
    for (const value of acknowledged) {
      assert.ok(!seen.has(value));
      seen.add(value);
    }
    highest = Math.max(highest, ...acknowledged);
    b = await start(t, `${root}/b`);
    // The same object works again, and no acknowledged increment is missing.
    const value = await throughCuts(() => E(counter).value());
    assert.ok(value >= highest, `${value} after ${highest} was acknowledged`);
    highest = value;
  }
  assert.equal(await enliven(a, b.location, 'counter'), counter);
  assert.equal(new Set(a.events.all.map(({ sessionId }) => sessionId)).size, 1);
  assert.deepEqual(new Set(a.eventTypes()), new Set(['fresh', 'suspended', 'resumed']));
});

test('kill -9 of the caller in a burst: the callee goes on with the same references, the caller with its session', async t => {
  const root = makeDirectory();
  const b = await makeTestPeer(t, { directory: `${root}/b` });
  const { keeper } = registerObjects(b, makeThings());
  let a = await start(t, `${root}/a`);
  await a.enliven(b.location, 'counter');
  await a.enliven(b.location, 'keeper');
  // B calls back through what A gave it: that outlives A.
  await a.call('keeper', 'keep', { name: 'listener' });
  assert.equal(await E(keeper).tell('one'), 'one heard');

  a.do('burst', { on: 'counter', method: 'increment', count: 200 }).catch(() => {});
  await a.outcomes.waitFor(() => a.outcomes.all.length >= 30, 'some of the burst');
  const calls = Array.from({ length: 20 }, (_, index) => outcome(E(keeper).tell(`during ${index}`)));
  await a.kill();
  const acknowledged = Math.max(...a.outcomes.all.map(({ value }) => value ?? 0));
  assert.ok(acknowledged >= 30);
  for (const { value, error } of await Promise.all(calls)) {
    // The keeper's own call failed with a code, which its caller here reads as the error of the call.
    assert.ok(/heard$/.test(value) || CUT.includes(error?.code), String(error));
  }

  a = await start(t, `${root}/a`);
  assert.equal(await throughCuts(() => E(keeper).tell('two')), 'two heard');
  await a.enliven(b.location, 'counter');
  assert.ok((await a.call('counter', 'value')) >= acknowledged);
  await a.enliven(b.location, 'keeper');
  assert.equal(await a.call('keeper', 'isSame', { name: 'listener' }), true);
  assert.deepEqual(new Set(b.eventTypes()), new Set(['fresh', 'suspended', 'resumed']));
  assert.deepEqual(a.events.all.map(({ type }) => type), ['resumed']);
});

test('kill -9 of both in a burst: both come back to one session, and nothing that was acknowledged is lost', async t => {
  const root = makeDirectory();
  let [a, b] = await Promise.all([start(t, `${root}/a`), start(t, `${root}/b`)]);
  await a.enliven(b.location, 'counter');
  await a.enliven(b.location, 'keeper');
  await a.call('keeper', 'keep', { name: 'listener' });
  const sessionId = await a.do('provide', { location: b.location });
  a.do('burst', { on: 'counter', method: 'increment', count: 200 }).catch(() => {});
  await a.outcomes.waitFor(() => a.outcomes.all.length >= 50, 'some of the burst');
  await Promise.all([b.kill(), a.kill()]);
  const acknowledged = Math.max(...a.outcomes.all.map(({ value }) => value ?? 0));

  [a, b] = await Promise.all([start(t, `${root}/a`), start(t, `${root}/b`)]);
  await a.enliven(b.location, 'counter');
  const value = await a.call('counter', 'value');
  assert.ok(value >= acknowledged, `${value} after ${acknowledged}`);
  assert.equal(await a.do('provide', { location: b.location }), sessionId);
  await a.enliven(b.location, 'keeper');
  await a.call('keeper', 'keep', { name: 'listener' });
  assert.equal(await a.call('keeper', 'tell', 'again'), 'again heard');
  assert.deepEqual([...a.events.all, ...b.events.all].map(({ type }) => type), ['resumed', 'resumed']);
});

test('kill -9 just as a session ends leaves a working pair, whatever of it was stored', async t => {
  const root = makeDirectory();
  const b = await makeTestPeer(t, { directory: `${root}/b` });
  registerObjects(b, makeThings());
  for (let round = 0; round < 2; round += 1) {
    const a = await start(t, `${root}/a`);
    await a.enliven(b.location, 'greeter');
    a.do('abort', { location: b.location }).catch(() => {});
    if (round === 0) await b.events.waitFor(({ type }) => type === 'severed', 'the abort');
    await a.kill();
  }
  const a = await start(t, `${root}/a`);
  await a.enliven(b.location, 'greeter');
  assert.equal(await a.call('greeter', 'greet', 'you'), 'Hello you');
});
