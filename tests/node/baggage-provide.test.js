// @ts-check

import '../../js/shims.js';
import '../../js/wasm-node.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import harden from '@endo/harden';
import { makeTagged } from '@endo/pass-style';
import { makeFsDurableBaggage } from '../../js/baggage/fs.js';
import { makeInMemoryBaggage } from '../../js/baggage/memory.js';
import { provideFromBaggage, provideMapStoreFromBaggage } from '../../js/baggage/provide.js';
import { encodeRecord } from '../../js/baggage/record.js';
import { valueCodec } from '../../js/baggage/value-codec.js';
import { codeOf } from '../../js/errors.js';
import { openStore } from '../../js/store.js';
import { attachCore } from './fixtures/baggage-core.js';
import { makeDirectory } from './fixtures/baggage-directory.js';

const bytes = (/** @type {number[]} */ ...values) => Uint8Array.from(values);

/** @param {readonly [string, any][]} entries */
const mapOf = (...entries) => new Map(entries);

/** @param {unknown} value @param {number} times */
const nest = (value, times) => {
  let nested = value;
  for (let i = 0; i < times; i += 1) nested = i % 2 ? [nested] : { a: nested };
  return nested;
};

const VALUES = {
  null: null,
  undefined,
  true: true,
  empty: '',
  emoji: 'héllo 😀 \u0000',
  zero: 0,
  'minus zero': -0,
  NaN,
  infinity: [Infinity, -Infinity],
  fraction: 1.5e-300,
  bigints: [0n, -1n, 2n ** 200n],
  bytes: bytes(0, 1, 255),
  'no bytes': bytes(),
  tagged: makeTagged('point', harden({ x: 1, y: [2n] })),
  'tagged like ours': makeTagged('ocapn-stored:bytes', harden(['not ours'])),
  'tagged like ours, twice': [bytes(1), makeTagged('ocapn-stored:tagged', harden({ a: 1 }))],
  symbol: Symbol.for('a symbol'),
  'bytes within': { a: [bytes(1, 2), { b: bytes() }], ['__proto__']: bytes(3) },
  list: [1, [2, [3, undefined]], {}],
  record: { a: { b: [null] }, '': 1, 'a b': 2 },
  'odd names': JSON.parse('{"__proto__": {"x": 1}, "constructor": 2, "hasOwnProperty": 3, "length": 4}'),
  deep: nest('here', 120),
};

test('every kind of copy data comes back, in a map and by itself, after a restart too', async () => {
  const filePath = makeDirectory();
  let baggage = makeFsDurableBaggage({ filePath });
  for (let round = 0; round < 2; round += 1) {
    /** @type {import('../../js/baggage/durable-map.js').DurableMap<unknown>} */
    const map = provideMapStoreFromBaggage(baggage, 'app:values');
    for (const [name, value] of Object.entries(VALUES)) {
      if (round === 0) map.set(name, value);
      assert.deepStrictEqual(map.get(name), value, name);
      assert.ok(map.has(name));
      assert.deepStrictEqual(provideFromBaggage(baggage, `alone:${name}`, () => value), value, name);
    }
    assert.equal(map.size, Object.keys(VALUES).length);
    assert.ok(Object.is(map.get('minus zero'), -0));
    assert.ok(Object.hasOwn(/** @type {object} */ (map.get('odd names')), '__proto__'));
    await openStore(baggage).idle();
    await baggage.close();
    baggage = makeFsDurableBaggage({ filePath });
  }
  await baggage.close();
});

