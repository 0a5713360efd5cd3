// @ts-check

import { decodeSwissnum, encodeSwissnum, swissnumFromBytes } from '../../js/index.js';
import { makePair, makePeer, pause, until } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E, HandledPromise } from '@endo/eventual-send';
import { Far, makeTagged } from '@endo/pass-style';

/**
 * A pair, and what the first has of an object of the second.
 *
 * @param {any} object
 * @param {Parameters<typeof makePair>[0]} [options]
 */
const holding = async (object, options) => {
  const pair = await makePair(options);
  pair.b.client.registerSturdyRef('object', object);
  const session = await pair.a.client.provideSession(pair.b.location);
  const bootstrap = session.getBootstrap();
  const remote = await E(bootstrap).fetch(encodeSwissnum('object'));
  return { ...pair, session, bootstrap, remote };
};

test('a fetched function is called', async () => {
  const { remote, bootstrap, shutdown } = await holding(Far('sayHello', (/** @type {string} */ name) => `Hello ${name}`));
  assert.equal(await E(remote)('Wuurl'), 'Hello Wuurl');
  const pipelined = E(bootstrap).fetch(encodeSwissnum('object'));
  assert.equal(await E(pipelined)('💧'), 'Hello 💧');
  await shutdown();
});

test('values cross as they are', async () => {
  const { remote, shutdown } = await holding(Far('echo', { echo: (/** @type {any} */ value) => value }));
  const values = [
    undefined, null, true, 0, -1.5, NaN, Infinity, 1n, -(2n ** 70n), 'text 😀', Symbol.for('name'),
    [1, [2n]], { a: 1, b: { c: [] } }, swissnumFromBytes(new Uint8Array([1, 2])), makeTagged('tag', { x: 1n }),
  ];
  for (const value of values) {
    assert.deepEqual(await E(remote).echo(value), value);
  }
  const odd = JSON.parse('{"__proto__": 1, "constructor": 2}');
  const back = await E(remote).echo(odd);
  assert.deepEqual(Object.entries(back).sort(), Object.entries(odd).sort());
  assert.equal(Object.getPrototypeOf(back), Object.prototype);
  const error = await E(remote).echo(TypeError('wrong'));
  assert.ok(error instanceof Error);
  assert.equal(error.message, 'wrong');
  await shutdown();
});

test('references keep their identity in both directions', async () => {
  /** @type {any[]} */
  const seen = [];
  const { remote, bootstrap, shutdown } = await holding(
    Far('keeper', { put: (/** @type {any} */ value) => void seen.push(value), get: () => seen[0], self: (/** @type {any} */ x) => x }),
  );
  const mine = Far('mine', { hello: () => 'hello from a' });
  await E(remote).put(mine);
  await E(remote).put(mine);
  assert.equal(seen[0], seen[1]);
  assert.equal(await E(remote).get(), mine);
  assert.equal(await E(remote).self(remote), remote);
  assert.equal(await E(bootstrap).fetch(encodeSwissnum('object')), remote);
  assert.equal(await E(seen[0]).hello(), 'hello from a');
  await shutdown();
});

test('a throwing method rejects its call alone', async () => {
  const { remote, shutdown } = await holding(
    Far('object', {
      fail: () => {
        throw Error('on purpose');
      },
      later: async () => Promise.reject(Error('later')),
      ok: () => 'ok',
    }),
  );
  await assert.rejects(E(remote).fail(), { message: 'on purpose' });
  await assert.rejects(E(remote).later(), { message: 'later' });
  await assert.rejects(E(remote).missing(), error => {
    assert.doesNotMatch(String(error), /later|ok/);
    return true;
  });
  await assert.rejects(E(remote).toString(), /no such method/);
  assert.equal(await E(remote).ok(), 'ok');
  await shutdown();
});

test('promises as arguments and results', async () => {
  const { remote, shutdown } = await holding(
    Far('object', {
      wait: async (/** @type {Promise<any>} */ promise) => (await promise) + 1,
      give: () => [Promise.resolve('now'), new Promise(resolve => setTimeout(resolve, 5, 'later')), Promise.reject(Error('never'))],
      same: (/** @type {any} */ promise) => promise,
    }),
  );
  assert.equal(await E(remote).wait(new Promise(resolve => setTimeout(resolve, 5, 1))), 2);
  await assert.rejects(E(remote).wait(Promise.reject(Error('broken'))), { message: 'broken' });
  const [now, later, never] = await E(remote).give();
  assert.equal(await now, 'now');
  assert.equal(await later, 'later');
  await assert.rejects(never, { message: 'never' });
  const question = E(remote).same(5);
  assert.equal(await E(remote).wait(question), 6);
  await shutdown();
});

