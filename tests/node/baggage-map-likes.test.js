// @ts-check

/** What behaves like a map, in a durable map: copied where it is data, kept as the same object where it is a reference. */

import { makeClient, makeInMemoryBaggage, provideMapStoreFromBaggage } from '../../js/index.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Far } from '@endo/pass-style';

const logger = { log() {}, info() {}, error() {} };

/**
 * An object with the methods of a map, and not a map.
 *
 * @param {Map<string, unknown>} inner
 */
const methodsOf = inner => ({
  get: (/** @type {string} */ key) => inner.get(key),
  set: (/** @type {string} */ key, /** @type {unknown} */ value) => void inner.set(key, value),
  has: (/** @type {string} */ key) => inner.has(key),
  entries: () => [...inner.entries()],
});

/** @param {any} t @param {any} options */
const open = (t, { baggage = makeInMemoryBaggage(), ...options } = {}) => {
  const client = makeClient({ logger, baggage, tryResumeSession: true, ...options });
  t.after(() => client.shutdown());
  return { baggage, client, map: provideMapStoreFromBaggage(baggage, 'map') };
};

test('a registered object with the methods of a map is kept as the object that it is', t => {
  const { client, map } = open(t);
  const inner = new Map([['k', 'v']]);
  const object = Far('Store', methodsOf(inner));
  client.registerSturdyRef('store', object);
  map.set('object', object);
  map.set('list', [object]);
  map.set('nested', new Map([['object', object]]));
  assert.equal(map.get('object'), object);
  assert.equal(map.get('list')[0], object);
  assert.equal(map.get('nested').get('object'), object);
  map.set('object', map.get('object'));
  assert.equal(map.get('object'), object);
});

test('a described one comes back by its description', t => {
  const object = Far('Store', methodsOf(new Map()));
  const describe = (/** @type {object} */ value) => (value === object ? 'the store' : undefined);
  const revived = Far('Store', methodsOf(new Map()));
  const { baggage, map } = open(t, { describe, revive: () => assert.fail('it is there') });
  map.set('object', object);
  assert.equal(map.get('object'), object);
  const later = makeInMemoryBaggage();
  for (const key of baggage.keys('')) later.set(key, /** @type {Uint8Array} */ (baggage.get(key)));
  const revive = (/** @type {unknown} */ name) => (name === 'the store' ? revived : undefined);
  assert.equal(open(t, { baggage: later, describe, revive }).map.get('object'), revived);
});

test('a reference that nothing finds again is not copied', t => {
  const { map } = open(t);
  assert.throws(() => map.set('object', Far('Store', methodsOf(new Map()))), { code: 'NOT_STORABLE' });
  const promise = Object.assign(Promise.resolve(), methodsOf(new Map()));
  assert.throws(() => map.set('promise', promise), { code: 'NOT_STORABLE', message: /it is a promise/ });
  assert.equal(map.size, 0);
});

test('what is no reference is copied, as maps are', t => {
  const { map } = open(t);
  for (const like of [methodsOf(new Map([['k', 'v']])), Object.freeze(methodsOf(new Map([['k', 'v']]))), new Map([['k', 'v']])]) {
    map.set('like', like);
    assert.deepEqual([...map.get('like').entries()], [['k', 'v']]);
  }
  map.set('again', map.get('like'));
  assert.deepEqual([...map.get('again').entries()], [['k', 'v']]);
});

test('what throws when it is looked at cannot be stored', t => {
  const { map } = open(t);
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  class Thrower {
    get get() {
      throw Error('not now');
    }
  }
  for (const value of [proxy, [proxy], { inner: proxy }, new Thrower(), new Map([['inner', proxy]])]) {
    assert.throws(() => map.set('value', value), { code: 'NOT_STORABLE' });
  }
  assert.equal(map.size, 0);
});

test('a map that changes where it is put while it is asked for its entries is counted once', t => {
  const { map } = open(t);
  const sizes = () => [map.size, [...map.keys()].length];
  /** @param {() => void} act */
  const putting = act => ({ ...methodsOf(new Map()), entries: () => (act(), [['x', 1]]) });
  assert.equal(map.size, 0);
  map.set('added', putting(() => map.set('added', 5)));
  assert.deepEqual(sizes(), [1, 1]);
  assert.equal(map.get('added').get('x'), 1);
  map.set('added', putting(() => map.delete('added')));
  assert.deepEqual(sizes(), [1, 1]);
  map.set('other', putting(() => map.clear()));
  assert.deepEqual(sizes(), [1, 1]);
  map.delete('other');
  assert.deepEqual(sizes(), [0, 0]);
});

test('a map that is gone by the time the entries are known takes none', t => {
  const { baggage, map } = open(t);
  map.set('inner', new Map());
  const inner = map.get('inner');
  const deleting = { ...methodsOf(new Map()), entries: () => (map.delete('inner'), [['x', 1]]) };
  assert.throws(() => inner.set('value', deleting), { code: 'API_MISUSE', message: /no longer in the baggage/ });
  assert.deepEqual([...baggage.keys('map/')], []);
});

test('what is a map only the first time that it is asked is written as one', t => {
  const { map } = open(t);
  let asked = 0;
  const once = Object.defineProperty(Object.create(null, Object.getOwnPropertyDescriptors(methodsOf(new Map([['k', 'v']])))), 'has', {
    get: () => ((asked += 1) === 1 ? () => false : undefined),
  });
  map.set('like', new Map([['old', 1]]));
  map.set('like', once);
  assert.deepEqual([...map.get('like').entries()], [['k', 'v']]);
  map.set('like', 2);
  assert.equal(map.get('like'), 2);
});