test('what cannot be stored throws, names the path, and changes nothing', () => {
  class Point {
    x = 1;
  }
  const cycle = /** @type {any[]} */ ([]);
  cycle.push({ cycle });
  const cyclicMap = new Map();
  cyclicMap.set('self', cyclicMap);
  /** @type {[unknown, RegExp][]} */
  const bad = [
    [() => 1, /^app\["k"\] .*function/],
    [Symbol('s'), /^app\["k"\] .*symbol/],
    [Promise.resolve(1), /^app\["k"\] /],
    [new Point(), /^app\["k"\] /],
    [new Date(), /^app\["k"\] /],
    [new Set(), /^app\["k"\] /],
    [new Float64Array(1), /^app\["k"\] /],
    [Object.create(null), /^app\["k"\] /],
    ['\ud800', /^app\["k"\] .*lone surrogate/],
    [{ a: [1, { 'b c': ['\udc00x'] }] }, /^app\["k"\]\.a\[1\]\["b c"\]\[0\] .*lone surrogate/],
    [{ '\ud800': 1 }, /^app\["k"\]\["\\ud800"\] .*lone surrogate/],
    [{ a: { b: { c: () => {} } } }, /^app\["k"\]\.a\.b\.c .*function/],
    [[1, new Map()], /^app\["k"\]\[1\] .*map/],
    [{ get a() { return 1; } }, /^app\["k"\]\.a /],
    [Object.defineProperty({}, 'a', { value: 1 }), /^app\["k"\]\.a /],
    [{ [Symbol.iterator]: 1 }, /^app\["k"\] .*Symbol/],
    [[1, , 2], /^app\["k"\] .*holes/], // eslint-disable-line no-sparse-arrays
    [Object.assign([1], { extra: 1 }), /^app\["k"\] .*properties/],
    [cycle, /^app\["k"\].* nests too deeply/],
    [nest(1, 121), /^app\["k"\].* nests too deeply/],
    [mapOf(['a', mapOf(['b', { c: () => 1 }])]), /^app\["k"\]\["a"\]\["b"\]\.c .*function/],
    [mapOf(['good', 1], [/** @type {any} */ (7), 1]), /^app\["k"\]\[7\] .*name of an entry is a string/],
    [new Map([['\ud800', 1]]), /lone surrogate/],
    [cyclicMap, /^app\["k"\]\["self"\] .*contains itself/],
  ];
  for (const baggage of [new Map(), makeInMemoryBaggage()]) {
    const map = provideFromBaggage(baggage, 'app', () => mapOf(['k', 'before'], ['nested', mapOf(['x', 1])]));
    const before = [...baggage.keys()].map(key => [key, baggage.get(key)]);
    for (const [value, message] of bad) {
      const refused = (/** @type {unknown} */ error) => {
        assert.equal(codeOf(error), 'NOT_STORABLE', String(error));
        assert.match(/** @type {Error} */ (error).message, message);
        return true;
      };
      assert.throws(() => map.set('k', /** @type {any} */ (value)), refused);
      assert.throws(() => provideFromBaggage(baggage, 'other', () => mapOf(['fine', 1], ['k', value])), { code: 'NOT_STORABLE' });
      assert.throws(() => provideFromBaggage(baggage, 'other', () => value), { code: 'NOT_STORABLE' });
    }
    for (const name of [7, undefined, null, {}, Symbol('s'), '\ud800']) {
      assert.throws(() => map.set(/** @type {any} */ (name), 1), { code: 'NOT_STORABLE' });
      assert.equal(map.get(/** @type {any} */ (name)), undefined);
      assert.equal(map.has(/** @type {any} */ (name)), false);
      assert.equal(map.delete(/** @type {any} */ (name)), false);
    }
    assert.deepEqual([...baggage.keys()].map(key => [key, baggage.get(key)]), before);
    assert.equal(map.get('k'), 'before');
    assert.equal(map.get('nested').get('x'), 1);
  }
});

