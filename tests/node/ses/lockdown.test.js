// @ts-check

import '@endo/init';

import { encodeSwissnum, provideFromBaggage, swissnumFromBytes } from '../../../js/index.js';
import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { makeProxy } from '../support/proxy.js';
import { startRaw } from '../support/raw-session.js';
import { outcome, throughCuts } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far, makeTagged, passStyleOf } from '@endo/pass-style';

/** The main paths, with every intrinsic frozen. */

test('this is SES', () => {
  assert.ok(Object.isFrozen(Object.prototype));
  assert.equal(typeof /** @type {any} */ (globalThis).harden, 'function');
});

/** @param {any} t @param {import('../support/peer.js').PeerOptions} [options] */
const makePair = async (t, options) => {
  const b = await makeTestPeer(t, options);
  registerObjects(b, makeThings());
  const a = await makeTestPeer(t, options?.baggage && { ...options, baggage: new Map() });
  registerObjects(a, makeThings());
  return { a, b };
};

test('fetch, call, pipelining, promises and errors under lockdown', async t => {
  const { a, b } = await makePair(t);
  const greeter = await enliven(a, b.location, 'greeter');
  assert.equal(passStyleOf(greeter), 'remotable');
  assert.ok(Object.isFrozen(greeter));
  assert.equal(await E(greeter).greet('you'), 'Hello you');

  const session = await a.client.provideSession(b.location);
  const waiter = E(session.getBootstrap()).fetch(encodeSwissnum('waiter'));
  assert.equal(await E(waiter).later('soon', 5), 'soon');
  const mine = Far('mine', { double: (/** @type {number} */ n) => 2 * n });
  assert.equal(await E(E(greeter).echo(mine)).double(4), 8);
  assert.equal(await E(greeter).echo(mine), mine);
  assert.equal(await E.get(E(greeter).echo(harden({ a: [1n, { b: 2n }] }))).a.then((/** @type {any[]} */ list) => list[1].b), 2n);
  assert.equal(await E(greeter).echo(Promise.resolve(5)), 5);
  assert.equal((await outcome(E(greeter).echo(Promise.reject(Error('broken'))))).error.message, 'broken');
  E.sendOnly(greeter).greet('nobody waits');

  const { error } = await outcome(E(waiter).fail('on purpose'));
  assert.ok(error instanceof Error && Object.isFrozen(error));
  assert.equal(error.message, 'on purpose');
  assert.match((await outcome(E(greeter).constructor('return this'))).error.message, /no such method/);
  assert.equal((await outcome(E(greeter).echo(new Map()))).code, 'NOT_PASSABLE');
  assert.equal((await outcome(a.client.provideSession(/** @type {any} */ (a.location)))).code, 'SELF_CONNECT');
});

test('every value passes as it is under lockdown', async t => {
  const { a, b } = await makePair(t);
  const greeter = await enliven(a, b.location, 'greeter');
  /** @type {any[]} */
  const values = [
    undefined, null, true, 0, -1.5, NaN, Infinity, 1n, -(2n ** 70n), '', 'text 😀', Symbol.for('name'), [], [1, [2n]],
    { a: 1, b: { c: [] } }, swissnumFromBytes(new Uint8Array([1, 2])), makeTagged('tag', { x: 1n }),
    { constructor: 1, hasOwnProperty: 2, toString: 3 },
  ];
  for (const value of values) {
    const back = await E(greeter).echo(harden(value));
    assert.deepEqual(back, value);
    assert.ok(Object.isFrozen(back));
  }
  const odd = JSON.parse('{"__proto__": 1, "constructor": 2}');
  const back = await E(greeter).echo(harden(odd));
  assert.deepEqual(Object.entries(back).sort(), Object.entries(odd).sort());
  assert.equal(Object.getPrototypeOf(back), Object.prototype);
  const sturdyRef = a.client.makeSturdyRef(/** @type {any} */ (b.location), encodeSwissnum('greeter'));
  assert.equal(await a.client.enlivenSturdyRef(await E(greeter).echo(sturdyRef)), greeter);
  // Enough to grow the module's memory under the views of it.
  const long = 'x'.repeat(5_000_000);
  assert.equal(await E(greeter).echo(long), long);
  assert.equal(await E(greeter).greet('still'), 'Hello still');
});

test('a cut, a resume, and junk under lockdown', async t => {
  const b = await makeTestPeer(t, { baggage: new Map(), client: { reconnect: 'on-demand' } });
  registerObjects(b, makeThings());
  const proxy = await makeProxy({ port: () => Number(Object(b.location.hints).port) });
  t.after(() => proxy.close());
  const a = await makeTestPeer(t, { baggage: new Map(), via: () => proxy.port, client: { authenticateSession: async () => true } });
  const counter = await enliven(a, b.location, 'counter');
  assert.equal(await E(counter).increment(), 1);
  proxy.cutAll();
  assert.equal(await throughCuts(() => E(counter).increment()), 2);
  assert.deepEqual(a.eventTypes(), ['fresh', 'suspended', 'resumed']);
  const raw = await startRaw(b.location);
  await raw.fetch('greeter');
  raw.line.send(Buffer.from('junk'));
  assert.equal(await raw.line.ending(), 'internal error');
  assert.equal(await E(counter).increment(), 3);
});

test('a baggage in a directory, and kill -9 of the peer, under lockdown', async t => {
  const root = makeDirectory();
  const execArgv = ['--import', import.meta.resolve('@endo/init')];
  let b = await startPeer(t, { directory: `${root}/b`, execArgv });
  const a = await makeTestPeer(t, { directory: `${root}/a` });
  registerObjects(a, makeThings());
  const kept = provideFromBaggage(/** @type {any} */ (a.baggage), 'mine', () => new Map());
  kept.set('list', [1n, 'two', { three: 3 }]);
  const counter = await enliven(a, b.location, 'counter');
  const keeper = await enliven(a, b.location, 'keeper');
  assert.equal(await E(counter).increment(), 1);
  await b.kill();
  b = await startPeer(t, { directory: `${root}/b`, execArgv });
  assert.equal(await throughCuts(() => E(counter).increment()), 2);
  const listener = await enliven(a, a.location, 'listener');
  await E(keeper).keep(listener);
  assert.equal(await E(keeper).tell('hello'), 'hello heard');
  assert.deepEqual(kept.get('list'), [1n, 'two', { three: 3 }]);
  assert.deepEqual(await b.do('troubles'), []);
});

/** @type {<T>(value: T) => T} */
const harden = value => /** @type {any} */ (globalThis).harden(value);