test('pipelining on a promise that resolves to our own object', async () => {
  const mine = Far('mine', { double: (/** @type {number} */ n) => 2 * n });
  const { remote, shutdown } = await holding(Far('object', { echo: (/** @type {any} */ value) => value, later: async (/** @type {any} */ value) => value }));
  assert.equal(await E(E(remote).echo(mine)).double(4), 8);
  assert.equal(await E(E(remote).later(mine)).double(5), 10);
  const answer = E(remote).echo(mine);
  assert.equal(await E(E(remote).echo(answer)).double(6), 12);
  await shutdown();
});

test('messages to one object stay in order', async () => {
  /** @type {any[]} */
  const log = [];
  const target = Far('target', { hit: (/** @type {any} */ n) => void log.push(n) });
  const { remote, shutdown } = await holding(Far('object', { get: async () => target, now: () => target }));
  const promise = E(remote).get();
  E(promise).hit(1);
  E(promise).hit(2);
  const now = await E(remote).now();
  await promise;
  E(promise).hit(3);
  await E(now).hit(4);
  assert.deepEqual(log, [1, 2, 3, 4]);
  await shutdown();
});

test('delivering to what is not callable rejects without a disconnect', async () => {
  const { remote, a, b, shutdown } = await holding(
    Far('object', { number: () => 5, sturdy: (/** @type {any} */ value) => value, ok: () => 'ok' }),
  );
  await assert.rejects(E(E(remote).number()).foo(), /pass-style number/);
  const sturdyRef = a.client.makeSturdyRef(b.location, encodeSwissnum('object'));
  await assert.rejects(E(E(remote).sturdy(sturdyRef)).foo(), /pass-style sturdyref/);
  assert.equal(await E(remote).ok(), 'ok');
  await shutdown();
});

test('a sturdyref passes as a value, and enlivens', async () => {
  const { remote, a, b, shutdown } = await holding(Far('object', { echo: (/** @type {any} */ value) => value }));
  const back = await E(remote).echo(a.client.makeSturdyRef(b.location, encodeSwissnum('object')));
  assert.equal(String(back), '[object ocapn-sturdyref]');
  assert.equal(await a.client.enlivenSturdyRef(back), remote);
  await assert.rejects(a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('other'))), error => {
    assert.doesNotMatch(String(error), /other/);
    return true;
  });
  await shutdown();
});

test('fields, items and payloads, of what is there and of what is not', async () => {
  const { remote, shutdown } = await holding(
    Far('object', { record: async () => ({ a: 1n, b: { c: [7, 8] } }), list: () => [1, 2], fail: async () => Promise.reject(Error('no')) }),
  );
  const record = E(remote).record();
  assert.equal(await E.get(record).a, 1n);
  assert.equal(await E.get(E.get(E.get(record).b).c)[1], 8);
  await assert.rejects(E.get(E(remote).record()).x, { message: "Field 'x' not found on record" });
  await assert.rejects(E.get(E(remote).list())[10], /Index 10 out of bounds/);
  await assert.rejects(E.get(E(remote).record())[0], /pass-style copyRecord/);
  await assert.rejects(E.get(E(remote).fail()).x, { message: 'no' });
  await shutdown();
});

test('what cannot be passed rejects the call, or breaks the answer', async () => {
  const { remote, shutdown } = await holding(
    Far('object', { bad: () => new Map(), fn: () => () => {}, symbol: async () => Symbol('own'), bytes: () => new Uint8Array(2), ok: () => 'ok' }),
  );
  await assert.rejects(E(remote).ok(() => {}), { code: 'NOT_PASSABLE' });
  await assert.rejects(E(remote).ok(Symbol('mine')), { code: 'NOT_PASSABLE' });
  for (const name of ['bad', 'fn', 'symbol', 'bytes']) {
    await assert.rejects(E(remote)[name](), /NOT_PASSABLE/, name);
  }
  assert.equal(await E(remote).ok(), 'ok');
  await shutdown();
});

test('send-only calls get no answer, and a failing one harms nobody', async () => {
  /** @type {any[]} */
  const log = [];
  const { remote, shutdown } = await holding(
    Far('object', {
      note: (/** @type {any} */ x) => void log.push(x),
      fail: () => {
        throw Error('nobody hears');
      },
    }),
  );
  assert.equal(E.sendOnly(remote).note(1), undefined);
  E.sendOnly(remote).fail();
  await E(remote).note(2);
  assert.deepEqual(log, [1, 2]);
  await shutdown();
});

test('a presence of one client passes through another', async () => {
  const { network, remote, a, shutdown } = await holding(Far('object', { add: (/** @type {number} */ x, /** @type {number} */ y) => x + y }));
  a.client.registerSturdyRef('passed on', remote);
  const c = await makePeer(network, 'c');
  const other = await makePeer(network, 'd');
  // The process of a: another client of its own, which knows nothing of the first one's peers.
  other.client.registerSturdyRef('passed on', remote);
  const session = await c.client.provideSession(other.location);
  const passed = await E(session.getBootstrap()).fetch(encodeSwissnum('passed on'));
  assert.equal(await E(passed).add(1, 2), 3);
  await Promise.all([c.client.shutdown(), other.client.shutdown()]);
  await shutdown();
});

