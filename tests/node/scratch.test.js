// @ts-check

/** What code of the application can do to the buffer that a message is being written into, and what that costs. */

import { makeBareCore } from './values/core.js';

import { encodeSwissnum, provideMapStoreFromBaggage, swissnumFromBytes } from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { ValueWriter } from '../../js/values/writer.js';
import { requireWasm } from '../../js/wasm.js';
import { makePeer } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

const quiet = { log() {}, info() {}, error() {} };

/** Length of the longest swissnum; with its description it is more than the buffer is long at first. */
const LONGEST = 4096;

/**
 * @param {any} t
 * @param {any} optionsB
 */
const connect = async (t, optionsB) => {
  const network = makeMemoryNetwork();
  const kept = { logger: quiet, tryResumeSession: true };
  const a = await makePeer(network, 'a', { ...kept, baggage: new Map() });
  const b = await makePeer(network, 'b', { ...kept, baggage: new Map(), ...optionsB });
  t.after(() => Promise.all([a.client.shutdown(), b.client.shutdown()]));
  return {
    client: b.client,
    boot: (await a.client.provideSession(b.location)).getBootstrap(),
    /** @param {any} object */
    serve: object => {
      b.client.registerSturdyRef('served', object);
      return a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('served')));
    },
  };
};

/**
 * @param {() => Promise<unknown>} run
 * @returns {Promise<number>} bytes that JavaScript copies into and out of the core's memory meanwhile
 */
const countCopied = async run => {
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
  const { set, slice } = typedArray;
  const { memory } = requireWasm();
  let copied = 0;
  Object.assign(typedArray, {
    /** @this {Uint8Array} @param {any} source @param {any[]} rest */
    set(source, ...rest) {
      if (this.buffer === memory.buffer) copied += source.length;
      return set.call(this, source, ...rest);
    },
    /** @this {Uint8Array} @param {any[]} range */
    slice(...range) {
      const made = slice.apply(this, range);
      if (this.buffer === memory.buffer) copied += made.length;
      return made;
    },
  });
  try {
    await run();
  } finally {
    Object.assign(typedArray, { set, slice });
  }
  return copied;
};

/**
 * A list whose first item is a getter.
 *
 * @param {() => unknown} get
 * @param {unknown[]} rest
 */
const listWith = (get, rest) =>
  Object.defineProperty([undefined, ...rest], 0, { enumerable: true, configurable: true, get });

/** @param {ReturnType<typeof makeBareCore>} bare */
const wordsOf = ({ core, memory }, length = 0) => {
  core.refresh();
  return [...new Uint32Array(memory.buffer, core.header(4), length / 4)];
};

/** @type {[string, (bare: ReturnType<typeof makeBareCore>) => void][]} */
const disturbances = [
  ['moves the buffer', ({ core }) => core.growScratch(3 << 16)],
  ['makes the memory grow', ({ memory }) => memory.grow(1)],
  ['uses the buffer', ({ core }) => core.setScratch(new Uint8Array(20).fill(1))],
  ['uses more and more of it, until it moves', ({ core }) => {
    for (const length of [4, 30, 10, 1000]) core.setScratch(new Uint8Array(length).fill(length));
  }],
];

for (const [what, disturb] of disturbances) {
  test(`a value is whole after code that ${what} while it is written`, () => {
    const none = { find: () => undefined, slotOf: () => 5, sturdyRefOf: () => undefined };
    const make = (/** @type {() => void} */ act) => {
      const slotOf = () => {
        act();
        return 5;
      };
      // No text leaves padding, which may hold anything.
      const inner = () => listWith(() => (act(), 'text'), [1n, 'x'.repeat(40), Far('x', {})]);
      const failing = new Proxy(Error('why!'), { get: (target, name) => (act(), Reflect.get(target, name)) });
      return { slotOf, value: ['head', 7n, inner(), failing, inner(), 'tail'] };
    };
    const calm = makeBareCore();
    const expected = wordsOf(calm, new ValueWriter(calm.core, none).write(make(() => {}).value));

    const bare = makeBareCore();
    const { slotOf, value } = make(() => disturb(bare));
    const writer = new ValueWriter(bare.core, { ...none, slotOf });
    assert.deepEqual(wordsOf(bare, writer.write(value)), expected);
    assert.deepEqual(wordsOf(bare, writer.write(value)), expected);
    // What comes after a value has the buffer to itself.
    bare.core.setScratch(Uint8Array.of(1, 2, 3, 4));
    assert.deepEqual(wordsOf(bare, 4), [0x04030201]);
  });
}

