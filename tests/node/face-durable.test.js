// @ts-check

import { encodeSwissnum, makeInMemoryBaggage } from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { makePair, makePeer, pause, until } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

const times = { retryLeast: 5, retryMost: 20, handshake: 1000 };

/** @param {any} [more] */
const durable = (more = {}) => ({ baggage: new Map(), tryResumeSession: true, times, ...more });

test('references go on over a new connection', async () => {
  const { network, a, b, shutdown } = await makePair({ a: durable(), b: durable() });
  let count = 0;
  b.client.registerSturdyRef('counter', Far('counter', { increment: () => (count += 1) }));
  const counter = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('counter')));
  assert.equal(await E(counter).increment(), 1);
  network.cut('a', 'b');
  assert.equal(await E(counter).increment(), 2);
  await until(() => a.events.some(event => event.type === 'resumed'), 'the resume');
  assert.deepEqual(a.events.map(event => event.type), ['fresh', 'suspended', 'resumed']);
  assert.equal(new Set(a.events.map(event => event.sessionId)).size, 1);
  assert.equal(await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('counter'))), counter);
  await shutdown();
});

test('a registered object survives the process that made it', async () => {
  const network = makeMemoryNetwork();
  const baggage = new Map();
  const a = await makePeer(network, 'a', durable());
  const b = await makePeer(network, 'b', durable({ baggage }));
  b.client.registerSturdyRef('object', Far('object', { which: () => 'first' }));
  const object = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('object')));
  assert.equal(await E(object).which(), 'first');
  network.crash('b');
  const copy = new Map(baggage);
  await b.client.shutdown();
  const again = await makePeer(network, 'b', durable({ baggage: copy }));
  again.client.registerSturdyRef('object', Far('object', { which: () => 'second' }));
  assert.equal(await E(object).which(), 'second');
  await Promise.all([a.client.shutdown(), again.client.shutdown()]);
});

test('a described object is revived once, also when it comes back as an argument', async () => {
  const network = makeMemoryNetwork();
  const makeThing = (/** @type {string} */ name, /** @type {Map<object, string>} */ names) => {
    const thing = Far('thing', { title: () => name });
    names.set(thing, name);
    return thing;
  };
  const baggage = new Map();
  const kit = () => {
    const names = new Map();
    /** @type {any[]} */
    const revived = [];
    return {
      names,
      revived,
      options: durable({
        describe: (/** @type {object} */ value) => names.get(value),
        revive: async (/** @type {string} */ name) => {
          revived.push(name);
          await pause(1);
          if (name === 'broken') throw Error('cannot');
          return makeThing(name, names);
        },
      }),
    };
  };
  const a = await makePeer(network, 'a', durable());
  const before = kit();
  const b = await makePeer(network, 'b', { ...before.options, baggage });
  const source = (/** @type {Map<object, string>} */ names) =>
    Far('source', {
      make: (/** @type {string} */ name) => makeThing(name, names),
      titleOf: (/** @type {any} */ thing) => E(thing).title(),
    });
  b.client.registerSturdyRef('source', source(before.names));
  const remote = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('source')));
  const one = await E(remote).make('one');
  const two = await E(remote).make('two');
  const broken = await E(remote).make('broken');
  network.crash('b');
  const copy = new Map(baggage);
  await b.client.shutdown();
  const after = kit();
  const again = await makePeer(network, 'b', { ...after.options, baggage: copy });
  again.client.registerSturdyRef('source', source(after.names));
  assert.deepEqual(await Promise.all([E(one).title(), E(one).title()]), ['one', 'one']);
  assert.equal(await E(remote).titleOf(two), 'two');
  assert.equal(await E(two).title(), 'two');
  assert.deepEqual(after.revived, ['one', 'two']);
  await assert.rejects(E(broken).title(), { code: 'NOT_REVIVABLE', message: /could not be revived/ });
  assert.equal(await E(one).title(), 'one');
  await Promise.all([a.client.shutdown(), again.client.shutdown()]);
});

test('an ephemeral export breaks after a restart, and only that', async () => {
  const network = makeMemoryNetwork();
  const baggage = new Map();
  const a = await makePeer(network, 'a', durable());
  const b = await makePeer(network, 'b', durable({ baggage }));
  const source = () => Far('source', { make: () => Far('made', { ok: () => 'ok' }), ok: () => 'ok' });
  b.client.registerSturdyRef('source', source());
  const remote = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('source')));
  const made = await E(remote).make();
  assert.equal(await E(made).ok(), 'ok');
  network.crash('b');
  const copy = new Map(baggage);
  await b.client.shutdown();
  const again = await makePeer(network, 'b', durable({ baggage: copy }));
  again.client.registerSturdyRef('source', source());
  await assert.rejects(E(made).ok(), { code: 'LOST' });
  assert.equal(await E(remote).ok(), 'ok');
  await Promise.all([a.client.shutdown(), again.client.shutdown()]);
});