test('two sessions at once become one', async () => {
  const { a, b, shutdown } = await makePair();
  const [one, two] = await Promise.all([a.client.provideSession(b.location), b.client.provideSession(a.location)]);
  assert.equal(one.sessionId, two.sessionId);
  assert.equal(await a.client.provideSession(b.location), one);
  await shutdown();
});

test('our own location is refused, and so is one that nobody serves', async () => {
  const { a, shutdown } = await makePair();
  await assert.rejects(a.client.provideSession(a.location), { code: 'SELF_CONNECT', message: 'Refusing to connect to self' });
  await assert.rejects(a.client.provideSession({ ...a.location, transport: 'pigeon' }), { code: 'NO_NETLAYER', message: /'pigeon'/ });
  await assert.rejects(a.client.provideSession({ ...a.location, designator: 'nobody' }), error => {
    assert.match(String(/** @type {any} */ (error).code), /CONNECTION_CLOSED|DIAL_FAILED/);
    return true;
  });
  await shutdown();
});

test('without tryResumeSession a cut rejects pending and later calls, and a new session can be made', async () => {
  const { network, remote, a, b, shutdown } = await holding(Far('object', { never: () => new Promise(() => {}), ok: () => 'ok' }));
  const pending = E(remote).never();
  await pause();
  network.cut('a', 'b');
  await assert.rejects(pending, { code: 'SESSION_SEVERED' }).catch(error => assert.match(String(error.actual?.code ?? error), /MAY_HAVE_RUN|SESSION_SEVERED/));
  await assert.rejects(E(remote).ok());
  assert.deepEqual(a.events.map(event => event.type), ['fresh', 'severed']);
  const again = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('object')));
  assert.notEqual(again, remote);
  assert.equal(await E(again).ok(), 'ok');
  await shutdown();
});

test('a wrong version of CapTP aborts, and a session can be made after', async () => {
  const { network, b, shutdown } = await makePair();
  const other = await makePeer(network, 'other', { captpVersion: 'BAD' });
  await assert.rejects(other.client.provideSession(b.location));
  const right = await makePeer(network, 'right');
  assert.equal((await right.client.provideSession(b.location)).status(), 'active');
  await Promise.all([other.client.shutdown(), right.client.shutdown(), shutdown()]);
});

test('abort ends a session for both, with the reason', async () => {
  const { session, remote, b, shutdown } = await holding(Far('object', { ok: () => 'ok' }));
  session.abort(Error('enough'));
  assert.equal(session.status(), 'severed');
  await assert.rejects(E(remote).ok(), { code: 'ABORTED_LOCALLY' });
  await until(() => b.events.some(event => event.type === 'severed'), 'the peer heard of it');
  assert.throws(() => session.getBootstrap(), { code: 'SESSION_SEVERED' });
  await shutdown();
});

test('authenticateSession may refuse, at once or later', async () => {
  for (const authenticateSession of [
    () => {
      throw Error('not you');
    },
    async () => false,
  ]) {
    const { a, b, shutdown } = await makePair({ b: { authenticateSession } });
    await assert.rejects(a.client.provideSession(b.location));
    await shutdown();
  }
  /** @type {any[]} */
  const asked = [];
  const { a, b, shutdown } = await makePair({ a: { authenticateSession: details => void asked.push(details) } });
  const session = await a.client.provideSession(b.location);
  assert.equal(asked[0].kind, 'start');
  assert.equal(asked[0].sessionId, session.sessionId);
  assert.equal(asked[0].peerLocation.designator, 'b');
  assert.equal(asked[0].peerPublicKey.byteLength, 32);
  await shutdown();
});

test('shutdown rejects what is pending, and everything after', async () => {
  const { remote, a, b, session, shutdown } = await holding(Far('object', { never: () => new Promise(() => {}) }));
  const pending = E(remote).never();
  await pause();
  await a.client.shutdown();
  await assert.rejects(pending, error => /SHUT_DOWN|MAY_HAVE_RUN/.test(String(/** @type {any} */ (error).code)));
  await assert.rejects(E(remote).never(), { code: 'SHUT_DOWN' });
  await assert.rejects(a.client.provideSession(b.location), { code: 'SHUT_DOWN' });
  assert.ok(session);
  await shutdown();
});

test('the swissnum of a fetch may be any bytes', async () => {
  const { a, b, shutdown } = await makePair();
  const swissNum = swissnumFromBytes(new Uint8Array([0, 128, 255]));
  b.client.registerSturdyRef(new Uint8Array([0, 128, 255]), Far('object', { ok: () => 'ok' }));
  const object = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, swissNum));
  assert.equal(await E(object).ok(), 'ok');
  assert.equal(decodeSwissnum(encodeSwissnum('x')), 'x');
  await shutdown();
});

test('HandledPromise of a remote object is the object', async () => {
  const { remote, shutdown } = await holding(Far('object', {}));
  assert.equal(await HandledPromise.resolve(remote), remote);
  await shutdown();
});
