// @ts-check

import { enliven, makeTestPeer } from '../support/peer.js';
import { outcome } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far, makeTagged } from '@endo/pass-style';

/**
 * What cannot be passed: as a result it breaks the caller's promise, as an argument it rejects the call. Nobody else notices.
 */

const nest = (/** @type {number} */ depth) => {
  /** @type {any} */
  let value = 1;
  for (let i = 0; i < depth; i += 1) value = [value];
  return value;
};

const cycle = () => {
  /** @type {any[]} */
  const list = [];
  list.push(list);
  return list;
};

const throwing = () => {
  throw Error('from a getter');
};

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

const throwingRevoked = () => {
  throw revoked();
};

/** @type {Record<string, () => any>} */
const unpassable = {
  'a symbol of its own': () => Symbol('own'),
  'a well-known symbol': () => Symbol.iterator,
  'a plain function': () => () => {},
  'a Map': () => new Map(),
  'a Date': () => new Date(0),
  'a typed array': () => new Uint8Array(3),
  'a mutable ArrayBuffer': () => new ArrayBuffer(3),
  'an instance of a class': () => new (class Point {})(),
  'a record with a symbol key': () => ({ [Symbol.for('x')]: 1 }),
  'a record with a getter': () => Object.defineProperty({}, 'x', { get: throwing, enumerable: true }),
  'half a surrogate pair': () => 'x\ud83dx',
  'half a surrogate pair as a key': () => ({ '\ude00': 1 }),
  'a cycle': cycle,
  'a list nested 1,000 deep': () => nest(1000),
  'a list nested 100,000 deep': () => nest(100_000),
  'an integer of 5,000 digits': () => 10n ** 5000n,
  'text of 17 MiB': () => 'x'.repeat(17 * 1024 * 1024),
  'a list with a hole': () => [1, , 2], // eslint-disable-line no-sparse-arrays
  'a list with a property': () => Object.assign([1], { more: 1 }),
  'a proxy that throws': () => new Proxy({}, { ownKeys: throwing, getPrototypeOf: throwing }),
  'a proxy that throws a revoked one': () => new Proxy({}, { getPrototypeOf: throwingRevoked, ownKeys: throwingRevoked }),
  'a revoked proxy': () => revoked(),
};

/** What can, though others stumble over it. @type {Record<string, () => any>} */
const passable = {
  'an emoji': () => 'x😀x',
  'a byte order mark': () => '\ufeffx',
  'the key __proto__': () => JSON.parse('{"__proto__": 1}'),
  'a list nested 100 deep': () => nest(100),
  'an integer of 4,000 digits': () => 10n ** 3999n,
  'text of a million characters': () => 'é'.repeat(1_000_000),
  'a tagged value': () => makeTagged('x', [1n]),
  nothing: () => undefined,
};

const CODES = /^(NOT_PASSABLE|LIMIT_EXCEEDED)/;

/** @param {any} t */
const makePair = async t => {
  const b = await makeTestPeer(t);
  const a = await makeTestPeer(t);
  const values = { ...unpassable, ...passable };
  const maker = Far('maker', {
    give: name => values[name](),
    giveLater: async name => values[name](),
    giveInside: name => ({ inside: [values[name]()] }),
    throwIt: name => {
      throw values[name]();
    },
    promise: name => [Promise.resolve(values[name]())],
    rejects: async name => Promise.reject(values[name]()),
    errorOf: name => {
      throw Error(`because of ${String(values[name]())}`);
    },
    take: () => 'taken',
  });
  b.client.registerSturdyRef('maker', maker);
  return { a, b, maker: await enliven(a, b.location, 'maker') };
};

test('a result that cannot be passed breaks the promise of its caller', async t => {
  const { a, b, maker } = await makePair(t);
  for (const name of Object.keys(unpassable)) {
    await t.test(name, async () => {
      for (const method of ['give', 'giveLater', 'giveInside', 'throwIt', 'rejects']) {
        const { error, value } = await outcome(E(maker)[method](name), `${method} ${name}`);
        assert.ok(error instanceof Error, `${method} gave ${String(typeof value)}`);
        if (!name.includes('proxy')) assert.match(error.message, CODES, method);
      }
      const [promise] = await E(maker).promise(name);
      assert.ok((await outcome(promise)).error instanceof Error);
      assert.match((await outcome(E(E(maker).give(name)).next())).error.message, /./);
      assert.equal(await E(maker).take(), 'taken');
    });
  }
  // An error whose message cannot be written is an error still.
  const broken = await outcome(E(maker).errorOf('half a surrogate pair'));
  assert.ok(broken.error instanceof Error);
  assert.deepEqual([a.eventTypes(), b.eventTypes()], [['fresh'], ['fresh']]);
});

test('an argument that cannot be passed rejects its call alone', async t => {
  const { a, b, maker } = await makePair(t);
  for (const [name, make] of Object.entries(unpassable)) {
    await t.test(name, async () => {
      // E() itself throws where an argument cannot be hardened.
      const calls = [
        async () => E(maker).take(make()),
        async () => E(maker).take([{ x: make() }]),
        async () => E(E(maker).give('nothing')).next(make()),
      ];
      for (const call of calls) {
        const settled = await outcome(call(), name);
        assert.ok('error' in settled);
        if (!name.includes('proxy')) assert.match(String(settled.code), CODES);
      }
      assert.equal(await E(maker).take(), 'taken');
    });
  }
  assert.deepEqual([a.eventTypes(), b.eventTypes()], [['fresh'], ['fresh']]);
  assert.equal(a.inspect().sessions[0].questions, 0);
});

test('a promise that is rejected before its receiver can hear of it harms nobody', async t => {
  const { b, maker } = await makePair(t);
  const early = Far('early', { give: () => ({ promise: Promise.reject(Error('early')) }) });
  b.client.registerSturdyRef('early', early);
  const { promise } = await E(await enliven(await makeTestPeer(t), b.location, 'early')).give();
  assert.equal((await outcome(promise)).error.message, 'early');
  assert.equal(await E(maker).take({ promise: Promise.reject(Error('never looked at')) }), 'taken');
});

test('a call that was refused exports nothing', async t => {
  const { a, maker } = await makePair(t);
  const before = a.inspect();
  for (const make of Object.values(unpassable)) {
    const call = async () => E(maker).take(Far('argument', {}), Promise.resolve(), make());
    await outcome(call());
  }
  const [session] = a.inspect().sessions;
  assert.deepEqual(session.exports, before.sessions[0].exports);
  assert.equal(await E(maker).take(), 'taken');
});

test('what other implementations stumble over passes as it is', async t => {
  const { maker } = await makePair(t);
  for (const [name, make] of Object.entries(passable)) {
    assert.deepEqual(await E(maker).give(name), make(), name);
    assert.equal(await E(maker).take(make()), 'taken');
  }
});
