// @ts-check

import { makeClient } from '../../../js/index.js';
import { makeVictim } from '../support/bystander.js';
import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeProxy } from '../support/proxy.js';
import { outcome, until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/**
 * What the application may ask for: the call that goes beyond a limit fails, nothing of it is sent, and the session goes on.
 *
 * @import { Limits } from '../../../js/options.js'
 */

/** @param {any} t @param {Limits} limits @param {object} [more] */
const startLimited = async (t, limits, more) => {
  const { victim } = await makeVictim(t, 'syrup');
  const peer = await makeTestPeer(t, { ...more, client: { limits } });
  return { victim, peer, greeter: await enliven(peer, victim.location, 'greeter'), waiter: await enliven(peer, victim.location, 'waiter') };
};

test('frame: an argument that is too long rejects its call, and an answer that is too long breaks it', async t => {
  const { greeter } = await startLimited(t, { frame: 10_000 });
  const { code } = await outcome(E(greeter).echo('x'.repeat(10_000)));
  assert.equal(code, 'LIMIT_EXCEEDED');
  assert.equal(await E(greeter).echo('x'), 'x');
  // Its peer cannot send what it can receive.
  const { victim, isUnharmed } = await makeVictim(t, 'syrup', { client: { limits: { frame: 10_000 } } });
  const other = await makeTestPeer(t);
  const maker = Far('maker', { long: (/** @type {any} */ from) => E(from).make() });
  other.client.registerSturdyRef('maker', maker);
  victim.client.registerSturdyRef('long', Far('long', { make: () => 'x'.repeat(10_000), short: () => 'x' }));
  const long = await enliven(other, victim.location, 'long');
  const broken = await outcome(E(long).make());
  assert.match(broken.error.message, /LIMIT_EXCEEDED/);
  assert.equal(await E(long).short(), 'x');
  await isUnharmed();
});

test('depth and digits: what is beyond them cannot be sent', async t => {
  const { greeter } = await startLimited(t, { depth: 20, digits: 20 });
  /** @type {any} */
  let nested = [];
  for (let depth = 0; depth < 30; depth += 1) nested = Object.freeze([nested]);
  assert.ok((await outcome(E(greeter).echo(nested))).error);
  assert.ok((await outcome(E(greeter).echo(10n ** 25n))).error);
  assert.equal(await E(greeter).echo(10n ** 15n), 10n ** 15n);
});

test('exports: what would be one too many cannot be sent, until others are given back', async t => {
  const { peer, greeter } = await startLimited(t, { exports: 5 });
  const make = (/** @type {number} */ count) => Object.freeze(Array.from({ length: count }, () => Far('own', {})));
  const { code } = await outcome(E(greeter).echo(make(9)));
  assert.equal(code, 'LIMIT_EXCEEDED');
  assert.equal(peer.inspect().sessions[0].exports.length, 0);
  const few = make(3);
  assert.deepEqual(await E(greeter).echo(few), few);
});

test('questions: a call that is one too many rejects, and one more can be asked when one is answered', async t => {
  const { peer, greeter, waiter } = await startLimited(t, { questions: 3 });
  // Their answers are pending until the end.
  const waiting = [E(waiter).never(), E(waiter).never()];
  const slow = E(waiter).later('done', 100n);
  await until(() => peer.inspect().sessions[0].questions === 3, 'three calls wait');
  assert.equal((await outcome(E(greeter).greet('me'))).code, 'LIMIT_EXCEEDED');
  assert.equal(await slow, 'done');
  assert.equal(await E(greeter).greet('me'), 'Hello me');
  waiting.forEach(call => call.catch(() => {}));
});

test('queuedBytes: while the session is suspended, calls beyond it reject with QUEUE_FULL, and the others run', async t => {
  const victim = await makeTestPeer(t, { baggage: new Map(), client: { reconnect: 'on-demand' } });
  registerObjects(victim, makeThings());
  const proxy = await makeProxy({ port: () => Number(/** @type {any} */ (victim.location.hints).port) });
  t.after(() => proxy.close());
  const peer = await makeTestPeer(t, { baggage: new Map(), client: { limits: { queuedBytes: 3000 } }, via: () => proxy.port });
  const greeter = await enliven(peer, victim.location, 'greeter');
  proxy.cutAll();
  await peer.events.waitFor(({ type }) => type === 'suspended', 'the cut');
  const calls = Array.from({ length: 5 }, () => outcome(E(greeter).echo('x'.repeat(1000))));
  const outcomes = await Promise.all(calls);
  assert.deepEqual(outcomes.map(({ code }) => code), [undefined, undefined, 'QUEUE_FULL', 'QUEUE_FULL', 'QUEUE_FULL']);
  assert.equal(await E(greeter).echo('x'), 'x');
});

test('unsentBytes: while a commit is under way, calls beyond it reject, and the others leave after it', async t => {
  /** @type {Promise<void> | undefined} */
  let gate;
  const map = new Map();
  /** @type {any} */
  const baggage = {
    has: (/** @type {string} */ key) => map.has(key),
    get: (/** @type {string} */ key) => map.get(key),
    set: (/** @type {string} */ key, /** @type {any} */ value) => map.set(key, value),
    delete: (/** @type {string} */ key) => map.delete(key),
    keys: () => map.keys(),
    commit: () => gate,
  };
  const { victim } = await makeVictim(t, 'syrup');
  const peer = await makeTestPeer(t, { baggage, client: { limits: { unsentBytes: 3000 } } });
  const own = registerObjects(peer, makeThings());
  const greeter = await enliven(peer, victim.location, 'greeter');
  assert.equal(await E(greeter).echo('x'), 'x');
  /** @type {() => void} */
  let open = () => {};
  gate = new Promise(resolve => {
    open = resolve;
  });
  /** @type {any} */ (own.counter).increment();
  const calls = Array.from({ length: 5 }, () => outcome(E(greeter).echo('x'.repeat(1000))));
  const refused = await Promise.all(calls.slice(3));
  assert.deepEqual(refused.map(({ code }) => code), ['LIMIT_EXCEEDED', 'LIMIT_EXCEEDED']);
  gate = undefined;
  open();
  assert.deepEqual((await Promise.all(calls.slice(0, 3))).map(({ value }) => value?.length), [1000, 1000, 1000]);
  assert.equal(await E(greeter).echo('x'), 'x');
});

test('a limit that is no number, or that nobody knows, is refused', () => {
  for (const limits of [{ frame: -1 }, { frame: NaN }, { frames: 1 }]) {
    assert.throws(() => makeClient({ limits: /** @type {any} */ (limits) }), /frame/);
  }
});
