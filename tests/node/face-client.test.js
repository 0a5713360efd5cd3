// @ts-check

import { makeFakeClient, settled } from './fixtures/fake-client.js';
import { word } from './fixtures/fake-core.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far, passStyleOf } from '@endo/pass-style';

import { makeClient, makeDurableClient } from '../../js/client.js';
import { encodeSwissnum } from '../../js/swissnum.js';

const SETTLED = 7;
const FAILED = 8;

/** @param {string} text @returns {number[]} the words of a short text on an outgoing tape */
const text = text => {
  const padded = new Uint8Array((text.length + 3) & ~3);
  new TextEncoder().encodeInto(text, padded);
  return [text.length, ...new Uint32Array(padded.buffer)];
};

test('tryResumeSession requires an explicit baggage', () => {
  assert.throws(() => makeClient({ tryResumeSession: true }), /requires an explicitly provided baggage/);
  assert.throws(() => makeClient({ tryResumeSession: true, baggage: undefined }), { code: 'API_MISUSE' });
  assert.throws(
    () => makeClient(Object.create({ baggage: new Map() }, { tryResumeSession: { value: true, enumerable: true } })),
    { code: 'API_MISUSE' },
  );
  assert.throws(() => makeDurableClient(), /requires explicit baggage/);
});

test('a call goes out as a list that begins with the method, and its answer settles the promise', async () => {
  /** @type {number[]} */
  let tape = [];
  const { provide, happen, calls } = await makeFakeClient({
    script: {
      call: (/** @type {any} */ fake, /** @type {number} */ _now, /** @type {number} */ _target, /** @type {number} */ length) => {
        tape = fake.tape(length);
        return 201;
      },
    },
  });
  const session = await provide();
  const bootstrap = session.getBootstrap();
  assert.equal(passStyleOf(bootstrap), 'remotable');
  assert.equal(session.getBootstrap(), bootstrap);
  const result = E(bootstrap).add(1n, 'b');
  await settled();
  assert.deepEqual(tape, [11, 3, 9, ...text('add'), 5, 1, 0, 8, ...text('b')]);
  assert.equal(calls('call')[0]?.[2], 101);
  happen(fake => fake.emit(SETTLED, 201, 1, 2, ...word.int(42)));
  assert.equal(await result, 42n);
});

test('calls on an unsettled answer are pipelined, and it passes as itself', async () => {
  /** @type {any[]} */
  const seen = [];
  let next = 201;
  const { provide, happen } = await makeFakeClient({
    script: {
      call: (/** @type {any} */ fake, /** @type {number} */ _now, /** @type {number} */ target, /** @type {number} */ length, /** @type {number} */ flags) => {
        seen.push([target, flags, fake.tape(length).slice(-2)]);
        next += 2;
        return flags === 0 ? 0 : next - 2;
      },
    },
  });
  const { getBootstrap } = await provide();
  const first = E(getBootstrap()).one();
  const second = E(first).two();
  const third = E(getBootstrap()).three(first);
  await settled();
  E.sendOnly(second).four(second);
  await settled();
  assert.deepEqual(
    seen.map(([target, flags]) => [target, flags]),
    [[101, 1], [201, 1], [101, 1], [203, 0]],
  );
  assert.ok(seen.some(([, , end]) => end[0] === 15 && end[1] === 201));
  happen(fake => {
    fake.emit(FAILED, 201, 1);
    fake.emit(FAILED, 203, 1);
    fake.emit(FAILED, 205, 3);
  });
  await assert.rejects(first, { code: 'MAY_HAVE_RUN' });
  await Promise.allSettled([second, third]);
});

test('a refused call rejects that call alone', async () => {
  const { provide } = await makeFakeClient({
    script: {
      call: (/** @type {any} */ fake) => {
        fake.fail(3);
        return 0;
      },
    },
  });
  const { getBootstrap } = await provide();
  await assert.rejects(E(getBootstrap()).one(), { code: 'SESSION_SEVERED' });
  await assert.rejects(E(getBootstrap()).one(() => {}), { code: 'NOT_PASSABLE' });
  await assert.rejects(E(getBootstrap())[Symbol.for('x')](), /Property must be a string, got symbol/);
});

test('E.get goes out as get, or as index for a position', async () => {
  let next = 301;
  const { provide, calls } = await makeFakeClient({
    script: { get: () => (next += 2), index: () => (next += 2) },
  });
  const { getBootstrap } = await provide();
  for (const name of ['field', '0', '10', '01', '-1']) E.get(getBootstrap())[name];
  await assert.rejects(E.get(getBootstrap())[/** @type {any} */ (Symbol.iterator)], /Property must be a string, got symbol/);
  await settled();
  assert.deepEqual(calls('index').map(call => call[3]), [0, 10]);
  assert.equal(calls('get').length, 3);
});

