// @ts-check

import { makeThings, registerObjects } from '../support/objects.js';
import { makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { deliver, exported, startRaw } from '../support/raw-session.js';
import { rowsOf } from '../support/rows.js';
import { str, sym } from '../support/syrup.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Far } from '@endo/pass-style';

test('flaw 19: an exported promise has no row; after kill -9 its position is lost, and no object is ever there', async t => {
  const directory = `${makeDirectory()}/b`;
  const start = () => startPeer(t, { directory, client: { reconnect: 'on-demand' } });
  let b = await start();
  const session = await startRaw(b.location);
  const [waiter, maker] = [await session.fetch('waiter'), await session.fetch('maker')];
  const { value: held } = await session.ask(waiter, sym('promise'));
  const [promise] = held.get('promise').fields;
  assert.equal(held.get('promise').label, 'desc:import-promise');
  assert.deepEqual((await rowsOf(b)).filter(({ side }) => side === 'p+'), []);
  assert.ok((await rowsOf(b)).every(({ position }) => position !== Number(promise)));
  await b.kill();
  b = await start();
  await session.resume(b.location, session.parity + 2n);
  const lost = await session.ask(Number(promise), sym('anything'));
  assert.equal(lost.how, 'break');
  assert.match(String(lost.value.fields[0]), /LOST/);
  const made = await session.ask(maker, sym('make'), str('thing'));
  assert.ok(Number(made.value.fields[0]) > Number(promise));
  // One that is beyond all that was ever given is a breach: so the one above was known as lost.
  session.line.send(deliver(exported(2n ** 40n), [sym('anything')]));
  assert.equal(await session.line.ending(), 'internal error');
});

test("flaw 19: with ephemeralExports 'reject' a promise or an object without description is not exported", async t => {
  const victim = await makeTestPeer(t, { baggage: new Map(), client: { ephemeralExports: 'reject', ...hooks() } });
  registerObjects(victim, makeThings());
  victim.client.registerSturdyRef('source', Far('source', {
    promise: () => Object.freeze([new Promise(() => {})]),
    object: () => Far('nameless', {}),
    described: () => things.make('thing'),
  }));
  const session = await startRaw(victim.location);
  const source = await session.fetch('source');
  const exportsBefore = victim.inspect().sessions[0].exports.length;
  for (const method of ['promise', 'object']) {
    const { how, value } = await session.ask(source, sym(method));
    assert.equal(how, 'break');
    assert.match(String(value.fields[0]), /EPHEMERAL_EXPORT/);
  }
  assert.equal(victim.inspect().sessions[0].exports.length, exportsBefore);
  assert.equal((await session.ask(source, sym('described'))).how, 'fulfill');
});

const things = makeThings();
const hooks = () => ({ describe: things.describe, revive: things.revive });

test('flaw 20: to look at an object exports nothing', async t => {
  const victim = await makeTestPeer(t, { baggage: new Map(), client: hooks() });
  const objects = registerObjects(victim, things);
  const session = await startRaw(victim.location);
  const greeter = await session.fetch('greeter');
  const { _debug: debug } = victim.client;
  const before = [victim.keys(), victim.inspect()];
  for (const value of [objects.counter, Far('nobody’s', {}), things.make('thing'), Promise.resolve(), {}]) {
    assert.deepEqual(debug.slotsOf(value), []);
  }
  assert.equal(debug.slotsOf(objects.greeter).length, 1);
  assert.deepEqual([victim.keys(), victim.inspect()], before);
  // Nor is there anything at the positions that come next, for whoever guesses them.
  session.line.send(deliver(exported(greeter + 1), [sym('title')], { resolver: session.take() }));
  const guessed = await session.line.ending();
  assert.equal(guessed, 'internal error');
});