test('it is like a Map', () => {
  for (const baggage of [new Map(), makeInMemoryBaggage()]) {
    const map = provideMapStoreFromBaggage(baggage, 'm');
    assert.deepEqual([map.size, [...map]], [0, []]);
    const long = 'long'.repeat(100);
    const names = ['', ' ', '%', '%2F', '/', 'a', 'a/b', 'b', `sha256:${'0'.repeat(64)}`, long, `${long}!`, 'é', '\ufffd', '😀', '😀'.repeat(30)];
    const shuffled = [...names].sort((a, b) => a.length % 3 - b.length % 3);
    for (const name of shuffled) assert.equal(map.set(name, [name]), map);
    const inOrder = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual([...map.keys()], inOrder);
    assert.deepEqual([...map.values()], inOrder.map(name => [name]));
    assert.deepEqual([...map.entries()], inOrder.map(name => [name, [name]]));
    assert.deepEqual([...map], [...map.entries()]);
    /** @type {string[]} */
    const seen = [];
    map.forEach((value, name, all) => {
      assert.equal(all, map);
      assert.deepEqual(value, [name]);
      seen.push(name);
    });
    assert.deepEqual(seen, inOrder);
    assert.equal(map.size, names.length);
    map.set('a', 2);
    assert.equal(map.size, names.length);
    assert.equal(map.delete(long), true);
    assert.equal(map.delete(long), false);
    assert.deepEqual([map.size, map.has(long), map.get(long)], [names.length - 1, false, undefined]);
    assert.ok([...baggage.keys()].every(key => key.length < 80));
    for (const name of map.keys()) map.delete(name);
    assert.deepEqual([map.size, [...baggage.keys()]], [0, ['m']]);
    map.set('x', 1).set('y', 2);
    map.clear();
    assert.deepEqual([map.size, [...map.keys()], [...baggage.keys()]], [0, [], ['m']]);
    assert.equal(provideMapStoreFromBaggage(baggage, 'm'), map);
    assert.ok(Object.isFrozen(map));
  }
});

test('one set is one small write, however large the map and however deep', () => {
  const memory = makeInMemoryBaggage();
  /** @type {[string, number][]} */
  const writes = [];
  const baggage = {
    ...memory,
    /** @param {string} key @param {Uint8Array} value */
    set: (key, value) => {
      writes.push([key, value.length]);
      memory.set(key, value);
    },
  };
  const map = provideFromBaggage(baggage, 'app:scores', () => mapOf(...Array.from({ length: 500 }, (_, i) => /** @type {[string, any]} */ ([`p${i}`, i]))));
  map.set('deep', new Map([['er', new Map()]]));
  writes.length = 0;
  map.set('p7', 8);
  map.get('deep').get('er').set('still/x', 1);
  assert.deepEqual(writes.map(([key]) => key), ['app:scores/p7', 'app:scores/deep/er/still%2Fx']);
  assert.ok(writes.every(([, length]) => length < 100));
});

test('nested maps', () => {
  for (const baggage of [new Map(), makeInMemoryBaggage()]) {
    const map = provideMapStoreFromBaggage(baggage, 'm');
    map.set('a', mapOf(['x', 1], ['b', mapOf(['y', 2])]));
    const a = map.get('a');
    const b = a.get('b');
    assert.equal(map.get('a'), a);
    assert.deepEqual([...a.keys()], ['b', 'x']);
    b.set('y', 3);
    assert.equal(map.get('a').get('b').get('y'), 3);
    assert.deepEqual([map.size, a.size, b.size], [1, 2, 1]);
    map.set('a', a);
    assert.equal(b.get('y'), 3, 'set where it is already');

    map.set('copy', a);
    map.get('copy').get('b').set('y', 4);
    assert.equal(b.get('y'), 3);

    map.set('a', new Map([['z', 1]]));
    for (const gone of [a, b]) {
      for (const use of ['get', 'set', 'has', 'delete', 'clear', 'keys']) {
        assert.throws(() => gone[use]('y', 1), { code: 'API_MISUSE' });
      }
      assert.throws(() => gone.size, { code: 'API_MISUSE' });
    }
    assert.deepEqual([...map.get('a')], [['z', 1]]);
    const second = map.get('a');
    map.set('a', 'plain');
    assert.throws(() => second.get('z'), { code: 'API_MISUSE' });
    assert.equal(map.get('a'), 'plain');
    map.set('a', new Map());
    assert.equal(map.get('a').size, 0);
    const third = map.get('copy').get('b');
    assert.equal(map.delete('copy'), true);
    assert.throws(() => third.get('y'), { code: 'API_MISUSE' });
    assert.deepEqual([...baggage.keys()].sort(), ['m', 'm/a']);
    map.set('a', new Map([['b', new Map([['c', 1]])]]));
    const last = map.get('a').get('b');
    map.clear();
    assert.throws(() => last.get('c'), { code: 'API_MISUSE' });
    assert.deepEqual([...baggage.keys()], ['m']);
  }
});