test('a peer calls methods of an object, one turn each and in order', async () => {
  /** @type {any[]} */
  const log = [];
  const { client, happen, calls, core } = await makeFakeClient({
    script: {
      settle: (/** @type {any} */ fake, /** @type {number} */ _now, /** @type {number} */ id, /** @type {number} */ fulfilled, /** @type {number} */ length) => {
        log.push([id, fulfilled, fake.tape(length)]);
      },
    },
  });
  const object = Far('object', {
    now: (/** @type {any} */ value) => value,
    later: async (/** @type {any} */ value) => value,
    fail: () => {
      throw Error('secret');
    },
    bad: () => new Map(),
  });
  client.registerSturdyRef('object', object);
  assert.ok(core);
  // The object becomes known by a handle when it is an answer.
  happen(fake => fake.deliver({ target: 0, wait: 1 }, fake.symbol('fetch'), [10, ...fake.input('object', 64)]));
  await settled();
  assert.deepEqual(log, [[1, 1, [15, 4]]]);
  log.length = 0;
  happen(fake => {
    fake.deliver({ target: 4, wait: 1 }, fake.symbol('later'), word.int(1));
    fake.deliver({ target: 4, wait: 2 }, fake.symbol('now', 16), word.int(2));
    fake.deliver({ target: 4, wait: 3 }, fake.symbol('fail', 32));
    fake.deliver({ target: 4, wait: 4 }, fake.symbol('nothing', 48));
    fake.deliver({ target: 4, wait: 5 }, fake.symbol('toString', 64));
    fake.deliver({ target: 4, wait: 6 }, fake.symbol('bad', 80));
    fake.deliver({ broken: 5, wait: 7 }, fake.symbol('now', 16));
  });
  assert.equal(log.length, 0);
  await settled();
  const byId = new Map(log.map(([id, ...rest]) => [id, rest]));
  assert.deepEqual(byId.get(1), [1, [5, 1, 0]]);
  assert.deepEqual(byId.get(2), [1, [5, 2, 0]]);
  assert.deepEqual(byId.get(3), [0, [14, ...text('secret')]]);
  assert.deepEqual(byId.get(4), byId.get(5));
  assert.deepEqual(byId.get(4), [0, [14, ...text('OCapN: The target has no such method.')]]);
  assert.match(new TextDecoder().decode(new Uint32Array(/** @type {any} */ (byId.get(6))[1].slice(2))), /^NOT_PASSABLE/);
  assert.match(new TextDecoder().decode(new Uint32Array(/** @type {any} */ (byId.get(7))[1].slice(2))), /^LOST: It was lost\./);
  assert.equal(calls('settle').length, 8);
});

test('messages to an answer wait for it, and none overtakes', async () => {
  /** @type {any[]} */
  const order = [];
  /** @type {(value: unknown) => void} */
  let resolve = () => {};
  const target = Far('target', { hit: (/** @type {bigint} */ n) => order.push(n) });
  const source = Far('source', {
    get: () => new Promise(done => (resolve = done)),
    self: () => target,
  });
  const { client, happen } = await makeFakeClient();
  client.registerSturdyRef('source', source);
  happen(fake => fake.deliver({ target: 0, wait: 1 }, fake.symbol('fetch'), [10, ...fake.input('source', 64)]));
  await settled();
  happen(fake => {
    // The answer is named by handle 50, and messages to it are in the same batch.
    fake.deliver({ target: 4, answer: 50, wait: 2 }, fake.symbol('get'));
    fake.deliver({ target: 50, wait: 3 }, fake.symbol('hit', 16), word.int(1));
    fake.deliver({ target: 50, wait: 4 }, fake.symbol('hit', 16), word.int(2));
  });
  await settled();
  assert.deepEqual(order, []);
  resolve(target);
  await settled();
  happen(fake => fake.deliver({ target: 50, wait: 5 }, fake.symbol('hit', 16), word.int(3)));
  await settled();
  assert.deepEqual(order, [1n, 2n, 3n]);
  happen(fake => fake.emit(9, 50));
  happen(fake => fake.deliver({ target: 50, wait: 6 }, fake.symbol('hit', 16), word.int(4)));
  await settled();
  assert.deepEqual(order, [1n, 2n, 3n]);
});

