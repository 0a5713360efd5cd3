// @ts-check

import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { startRaw } from '../support/raw-session.js';
import { sym } from '../support/syrup.js';
import { until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

/** A plain Map that counts, and whose commits the test holds. */
const makeCounted = () => {
  const map = new Map();
  /** @type {{ sets: number, isHeld: boolean, waiting: Array<() => void> }} */
  const state = { sets: 0, isHeld: false, waiting: [] };
  const baggage = Object.assign(map, {
    set: (/** @type {string} */ key, /** @type {Uint8Array} */ value) => {
      state.sets += 1;
      return Map.prototype.set.call(map, key, value);
    },
    commit: () => {
      if (!state.isHeld) return undefined;
      return new Promise(resolve => {
        state.waiting.push(() => resolve(undefined));
      });
    },
  });
  return { baggage, state };
};

test('a plain call, its resolver and its answer write nothing, on either side', async t => {
  const [ours, theirs] = [makeCounted(), makeCounted()];
  const b = await makeTestPeer(t, { baggage: theirs.baggage });
  registerObjects(b, makeThings());
  const a = await makeTestPeer(t, { baggage: ours.baggage });
  const greeter = await enliven(a, b.location, 'greeter');
  await E(greeter).greet('first');
  const before = [ours.state.sets, theirs.state.sets];
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(Array.from({ length: 100 }, () => E.get(E(greeter).echo(['you']))[0]));
  }
  assert.deepEqual([ours.state.sets, theirs.state.sets], before);
});

test('what is received gates nothing: an answer leaves though the row of an import is not committed', async t => {
  const { baggage, state } = makeCounted();
  const victim = await makeTestPeer(t, { baggage });
  registerObjects(victim, makeThings());
  const session = await startRaw(victim.location);
  const greeter = await session.fetch('greeter');
  state.isHeld = true;
  const rows = () => victim.keys('ocapn-durable:').filter(key => key.includes('/o-')).length;
  const before = rows();
  const given = session.take();
  // What it receives has a row at once, which no commit covers.
  const { how } = await session.ask(greeter, sym('greet'), Buffer.from(`<18'desc:import-object${given}+>`));
  assert.equal(how, 'fulfill');
  await until(() => rows() === before + 1, 'the row');
  state.isHeld = false;
  state.waiting.forEach(commit => commit());
});

test('what is written to the baggage itself gates nothing', async t => {
  const { baggage, state } = makeCounted();
  const victim = await makeTestPeer(t, { baggage });
  registerObjects(victim, makeThings());
  const session = await startRaw(victim.location);
  const greeter = await session.fetch('greeter');
  state.isHeld = true;
  baggage.set('mine', Uint8Array.of(1));
  assert.equal((await session.ask(greeter, sym('greet'), Buffer.from('1"x'))).value, 'Hello x');
  state.isHeld = false;
  state.waiting.forEach(commit => commit());
});