test('names that are too long together are refused before anything is written', () => {
  const baggage = makeInMemoryBaggage();
  let map = provideMapStoreFromBaggage(baggage, 'm');
  const name = 'n'.repeat(60);
  assert.throws(() => {
    for (let i = 0; i < 100; i += 1) {
      map.set(name, new Map());
      map = map.get(name);
    }
  }, { code: 'NOT_STORABLE' });
  assert.throws(() => provideMapStoreFromBaggage(baggage, 'k'.repeat(5000)), { code: 'LIMIT_EXCEEDED' });
});

test('what is there is given, and make is not called', () => {
  const baggage = new Map();
  let calls = 0;
  const make = () => {
    calls += 1;
    return mapOf(['a', { n: 1 }]);
  };
  const first = provideFromBaggage(baggage, 'app:x', make);
  first.set('b', 2);
  // Another process: a new baggage object with the same entries.
  const second = provideFromBaggage(new Map(baggage), 'app:x', make);
  assert.notEqual(first, second);
  assert.deepEqual([...second], [['a', { n: 1 }], ['b', 2]]);
  assert.equal(calls, 1);
  const value = { list: [1] };
  const given = provideFromBaggage(baggage, 'app:y', () => value);
  assert.deepEqual(given, value);
  assert.notEqual(given, value, 'it is what the baggage gives, not what was made');
  assert.throws(() => provideMapStoreFromBaggage(baggage, 'app:y'), { code: 'API_MISUSE' });
  assert.equal(provideFromBaggage(baggage, 'app:none', () => undefined), undefined);
  assert.equal(provideFromBaggage(baggage, 'app:none', () => 7), undefined);
});

test('a baggage that does not keep what it was given is found out', () => {
  const baggage = { ...makeInMemoryBaggage(), set: () => {} };
  for (const made of [7, new Map(), new Map([['a', 1]])]) {
    assert.throws(() => provideFromBaggage(baggage, 'k', () => made), { code: 'STORE_FAILED' });
  }
});

test('a make that throws, or provides the same key, leaves no trace', () => {
  const baggage = new Map();
  assert.throws(() => provideFromBaggage(baggage, 'k', () => { throw Error('mine'); }), /mine/);
  assert.equal(baggage.size, 0);
  assert.throws(() => provideFromBaggage(baggage, 'k', () => provideMapStoreFromBaggage(baggage, 'k')), { code: 'API_MISUSE' });
  assert.equal(provideMapStoreFromBaggage(baggage, 'k').size, 0);
});

test('no key lies below another', () => {
  const baggage = makeInMemoryBaggage();
  const outer = provideMapStoreFromBaggage(baggage, 'a');
  const slashed = provideMapStoreFromBaggage(baggage, 'a/b');
  outer.set('b', 1);
  slashed.set('c', 2);
  outer.clear();
  assert.deepEqual([...slashed], [['c', 2]]);
  provideMapStoreFromBaggage(baggage, 'a%2Fb').set('d', 3);
  assert.deepEqual([...slashed], [['c', 2]]);
});

test('this library’s own keys are refused', () => {
  const baggage = makeInMemoryBaggage();
  for (const key of ['ocapn:x', 'ocapn-durable:x', '', '\ud800', /** @type {any} */ (7)]) {
    assert.throws(() => provideFromBaggage(baggage, key, () => 1), { code: 'API_MISUSE' });
  }
  assert.deepEqual([...baggage.keys()], []);
  baggage.set('ocapn:schema', bytes(1));
  assert.throws(() => provideFromBaggage(baggage, 'ocapn:schema', () => 1), { code: 'API_MISUSE' });
});