test('parts of values: fields, items, payloads', async () => {
  /** @type {any[]} */
  const log = [];
  const { client, happen } = await makeFakeClient({
    script: {
      settle: (/** @type {any} */ fake, /** @type {number} */ _now, /** @type {number} */ id, /** @type {number} */ fulfilled, /** @type {number} */ length) => {
        const tape = fake.tape(length);
        log.push([id, fulfilled, tape[0] === 14 ? new TextDecoder().decode(new Uint32Array(tape.slice(2))).slice(0, tape[1]) : tape]);
      },
    },
  });
  client.registerSturdyRef('x', Far('x', { record: () => ({ a: 1n, toString: 2n }), list: () => [7n] }));
  happen(fake => fake.deliver({ target: 0, wait: 1 }, fake.symbol('fetch'), [10, ...fake.input('x', 64)]));
  await settled();
  log.length = 0;
  happen(fake => {
    fake.deliver({ target: 4, answer: 60 }, fake.symbol('record'));
    fake.deliver({ target: 4, answer: 62 }, fake.symbol('list', 16));
    fake.message(11, { target: 60, wait: 1 }, ...fake.input('a', 32));
    fake.message(11, { target: 60, wait: 2 }, ...fake.input('valueOf', 36));
    fake.message(12, { target: 62, wait: 3 }, 0);
    fake.message(12, { target: 62, wait: 4 }, 10);
    fake.message(12, { target: 60, wait: 5 }, 0);
    fake.message(13, { target: 60, wait: 6 }, ...fake.input('tag', 48));
    fake.message(11, { target: 4, wait: 7 }, ...fake.input('a', 32));
    fake.message(10, { target: 62, wait: 8 });
  });
  await settled();
  log.sort(([a], [b]) => a - b);
  assert.deepEqual(log, [
    [1, 1, [5, 1, 0]],
    [2, 0, "Field 'valueOf' not found on record"],
    [3, 1, [5, 7, 0]],
    [4, 0, 'Index 10 out of bounds for array of length 1'],
    [5, 0, 'OCapN: Cannot index into values with pass-style copyRecord'],
    [6, 0, 'OCapN: Cannot untag values with pass-style copyRecord'],
    [7, 0, 'OCapN: Cannot get fields from values with pass-style remotable'],
    [8, 1, [11, 1, 5, 7, 0]],
  ]);
});

test('a remote object is one presence, and an imported promise is listened to once', async () => {
  /** @type {any[]} */
  const got = [];
  const { client, happen, calls } = await makeFakeClient();
  client.registerSturdyRef('x', Far('x', { take: (/** @type {any[]} */ ...args) => void got.push(...args) }));
  happen(fake => fake.deliver({ target: 0, wait: 1 }, fake.symbol('fetch'), [10, ...fake.input('x', 64)]));
  await settled();
  happen(fake =>
    fake.deliver({ target: 4 }, fake.symbol('take'), word.remote(11), word.remote(11), word.promise(13), word.promise(13), word.local(4), word.broken(5)),
  );
  await settled();
  const [one, same, promise, again, own, broken] = got;
  assert.equal(one, same);
  assert.equal(promise, again);
  assert.ok(promise instanceof Promise);
  assert.equal(passStyleOf(own), 'remotable');
  await assert.rejects(broken, { code: 'LOST' });
  assert.deepEqual(calls('listen').map(call => call[2]), [13]);
  happen(fake => fake.emit(SETTLED, 13, 1, 3, ...word.remote(11)));
  assert.equal(await promise, one);
});

test('a fetch of what is not registered does not repeat the swissnum', async () => {
  /** @type {string[]} */
  const errors = [];
  const { happen } = await makeFakeClient({
    script: {
      settle: (/** @type {any} */ fake, /** @type {number} */ _now, /** @type {number} */ _id, /** @type {number} */ fulfilled, /** @type {number} */ length) => {
        assert.equal(fulfilled, 0);
        errors.push(new TextDecoder().decode(new Uint32Array(fake.tape(length).slice(2))));
      },
    },
  });
  happen(fake => {
    fake.deliver({ target: 0, wait: 1 }, fake.symbol('fetch'), [10, ...fake.input('guess', 64)]);
    fake.deliver({ target: 0, wait: 2 }, fake.symbol('deposit-gift', 16));
  });
  await settled();
  assert.match(String(errors[0]), /Unknown swissnum/);
  assert.doesNotMatch(String(errors[0]), /guess/);
  assert.match(String(errors[1]), /Gift must be remotable/);
});

test('a swissnum table of the application is used, and may refuse', async () => {
  const table = new Map();
  const { client } = await makeFakeClient({ client: { swissnumTable: table } });
  const object = Far('object', {});
  client.registerSturdyRef('a', object);
  assert.equal(table.get('a'), object);
  const refusing = {
    get: () => undefined,
    set: () => {
      throw Error('only durable objects');
    },
  };
  const { client: other } = await makeFakeClient({ client: { swissnumTable: refusing } });
  assert.throws(() => other.registerSturdyRef('a', object), /only durable objects/);
});

