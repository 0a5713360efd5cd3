// @ts-check

import {
  encodeSwissnum, makeClient, makeFsDurableBaggage, makeInMemoryBaggage, provideFromBaggage, provideMapStoreFromBaggage,
} from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { makeDirectory } from './fixtures/baggage-directory.js';
import { makePair, makePeer } from './fixtures/face-pair.js';
import { show } from './values/show.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import harden from '@endo/harden';
import { Far, makeTagged } from '@endo/pass-style';
import fc from 'fast-check';
import { getSturdyRefDetails } from '../../js/sturdyref.js';
import { openStore } from '../../js/store.js';

const bytes = (/** @type {number[]} */ ...values) => Uint8Array.from(values);

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', 'then', 'toString', '', '😀', '\u0000', '\ufffd', 'a/b', '%'),
);
const tag = fc.oneof(text, fc.constantFrom('ocapn-stored:bytes', 'ocapn-stored:reference', 'ocapn-stored:tagged', 'ocapn-stored:'));

/** What a value becomes in a record: bytes that cannot change are passable, so tagged values may hold them. */
const { any } = fc.letrec(tie => ({
  leaf: fc.oneof(
    fc.constantFrom(undefined, null, -0, 0, NaN, Infinity, -Infinity, true, false),
    fc.double(),
    fc.bigInt(),
    fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }),
    text,
    text.filter(it => !it.startsWith('@@')).map(it => Symbol.for(it)),
    fc.uint8Array().map(it => new Uint8Array(it).buffer.sliceToImmutable()),
  ),
  passable: fc.oneof(
    { depthSize: 'small' },
    tie('leaf'),
    fc.array(tie('passable')),
    fc.array(fc.tuple(text, tie('passable'))).map(it => Object.fromEntries(it)),
    fc.tuple(tag, tie('passable')).map(([name, payload]) => makeTagged(name, harden(/** @type {any} */ (payload)))),
  ),
  any: fc.oneof(
    { depthSize: 'small' },
    tie('passable'),
    fc.uint8Array(),
    fc.array(tie('any')),
    fc.array(fc.tuple(text, tie('any'))).map(it => Object.fromEntries(it)),
  ),
}));

test('any copy data comes back as it was, however it is nested', () => {
  const baggage = makeInMemoryBaggage();
  /** @type {import('../../js/baggage/durable-map.js').DurableMap<unknown>} */
  const map = provideMapStoreFromBaggage(baggage, 'app');
  fc.assert(
    fc.property(text, any, (name, value) => {
      map.set(name, value);
      assert.equal(show(map.get(name)), show(value));
      // What came back is stored as the same bytes.
      const stored = [...baggage.keys('app/')].map(key => String(baggage.get(key)));
      map.set(name, map.get(name));
      assert.deepEqual([...baggage.keys('app/')].map(key => String(baggage.get(key))), stored);
      map.delete(name);
    }),
    { numRuns: 150 },
  );
});

test('bytes are the caller’s own, on the way in and out', () => {
  const map = provideMapStoreFromBaggage(makeInMemoryBaggage(), 'app');
  const mine = { raw: bytes(1, 2, 3) };
  map.set('k', mine);
  mine.raw[0] = 9;
  const first = map.get('k');
  assert.ok(first.raw instanceof Uint8Array && Object.isFrozen(first));
  assert.deepEqual([...first.raw], [1, 2, 3]);
  first.raw[1] = 9;
  assert.deepEqual([...map.get('k').raw], [1, 2, 3]);
  const { buffer } = Uint8Array.of(9, 8, 7, 6);
  for (const given of [buffer, buffer.sliceToImmutable(), new Uint8Array(buffer, 0, 4).buffer]) {
    map.set('k', [given]);
    const [back] = map.get('k');
    assert.ok(back.immutable);
    assert.deepEqual([...new Uint8Array(back.slice(0))], [9, 8, 7, 6]);
  }
  map.set('k', Buffer.from('text').subarray(1, 3));
  assert.deepEqual(map.get('k'), bytes(0x65, 0x78));
});