test('an object that is registered after its export survives too', async () => {
  const network = makeMemoryNetwork();
  const baggage = new Map();
  const a = await makePeer(network, 'a', durable());
  const b = await makePeer(network, 'b', durable({ baggage }));
  const late = Far('late', { which: () => 'first' });
  b.client.registerSturdyRef('source', Far('source', { get: () => late }));
  const remote = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('source')));
  const held = await E(remote).get();
  b.client.registerSturdyRef('late', late);
  await pause();
  network.crash('b');
  const copy = new Map(baggage);
  await b.client.shutdown();
  const again = await makePeer(network, 'b', durable({ baggage: copy }));
  again.client.registerSturdyRef('late', Far('late', { which: () => 'second' }));
  assert.equal(await E(held).which(), 'second');
  await Promise.all([a.client.shutdown(), again.client.shutdown()]);
});

test("ephemeralExports 'reject' names what cannot be described", async () => {
  const { a, b, shutdown } = await makePair({ a: durable({ ephemeralExports: 'reject' }), b: durable() });
  b.client.registerSturdyRef('object', Far('object', { take: () => 'ok' }));
  const remote = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('object')));
  await assert.rejects(E(remote).take(Far('callback', {})), error => {
    assert.equal(/** @type {any} */ (error).code, 'EPHEMERAL_EXPORT');
    assert.match(String(error), /Alleged: callback/);
    return true;
  });
  await assert.rejects(E(remote).take(Promise.resolve(1)), { code: 'EPHEMERAL_EXPORT' });
  const callback = Far('registered', {});
  a.client.registerSturdyRef('callback', callback);
  assert.equal(await E(remote).take(callback), 'ok');
  await shutdown();
});

test('two clients that share a baggage share what is registered', async () => {
  const baggage = makeInMemoryBaggage();
  const network = makeMemoryNetwork();
  const one = await makePeer(network, 'one', { baggage });
  const two = await makePeer(network, 'two', { baggage });
  const a = await makePeer(network, 'a');
  one.client.registerSturdyRef('shared', Far('shared', { ok: () => 'ok' }));
  const shared = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(two.location, encodeSwissnum('shared')));
  assert.equal(await E(shared).ok(), 'ok');
  await Promise.all([one, two, a].map(({ client }) => client.shutdown()));
});

test('nothing leaves before what it depends on is committed', async () => {
  const map = new Map();
  /** @type {Array<() => void>} */
  const waiting = [];
  let isSlow = false;
  const baggage = {
    has: (/** @type {string} */ key) => map.has(key),
    get: (/** @type {string} */ key) => map.get(key),
    set: (/** @type {string} */ key, /** @type {Uint8Array} */ value) => map.set(key, value),
    delete: (/** @type {string} */ key) => map.delete(key),
    keys: () => map.keys(),
    commit: () => (isSlow ? new Promise(resolve => waiting.push(() => resolve(undefined))) : undefined),
  };
  const { a, b, shutdown } = await makePair({ a: durable(), b: durable({ baggage }) });
  const made = Far('made', {});
  b.client.registerSturdyRef('source', Far('source', { get: () => made }));
  b.client.registerSturdyRef('made', made);
  const remote = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('source')));
  await pause(30);
  isSlow = true;
  let isAnswered = false;
  const answered = E(remote).get().then(() => {
    isAnswered = true;
  });
  await until(() => waiting.length > 0, 'a commit');
  await pause(20);
  assert.equal(isAnswered, false);
  isSlow = false;
  waiting.splice(0).forEach(resolve => resolve());
  await answered;
  await shutdown();
});

test('a failing baggage fails calls with STORE_FAILED', async () => {
  const map = new Map();
  let isBroken = false;
  const baggage = {
    has: (/** @type {string} */ key) => map.has(key),
    get: (/** @type {string} */ key) => map.get(key),
    set: (/** @type {string} */ key, /** @type {Uint8Array} */ value) => {
      if (isBroken) throw Error('disk full');
      map.set(key, value);
    },
    delete: (/** @type {string} */ key) => map.delete(key),
    keys: () => map.keys(),
    commit: () => {},
  };
  const { a, b, shutdown } = await makePair({ a: durable({ baggage }), b: durable() });
  b.client.registerSturdyRef('object', Far('object', { take: () => 'ok' }));
  const remote = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('object')));
  const callback = Far('callback', {});
  a.client.registerSturdyRef('callback', callback);
  isBroken = true;
  await assert.rejects(E(remote).take(callback), { code: 'STORE_FAILED' });
  await assert.rejects(E(remote).take(), { code: 'STORE_FAILED' });
  assert.throws(() => a.client.registerSturdyRef('x', Far('x', {})), { code: 'STORE_FAILED' });
  await shutdown();
});