test('a sturdyref of our own location is found without a session', async () => {
  const { client, netlayer, calls } = await makeFakeClient();
  const object = Far('object', {});
  client.registerSturdyRef('a', object);
  assert.equal(await client.enlivenSturdyRef(client.makeSturdyRef(netlayer.location, encodeSwissnum('a'))), object);
  await assert.rejects(client.enlivenSturdyRef(client.makeSturdyRef(netlayer.location, encodeSwissnum('b'))), /Unknown swissnum/);
  await assert.rejects(client.enlivenSturdyRef(/** @type {any} */ ({})), { code: 'API_MISUSE' });
  assert.equal(calls('provide_session').length, 0);
});

test('what is sent is copied when the core is entered before it goes out', async () => {
  const { client, happen, sent, core } = await makeFakeClient({
    script: {
      flush: (/** @type {any} */ fake) => {
        fake.text('overwritten');
      },
    },
  });
  // The observer enters the core between the two messages.
  client.subscribe(() => core.calls.push(['observed']));
  client.subscribe(() => client.provideSession({ type: 'ocapn-peer', transport: 'fake', designator: 'z', hints: {} }).catch(() => {}));
  happen(fake => {
    fake.emit(1, 1, ...fake.text('first'));
    fake.emit(16, 1, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1);
    fake.emit(1, 1, ...fake.text('second'));
  });
  assert.deepEqual(sent.map(bytes => new TextDecoder().decode(bytes)), ['first', 'second']);
});

test('a session event tells what became of it', async () => {
  /** @type {any[]} */
  const events = [];
  const { client, happen, provide } = await makeFakeClient({ client: { onSessionEvent: event => events.push(event) } });
  const session = await provide();
  const stop = client.subscribe(event => events.push(event.type));
  happen(fake => fake.emit(16, 1, 3, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1));
  stop();
  assert.equal(session.status(), 'suspended');
  happen(fake => fake.emit(16, 1, 4, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1));
  assert.equal(session.status(), 'severed');
  assert.equal(events.length, 3);
  assert.equal(events[0].type, 'suspended');
  assert.equal(events[0].code, 'MAY_HAVE_RUN');
  assert.equal(events[0].location.designator, 'peer');
  assert.equal(events[0].sessionId, `01${'0'.repeat(62)}`);
  assert.equal(events[1], 'suspended');
});

test('nothing enters the core while it reads the store', async () => {
  let tried = 0;
  const { provide } = await makeFakeClient({
    script: {
      bootstrap: () => {
        tried += 1;
        assert.throws(() => session.getBootstrap(), { code: 'BAGGAGE_REENTRANT' });
        return 101;
      },
    },
  });
  const session = await provide();
  session.getBootstrap();
  assert.equal(tried, 1);
});

test('a trap ends every client of the module', async () => {
  const { client, provide, module, reports, socket } = await makeFakeClient({
    script: {
      call: () => {
        throw new WebAssembly.RuntimeError('unreachable');
      },
    },
  });
  const session = await provide();
  const bootstrap = session.getBootstrap();
  const pending = client.provideSession({ type: 'ocapn-peer', transport: 'fake', designator: 'z', hints: {} });
  pending.catch(() => {});
  await assert.rejects(E(bootstrap).boom(), { code: 'INTERNAL_ERROR' });
  await assert.rejects(pending, { code: 'INTERNAL_ERROR' });
  await assert.rejects(E(bootstrap).again(), { code: 'INTERNAL_ERROR' });
  await assert.rejects(client.provideSession({ type: 'ocapn-peer', transport: 'fake', designator: 'y', hints: {} }), { code: 'INTERNAL_ERROR' });
  assert.equal(session.status(), 'severed');
  assert.ok(socket.isEnded());
  assert.equal(reports.length, 1);
  const before = module.cores[0].calls.length;
  await client.shutdown();
  assert.equal(module.cores[0].calls.length, before);
});

test('unknown or broken outputs end the module', async () => {
  for (const words of [[99], [9], [14, 1]]) {
    const { client, happen, reports } = await makeFakeClient();
    happen(fake => fake.emit(...words));
    await assert.rejects(client.provideSession({ type: 'ocapn-peer', transport: 'fake', designator: 'y', hints: {} }), { code: 'INTERNAL_ERROR' });
    assert.equal(reports.length, 1);
  }
});

test('a client takes clock and randomness from its host', async () => {
  const seed = new Uint8Array(32).fill(7);
  const { core, provide, calls } = await makeFakeClient({ client: { now: () => 12345, random: length => seed.subarray(0, length) } });
  await provide();
  assert.deepEqual(core.seed, seed);
  assert.equal(calls('provide_session')[0]?.[1], 12345);
  assert.throws(() => makeClient({ random: () => new Uint8Array(3) }), { code: 'API_MISUSE' });
  assert.throws(() => makeClient({ describe: /** @type {any} */ ('x') }), /describe is not a function/);
});