test('of an error its message is kept', () => {
  const map = provideMapStoreFromBaggage(makeInMemoryBaggage(), 'app');
  map.set('k', { error: TypeError('it broke', { cause: 1 }), raw: bytes(1) });
  const { error } = map.get('k');
  assert.ok(error instanceof Error);
  assert.equal(error.message, 'it broke');
});

test('a sturdyref comes back as one that names the same', async () => {
  const filePath = makeDirectory();
  const client = makeClient();
  const location = /** @type {const} */ ({ type: 'ocapn-peer', transport: 'memory', designator: 'x', hints: { a: 'b' } });
  const given = client.makeSturdyRef(location, encodeSwissnum('number'));
  for (const write of [true, false]) {
    const baggage = makeFsDurableBaggage({ filePath });
    const map = provideMapStoreFromBaggage(baggage, 'app');
    if (write) map.set('k', { of: [given], raw: bytes(1) }).set('plain', [given]);
    for (const back of [map.get('k').of[0], map.get('plain')[0]]) {
      const { location: found, swissNum } = /** @type {any} */ (getSturdyRefDetails(back));
      assert.deepEqual(found, location);
      assert.equal(Buffer.from(swissNum.slice(0)).toString(), 'number');
    }
    map.set('k', map.get('k'));
    await openStore(baggage).idle();
    await baggage.close();
  }
  await client.shutdown();
});

/** Things of an application that it can name. */
const makeThings = () => {
  /** @type {Map<object, string>} */
  const names = new Map();
  /** @type {string[]} */
  const revived = [];
  const make = (/** @type {string} */ name) => {
    const thing = Far('thing', { title: () => name });
    names.set(thing, name);
    return thing;
  };
  return {
    make,
    revived,
    describe: (/** @type {object} */ value) => names.get(value),
    revive: (/** @type {string} */ name) => {
      revived.push(name);
      if (name === 'gone') throw Error('no such thing');
      return name.startsWith('slow') ? Promise.resolve(name).then(make) : make(name);
    },
  };
};

test('objects of ours come back by what names them, the same one each time', async () => {
  const filePath = makeDirectory();
  {
    const baggage = makeFsDurableBaggage({ filePath });
    const things = makeThings();
    const client = makeClient({ baggage, tryResumeSession: true, describe: things.describe, revive: things.revive });
    const map = provideMapStoreFromBaggage(baggage, 'app');
    const counter = Far('counter', { one: () => 1 });
    client.registerSturdyRef('counter', counter);
    const [one, slow, gone] = ['one', 'slow', 'gone'].map(things.make);
    map.set('all', { counter, list: [one, one, slow], gone, score: 5, raw: bytes(1) });
    map.set('nested', new Map([['deep', new Map([['one', one]])]]));
    // It is there: nothing is revived.
    assert.equal(map.get('all').counter, counter);
    assert.equal(map.get('all').list[0], one);
    assert.equal(map.get('nested').get('deep').get('one'), one);
    assert.deepEqual(things.revived, []);
    await client.shutdown();
    await baggage.close();
  }
  const baggage = makeFsDurableBaggage({ filePath });
  const map = provideMapStoreFromBaggage(baggage, 'app');
  const early = map.get('all');
  assert.equal(early.score, 5, 'the rest can be read without a client');
  await assert.rejects(early.counter, { code: 'NOT_REVIVABLE', message: /No client uses this baggage/ });
  map.set('early', early);

  const things = makeThings();
  const client = makeClient({ baggage, tryResumeSession: true, describe: things.describe, revive: things.revive });
  const counter = Far('counter', { one: () => 2 });
  client.registerSturdyRef('counter', counter);
  for (const name of ['all', 'early']) {
    const { list, gone, score, ...rest } = map.get(name);
    assert.equal(rest.counter, counter);
    assert.equal(score, 5);
    assert.equal(await E(list[0]).title(), 'one');
    assert.equal(list[0], list[1]);
    assert.equal(await E(list[2]).title(), 'slow');
    await assert.rejects(E(gone).title(), { code: 'NOT_REVIVABLE' });
    // A promise for it stands for it.
    map.set(name, map.get(name));
  }
  assert.equal(map.get('nested').get('deep').get('one'), map.get('all').list[0]);
  assert.deepEqual(things.revived.filter(name => name !== 'gone'), ['one', 'slow']);
  assert.equal(map.get('all').list[2], await map.get('early').list[2]);
  await client.shutdown();
  await baggage.close();
});

