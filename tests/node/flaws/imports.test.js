// @ts-check

import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { countsOf, readRows, rowsOf } from '../support/rows.js';
import { outcome, throughCuts } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

test('flaw 15: a reference outlives kill -9 of its exporter as the object that it was, and what is fetched again is it', async t => {
  const root = makeDirectory();
  let b = await startPeer(t, { directory: `${root}/b` });
  const a = await makeTestPeer(t, { directory: `${root}/a` });
  const maker = await enliven(a, b.location, 'maker');
  const thing = await E(maker).make('thing');
  const slots = a.client._debug.slotsOf(thing);
  await b.kill();
  b = await startPeer(t, { directory: `${root}/b` });
  assert.equal(await throughCuts(() => E(thing).title()), 'thing');
  assert.equal(await enliven(a, b.location, 'maker'), maker);
  assert.equal(await E(maker).make('thing'), thing);
  assert.deepEqual(a.client._debug.slotsOf(thing), slots);
});

test('flaw 15: imports and their counts outlive kill -9 of their importer', async t => {
  const root = makeDirectory();
  const b = await startPeer(t, { directory: `${root}/b` });
  const start = () => startPeer(t, { directory: `${root}/a` });
  let a = await start();
  for (const name of ['counter', 'counter', 'greeter']) await a.enliven(b.location, name);
  const before = countsOf(await rowsOf(a), 'o-');
  assert.deepEqual(before.map(([, count]) => count), [2, 1]);
  await a.kill();
  a = await start();
  // As they are stored, before anything is said to the peer; and then counted on.
  assert.deepEqual(countsOf(await rowsOf(a), 'o-'), before);
  await a.enliven(b.location, 'counter');
  const after = countsOf(await rowsOf(a), 'o-');
  assert.deepEqual(after.map(([position]) => position), before.map(([position]) => position));
  assert.deepEqual(after.map(([, count]) => count), [3, 1]);
  assert.deepEqual(countsOf(await rowsOf(b), 'o+'), after);
});

test('flaw 15: the row of a reference is there before the application has it', async t => {
  const root = makeDirectory();
  const b = await startPeer(t, { directory: `${root}/b` });
  const a = await makeTestPeer(t, { directory: `${root}/a` });
  const baggage = /** @type {import('../../../js/index.js').Baggage} */ (a.baggage);
  const imports = () => countsOf(readRows(a.keys('ocapn-durable:').map(key => [key, /** @type {Uint8Array} */ (baggage.get(key))])), 'o-').length;
  const maker = await enliven(a, b.location, 'maker');
  assert.equal(imports(), 1);
  await E(maker)
    .make('thing')
    .then(() => assert.equal(imports(), 2));
});

test('flaw 16: what is in flight at a kill -9 settles with whether it may have run, and so does what is pipelined on it', async t => {
  const root = makeDirectory();
  const b = await startPeer(t, { directory: `${root}/b` });
  const a = await makeTestPeer(t, { directory: `${root}/a` });
  const counter = await enliven(a, b.location, 'counter');
  const waiter = await enliven(a, b.location, 'waiter');
  const maker = await enliven(a, b.location, 'maker');
  const before = await E(counter).increment();
  const never = E(waiter).never();
  const more = E(never).more();
  const made = E(maker).make('thing');
  // They are written, and have no answer.
  const open = [never, more, E(more).still(), E(waiter).later(1, 60_000n)].map(call => outcome(call));
  const answered = [E(made).title(), E(counter).increment()];
  assert.deepEqual(await Promise.all(answered), ['thing', before + 1]);
  await b.kill();
  for (const call of open) assert.equal((await call).code, 'MAY_HAVE_RUN');

  // Calls after the cut wait, go out in their order, and run once.
  await a.events.waitFor(({ type }) => type === 'suspended', 'the cut');
  const waiting = [0, 1, 2, 3].map(() => E(counter).increment());
  const pipelined = E(E(maker).make('later')).title();
  await startPeer(t, { directory: `${root}/b` });
  assert.deepEqual(await Promise.all(waiting), [2, 3, 4, 5].map(n => before + n));
  assert.equal(await pipelined, 'later');
  assert.equal(await E(counter).value(), before + 5);
});

test('flaw 16: an imported promise that has not settled outlives a cut, and is LOST with the process that it is of', async t => {
  const root = makeDirectory();
  const b = await startPeer(t, { directory: `${root}/b` });
  const a = await makeTestPeer(t, { directory: `${root}/a` });
  const waiter = await enliven(a, b.location, 'waiter');
  const { promise } = await E(waiter).promise();
  const settled = outcome(promise);
  const use = outcome(E(promise).anything());
  await b.kill();
  await startPeer(t, { directory: `${root}/b` });
  assert.equal((await settled).code, 'LOST');
  assert.match(String((await use).code), /^(MAY_HAVE_RUN|DID_NOT_RUN)$/);
  assert.equal((await outcome(E(promise).anything())).code, 'LOST');
  assert.deepEqual(a.eventTypes(), ['fresh', 'suspended', 'resumed']);
});