test('damage anywhere in a record is a typed error that names its key', () => {
  const baggage = makeInMemoryBaggage();
  const map = provideMapStoreFromBaggage(baggage, 'app:x');
  map.set('k', { n: 1 });
  map.set('other', { n: 2 });
  for (const [key, use] of /** @type {[string, () => unknown][]} */ ([
    ['app:x/k', () => map.get('k')],
    ['app:x/k', () => [...map]],
    ['app:x', () => provideMapStoreFromBaggage(baggage, 'app:x')],
  ])) {
    const good = baggage.get(key) ?? bytes();
    const damaged = good.length + 3;
    for (let i = 0; i < damaged; i += 1) {
      let bad = Uint8Array.from(good);
      if (i < good.length) bad[i] = (bad[i] ?? 0) ^ (1 << i % 8);
      else bad = [bad.slice(0, -1), bytes(), Uint8Array.from([...bad, 0])][i - good.length] ?? bad;
      baggage.set(key, bad);
      assert.throws(use, error => {
        assert.equal(codeOf(error), 'STORE_DAMAGED', `byte ${i}: ${error}`);
        return String(error).includes(JSON.stringify(key));
      });
    }
    baggage.set(key, good);
    use();
  }
  // One that is whole, but not its own.
  baggage.set('app:x/k', baggage.get('app:x/other') ?? bytes());
  assert.throws(() => map.get('k'), { code: 'STORE_DAMAGED' });
  assert.equal(map.get('other').n, 2, 'the rest is kept');
  baggage.set('app:x/k', encodeRecord('app:x/k', { kind: 'value', name: 'j', value: 1 }));
  assert.throws(() => map.get('k'), { code: 'STORE_DAMAGED' });
  map.set('k', 'mended');
  assert.equal(map.get('k'), 'mended');
  baggage.set('app:x/other', bytes(1));
  assert.ok(map.delete('other'));
  assert.deepEqual([...map], [['k', 'mended']]);
});

test('a record of a newer version is a typed error', () => {
  const codec = valueCodec();
  const baggage = makeInMemoryBaggage();
  provideFromBaggage(baggage, 'x', () => 1);
  const body = codec.encodeValue(['value', 'x', 1]);
  const covered = Buffer.concat([Buffer.from('2+'), body]);
  const sum = codec.sha256(Buffer.concat([Buffer.from('x\0'), covered])).subarray(0, 8);
  baggage.set('x', Buffer.concat([Buffer.from("<6'record"), covered, Buffer.from('8:'), sum, Buffer.from('>')]));
  assert.throws(() => provideFromBaggage(baggage, 'x', () => 1), { code: 'STORE_NEWER' });
});

test('a map whose record is missing is not started anew', () => {
  const baggage = makeInMemoryBaggage();
  provideFromBaggage(baggage, 'x', () => new Map([['a', 1]]));
  const copy = makeInMemoryBaggage();
  for (const key of baggage.keys()) if (key !== 'x') copy.set(key, baggage.get(key) ?? bytes());
  assert.throws(() => provideMapStoreFromBaggage(copy, 'x'), { code: 'STORE_DAMAGED', message: /"x"/ });
});

/**
 * A baggage without commits that can be had as it was after each of its writes.
 */
const makeRecorder = () => {
  /** @type {[string, Uint8Array | undefined][]} */
  const log = [];
  /** @type {Map<string, Uint8Array>} */
  const entries = new Map();
  return {
    log,
    baggage: {
      has: (/** @type {string} */ key) => entries.has(key),
      get: (/** @type {string} */ key) => entries.get(key),
      keys: () => entries.keys(),
      set: (/** @type {string} */ key, /** @type {Uint8Array} */ value) => {
        log.push([key, value]);
        entries.set(key, value);
      },
      delete: (/** @type {string} */ key) => {
        log.push([key, undefined]);
        entries.delete(key);
      },
    },
    /** @param {number} writes */
    after: writes => {
      const crashed = new Map();
      for (const [key, value] of log.slice(0, writes)) {
        if (value) crashed.set(key, value);
        else crashed.delete(key);
      }
      return crashed;
    },
  };
};

/** @param {any} value @returns {any} */
const plain = value =>
  value && typeof value === 'object'
    ? Object.fromEntries([...value].map(([name, inner]) => [name, plain(inner)]))
    : value;

