// @ts-check

import { enliven, makeTestPeer } from '../support/peer.js';
import { startRaw } from '../support/raw-session.js';
import { str, sym } from '../support/syrup.js';
import { outcome } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/** What the application gives the library may throw: that is an error of one call, or of nothing. */

const fail = () => {
  throw Error('the host failed');
};

/** @param {any} t @param {any} hooks */
const makePair = async (t, hooks) => {
  const b = await makeTestPeer(t, { baggage: new Map(), client: hooks });
  b.client.registerSturdyRef('maker', Far('maker', { make: () => Far('made', {}), take: () => 'taken', ok: () => 'ok' }));
  const a = await makeTestPeer(t);
  a.client.registerSturdyRef('taker', Far('taker', { take: () => 'taken' }));
  return { a, b, maker: await enliven(a, b.location, 'maker'), taker: await enliven(b, a.location, 'taker') };
};

for (const [what, describe] of /** @type {const} */ ([
  ['throws', fail],
  ['gives what cannot be stored', () => new Map()],
  ['gives an object', () => Far('description', {})],
  ['gives a promise', () => Promise.resolve('x')],
])) {
  test(`a describe that ${what} breaks the call that exports, and no other`, async t => {
    // What is registered is asked for as well, at once; here it is what is made later.
    const state = { isOn: false };
    const { a, b, maker, taker } = await makePair(t, { describe: () => (state.isOn ? describe() : undefined) });
    state.isOn = true;
    assert.ok((await outcome(E(maker).make())).error instanceof Error);
    assert.ok((await outcome(E(taker).take(Far('argument', {})))).error instanceof Error);
    assert.equal(await E(maker).ok(), 'ok');
    assert.equal(await E(taker).take(1), 'taken');
    assert.equal(b.inspect().sessions[0].exports.length, 1);
    assert.deepEqual([a.eventTypes(), b.eventTypes()], [['fresh'], ['fresh']]);
  });
}

test('an observer of events that throws is heard of by the logger alone', async t => {
  const { maker } = await makePair(t, { onSessionEvent: fail });
  assert.equal(await E(maker).ok(), 'ok');
});

test('a swissnum table that throws breaks the fetch', async t => {
  const b = await makeTestPeer(t, { client: { swissnumTable: { get: fail, set: fail } } });
  const session = await startRaw(b.location);
  await assert.rejects(session.fetch('x'), /the host failed|fetch of x/);
  await assert.rejects(session.fetch('y'), /fetch of y/);
  assert.deepEqual(b.eventTypes(), ['fresh']);
});

test('an object that throws in every way breaks its own calls', async t => {
  const { a, b } = await makePair(t, {});
  const odd = Far('odd', {
    sync: fail,
    async: async () => fail(),
    value: () => {
      throw 'a text'; // eslint-disable-line no-throw-literal
    },
    nothing: () => Promise.reject(undefined), // eslint-disable-line prefer-promise-reject-errors
    thenable: () => ({ then: fail }),
    frozen: () => Promise.reject(Object.freeze(Object.assign(Error('frozen'), { code: 'STORE_FAILED' }))),
    endless: () => {
      const recurse = () => recurse();
      return recurse();
    },
  });
  b.client.registerSturdyRef('odd', odd);
  const remote = await enliven(a, b.location, 'odd');
  for (const method of ['sync', 'async', 'value', 'nothing', 'thenable', 'frozen', 'endless', 'missing']) {
    const settled = await outcome(E(remote)[method](), method);
    assert.ok(!('value' in settled), method);
  }
  assert.equal((await outcome(E(remote).value())).error, 'a text');
  assert.deepEqual([a.eventTypes(), b.eventTypes()], [['fresh'], ['fresh']]);
});

test('a baggage that throws while it is read fails the client, with its own error as the cause', async t => {
  const map = new Map();
  const state = { isBroken: false };
  const baggage = {
    has: (/** @type {string} */ key) => map.has(key),
    get: (/** @type {string} */ key) => (state.isBroken ? fail() : map.get(key)),
    set: (/** @type {string} */ key, /** @type {Uint8Array} */ value) => map.set(key, value),
    delete: (/** @type {string} */ key) => map.delete(key),
    keys: () => (state.isBroken ? fail() : map.keys()),
    commit: () => {},
  };
  const b = await makeTestPeer(t, { baggage: new Map() });
  b.client.registerSturdyRef('greeter', Far('greeter', { greet: (/** @type {string} */ name) => `Hello ${name}` }));
  const a = await makeTestPeer(t, { baggage });
  const greeter = await enliven(a, b.location, 'greeter');
  state.isBroken = true;
  // What needs no reading goes on; whatever reads is told.
  const { code } = await outcome(a.client.provideSession({ .../** @type {any} */ (b.location), designator: 'another' }));
  assert.match(String(code), /^STORE_/);
  assert.match(String((await outcome(E(greeter).greet('you'))).code), /^(STORE_FAILED|undefined)$/);
  const raw = await startRaw(b.location);
  const position = await raw.fetch('greeter');
  assert.equal((await raw.ask(position, sym('greet'), str('you'))).value, 'Hello you');
});