test('nothing is written at the old address of a buffer', () => {
  const bare = makeBareCore();
  const old = bare.core.header(4);
  const none = { find: () => undefined, slotOf: () => 5, sturdyRefOf: () => undefined };
  const writer = new ValueWriter(bare.core, none);
  writer.write(
    listWith(() => {
      bare.core.growScratch(3 << 16);
      bare.core.u8.fill(0, old, old + 128);
      return 1n;
    }, [2n, 3n, 'text', 'long text '.repeat(5)]),
  );
  assert.ok(bare.core.header(4) !== old);
  assert.ok(bare.core.u8.subarray(old, old + 128).every(byte => byte === 0));
});

test('an object is described by a durable map that holds an object of a peer', async t => {
  const baggage = new Map();
  const things = () => provideMapStoreFromBaggage(baggage, 'things');
  const describe = (/** @type {object} */ object) => [...things().entries()].find(([, thing]) => thing === object)?.[0];
  const { serve } = await connect(t, { baggage, describe, revive: () => undefined });
  const served = await serve(
    Far('served', {
      keep: thing => void things().set('peer', thing),
      list: () => [1n, Far('new', {}), 'two', Far('other', {}), listWith(() => things().has('peer') && [...things().keys()], ['end'])],
    }),
  );
  await E(served).keep(Far('mine', {}));
  const [one, , two, , inner] = await E(served).list();
  assert.deepEqual([one, two, inner], [1n, 'two', [['peer'], 'end']]);
});

test('objects are registered while a list is written, under swissnums that make the buffer grow', async t => {
  const { client, serve } = await connect(t, {});
  const integers = Array.from({ length: 300 }, (_, i) => BigInt(i) + 0x77665544_00000000n);
  const list = () =>
    listWith(() => {
      client.registerSturdyRef(new Uint8Array(LONGEST).fill(65), Far('registered', {}));
      return 1n;
    }, integers);
  const served = await serve(Far('served', { list }));
  assert.deepEqual(await E(served).list(), [1n, ...integers]);
});

test('what describing an object copies has nothing to do with the messages before it', async t => {
  const descriptions = new WeakMap();
  let next = 1000n;
  const makeDescribed = () => {
    const object = Far('object', {});
    descriptions.set(object, (next += 1n));
    return object;
  };
  const describe = (/** @type {object} */ object) => descriptions.get(object);
  const { serve } = await connect(t, { describe, revive: () => undefined });
  const served = await serve(
    Far('served', {
      list: () => Array.from({ length: 100 }, makeDescribed),
      big: () => 'x'.repeat(3_000_000),
    }),
  );
  await E(served).list();
  const before = await countCopied(() => E(served).list());
  await E(served).big();
  const after = await countCopied(() => E(served).list());
  assert.ok(after < before + 1000, `${after} bytes after a large message, ${before} before it`);
  assert.ok(after < 100_000, `${after} bytes for a hundred objects`);
});

test('what looking for a swissnum copies has nothing to do with the ones before it', async t => {
  const { boot } = await connect(t, { revive: () => undefined });
  const look = async () => {
    for (let i = 0; i < 20; i += 1) {
      await assert.rejects(E(boot).fetch(encodeSwissnum(`nothing ${i}`)), /Unknown swissnum/);
    }
  };
  await look();
  const before = await countCopied(look);
  await assert.rejects(E(boot).fetch(swissnumFromBytes(new Uint8Array(3_000_000))), /Unknown swissnum/);
  const after = await countCopied(look);
  assert.ok(after < before + 1000, `${after} bytes after one of 3 MB, ${before} before it`);
});

test('a swissnum that nothing can be registered under is an unknown one', async t => {
  const { client, boot } = await connect(t, { revive: () => assert.fail('there is nothing to make') });
  const longest = new Uint8Array(LONGEST).fill(200);
  const object = Far('object', {});
  client.registerSturdyRef(longest, object);
  assert.equal(await E(boot).fetch(swissnumFromBytes(longest)), await E(boot).fetch(swissnumFromBytes(longest)));
  const longer = new Uint8Array(LONGEST + 1).fill(200);
  assert.throws(() => client.registerSturdyRef(longer, object), { code: 'API_MISUSE', message: /at most 4096 bytes, not 4097/ });
  assert.throws(() => client.registerSturdyRef('s'.repeat(LONGEST + 1), object), { code: 'API_MISUSE' });
  await assert.rejects(E(boot).fetch(swissnumFromBytes(longer)), /Unknown swissnum/);
});