test('a reference that nothing finds again is refused, naming the path, and nothing is changed', async () => {
  const baggage = makeInMemoryBaggage();
  const map = provideMapStoreFromBaggage(baggage, 'app').set('k', 'before');
  const far = Far('thing', {});
  const shot = () => [...baggage.keys()].map(key => [key, String(baggage.get(key))]);
  const before = shot();
  const refuse = (/** @type {RegExp} */ why) => {
    for (const [value, path] of /** @type {[any, RegExp][]} */ ([
      [far, /^app\["k"\] /],
      [{ a: [1, far] }, /^app\["k"\]\.a\[1\] /],
      [new Map(/** @type {[string, any][]} */ ([['fine', 1], ['in', { it: far }]])), /^app\["k"\]\["in"\]\.it /],
      [makeTagged('t', harden([far])), /^app\["k"\]\.payload\[0\] /],
    ])) {
      assert.throws(() => map.set('k', value), error => {
        const { code, message } = /** @type {any} */ (error);
        assert.equal(code, 'NOT_STORABLE');
        assert.match(message, path);
        assert.match(message, why);
        return true;
      });
      assert.throws(() => provideFromBaggage(baggage, 'other', () => value), { code: 'NOT_STORABLE' });
    }
    assert.deepEqual(shot(), before);
    assert.equal(map.get('k'), 'before');
  };
  refuse(/no client uses this baggage/);
  const client = makeClient({ baggage });
  refuse(/nothing finds again/);
  assert.throws(() => map.set('k', [Promise.resolve(1)]), { code: 'NOT_STORABLE', message: /\[0\] .*promise/ });
  client.registerSturdyRef('thing', far);
  map.set('k', [far]);
  assert.equal(map.get('k')[0], far);
  await client.shutdown();
  await assert.rejects(map.get('k')[0], { code: 'NOT_REVIVABLE' });
});

test('a record that claims a reference, and is none, is damaged', async () => {
  const { encodeRecord } = await import('../../js/baggage/record.js');
  const baggage = makeInMemoryBaggage();
  const map = provideMapStoreFromBaggage(baggage, 'app');
  for (const value of [
    makeTagged('ocapn-stored:bytes', harden('text')),
    makeTagged('ocapn-stored:bytes', undefined),
    makeTagged('ocapn-stored:tagged', 7n),
    makeTagged('ocapn-stored:tagged', harden([7n, 8n])),
    makeTagged('ocapn-stored:reference', null),
    makeTagged('ocapn-stored:reference', harden(['described'])),
    makeTagged('ocapn-stored:reference', harden(['other', Uint8Array.of(1).buffer.sliceToImmutable()])),
  ]) {
    baggage.set('app/k', encodeRecord('app/k', { kind: 'rich', name: 'k', value: [value] }));
    assert.throws(() => map.get('k'), { code: 'STORE_DAMAGED', message: /"app\/k"/ });
  }
});