test('without commits, a process may end between any two writes', () => {
  const { baggage, log, after } = makeRecorder();
  const initial = () => mapOf(['a', 1], ['b', mapOf(['x', 1], ['y', 2])]);
  const map = provideFromBaggage(baggage, 'm', initial);
  /** What may be found once so many writes are done. @type {{ upTo: number, states: unknown[] }[]} */
  const steps = [{ upTo: log.length, states: [plain(map)] }];
  /** @type {[() => unknown, object?][]} */
  const acts = [
    [() => map.set('b', 'plain')],
    [() => map.set('b', mapOf(['z', 1], ['w', mapOf(['v', 1])]))],
    [() => map.get('b').get('w').set('u', 2)],
    // A map for a map: for a moment there is neither.
    [() => map.set('b', mapOf(['s', 1], ['w', mapOf(['t', 1])])), { a: 1 }],
    [() => map.delete('b')],
    [() => map.delete('a')],
    [() => map.set('a', mapOf(['q', 1], ['r', mapOf(['s', 1])]))],
    [() => map.clear()],
  ];
  for (const [act, between] of acts) {
    act();
    const before = steps.at(-1)?.states[0];
    steps.push({ upTo: log.length, states: [plain(map), before, ...(between ? [between] : [])] });
  }
  for (let end = 0; end <= log.length; end += 1) {
    const found = plain(provideFromBaggage(after(end), 'm', initial));
    const step = steps.find(({ upTo }) => upTo >= end);
    const allowed = step?.upTo === end ? [step.states[0]] : step?.states;
    const text = JSON.stringify(allowed);
    assert.ok(
      allowed?.some(state => JSON.stringify(state) === JSON.stringify(found)),
      `after ${end} of ${log.length} writes: ${JSON.stringify(found)}, not one of ${text}`,
    );
  }
});

test('a map that was not filled to its end is made again, without what was there of it', () => {
  const { baggage, log, after } = makeRecorder();
  provideFromBaggage(baggage, 'm', () => mapOf(['a', 1], ['b', mapOf(['x', 1])], ['c', 2]));
  for (let end = 1; end < log.length; end += 1) {
    const crashed = after(end);
    assert.equal(provideMapStoreFromBaggage(crashed, 'm').size, 0);
    assert.deepEqual([...crashed.keys()], ['m']);
  }
});

test('a reply waits for what its handler wrote, and for nothing that it did not', async () => {
  const baggage = makeFsDurableBaggage({ filePath: makeDirectory() });
  const store = openStore(baggage);
  const core = attachCore(store);
  const map = provideMapStoreFromBaggage(baggage, 'm');
  await store.idle();
  const before = core.writes();
  map.get('a');
  map.has('a');
  assert.deepEqual([map.size, [...map]], [0, []]);
  assert.equal(core.writes(), before, 'reading is no write');
  map.set('a', 1);
  assert.ok(core.writes() > before);
  assert.notEqual(core.committed.at(-1), core.writes(), 'not yet');
  await core.leaves();
  assert.equal(baggage.commit(), undefined, 'all of it is durable when the reply leaves');
  await baggage.close();
  assert.throws(() => map.get('a'), { code: 'STORE_FAILED' });
  assert.throws(() => map.set('a', 2), { code: 'STORE_FAILED' });
});

test('what provides itself while it is made, or while it is read, is refused, and what it provided stays', () => {
  const provide = (/** @type {Map<string, any>} */ baggage) => provideFromBaggage(baggage, 'one', () => new Map([['a', 1n]]));
  for (const isLate of [false, true]) {
    const baggage = new Map();
    const make = () => {
      if (!isLate) provide(baggage);
      const entries = () => (isLate ? provide(baggage).entries() : [][Symbol.iterator]());
      return /** @type {any} */ ({ has: () => false, get: () => undefined, set: () => {}, entries });
    };
    assert.throws(() => provideFromBaggage(baggage, 'one', make), { code: 'API_MISUSE', message: /provided while it was being made/ });
    const left = /** @type {any} */ (provideFromBaggage(baggage, 'one', () => new Map()));
    assert.deepEqual([...left.entries()], [['a', 1n]]);
    assert.equal(left.size, 1);
  }
});