test('a peer’s objects come back after a restart, and work', async () => {
  const network = makeMemoryNetwork();
  const times = { retryLeast: 5, retryMost: 20 };
  const options = { tryResumeSession: true, times };
  const things = makeThings();
  const b = await makePeer(network, 'b', { ...options, baggage: new Map(), describe: things.describe, revive: things.revive });
  b.client.registerSturdyRef('maker', Far('maker', { make: things.make }));
  let baggage = new Map();
  let a = await makePeer(network, 'a', { ...options, baggage });
  const maker = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('maker')));
  const one = await E(maker).make('one');
  let map = provideMapStoreFromBaggage(baggage, 'app');
  map.set('team', { lead: one, all: [one, maker], score: 1n }).set('nested', new Map([['deep', one]]));
  assert.equal(map.get('team').lead, one);
  assert.equal(map.get('nested').get('deep'), one);
  // The first promise of a call has no token; what it becomes has.
  const two = E(maker).make('two');
  assert.throws(() => map.set('k', two), { code: 'NOT_STORABLE', message: /promise/ });
  map.set('k', await two);

  network.crash('a');
  baggage = new Map(baggage);
  await a.client.shutdown();
  map = provideMapStoreFromBaggage(baggage, 'app');
  const early = map.get('team');
  assert.equal(early.score, 1n);
  await assert.rejects(E(early.lead).title(), { code: 'NOT_REVIVABLE' });
  map.set('team', { ...early, score: 2n });

  a = await makePeer(network, 'a', { ...options, baggage });
  const again = map.get('team');
  assert.equal(again.score, 2n);
  assert.equal(await E(again.lead).title(), 'one');
  assert.equal(again.all[0], again.lead);
  assert.equal(map.get('nested').get('deep'), again.lead);
  assert.equal(await E(await E(again.all[1]).make('three')).title(), 'three');
  assert.equal(await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('maker'))), again.all[1]);

  // What was let go of reads as a broken promise, and the rest as it was.
  await a.client.releaseToken(await a.client.refToken(again.lead));
  const session = await a.client.provideSession(b.location);
  session.abort('enough');
  const lost = map.get('team');
  assert.equal(lost.score, 2n);
  await assert.rejects(E(lost.lead).title(), { code: 'TOKEN_UNKNOWN' });
  await a.client.shutdown();
  await b.client.shutdown();
});

test('an object of a peer stays when its entry goes, over a restart too, and goes when its token is released', async () => {
  const network = makeMemoryNetwork();
  const times = { retryLeast: 5, retryMost: 20, unclaimed: 5 };
  const options = { tryResumeSession: true, times };
  const things = makeThings();
  const theirs = new Map();
  const b = await makePeer(network, 'b', { ...options, baggage: theirs, describe: things.describe, revive: things.revive });
  b.client.registerSturdyRef('maker', Far('maker', { make: things.make }));
  const exported = () => [...theirs.keys()].filter(key => key.includes('/o+')).length;
  let baggage = new Map();
  let a = await makePeer(network, 'a', { ...options, baggage });
  const maker = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('maker')));
  let map = provideMapStoreFromBaggage(baggage, 'app');
  map.set('one', await E(maker).make('one')).set('other', map.get('one')).set('maker', maker);
  const token = await a.client.refToken(map.get('one'));
  map.delete('one');
  assert.equal(await E(map.get('other')).title(), 'one');
  assert.equal(exported(), 2);

  network.crash('a');
  baggage = new Map(baggage);
  await a.client.shutdown();
  a = await makePeer(network, 'a', { ...options, baggage });
  map = provideMapStoreFromBaggage(baggage, 'app');
  assert.equal(await E(map.get('other')).title(), 'one');
  const last = await a.client.refToken(map.get('other'));
  assert.equal(last, token, 'however often it was stored');
  map.delete('other');
  network.crash('a');
  baggage = new Map(baggage);
  await a.client.shutdown();
  a = await makePeer(network, 'a', { ...options, baggage });
  map = provideMapStoreFromBaggage(baggage, 'app');
  await E(map.get('maker')).make('two');
  assert.equal(await E(await a.client.refFromToken(token)).title(), 'one', 'nobody but the token names it');
  await a.client.releaseToken(token);
  await assert.rejects(a.client.refFromToken(token), { code: 'TOKEN_UNKNOWN' });
  await a.client.shutdown();
  await b.client.shutdown();
});

test('a peer’s object of a session that is not kept is refused', async () => {
  const baggage = makeInMemoryBaggage();
  const { a, b, shutdown } = await makePair({ a: { baggage } });
  b.client.registerSturdyRef('thing', Far('thing', {}));
  const thing = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('thing')));
  const map = provideMapStoreFromBaggage(baggage, 'app');
  const before = [...baggage.keys()];
  assert.throws(() => map.set('k', [1, thing]), { code: 'NOT_STORABLE', message: /^app\["k"\]\[1\] .*its session is not kept/ });
  assert.deepEqual([...baggage.keys()], before);
  await shutdown();
});
