// @ts-check

import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { startPeer } from '../support/process.js';
import { makeProxy } from '../support/proxy.js';
import { frame } from '../support/raw-line.js';
import { outcome, until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/** @import { Peer } from '../support/peer.js' */

/** A baggage that can be told to fail. */
const makeFailingBaggage = () => {
  const map = new Map();
  const state = { set: false, commit: false };
  const baggage = {
    has: (/** @type {string} */ key) => map.has(key),
    get: (/** @type {string} */ key) => map.get(key),
    set: (/** @type {string} */ key, /** @type {Uint8Array} */ value) => {
      if (state.set) throw Error('disk full');
      map.set(key, value);
    },
    delete: (/** @type {string} */ key) => map.delete(key),
    keys: () => map.keys(),
    commit: async () => {
      if (state.commit) throw Error('disk gone');
    },
  };
  return { baggage, state };
};

/**
 * @typedef {object} World
 * @property {Peer} a who waits
 * @property {Peer} b whom it waits for
 * @property {Awaited<ReturnType<typeof makeProxy>>} proxy between them
 * @property {any} waiter of B's
 * @property {{ set: boolean, commit: boolean }} store of A's
 */

/**
 * The ways in which a session can end, what A's promises are rejected with, and what a call after that is.
 *
 * @type {Array<{ name: string, end: (world: World) => unknown, pending: RegExp, later: RegExp, durable?: boolean, times?: object }>}
 */
const ends = [
  {
    name: 'the peer sends junk',
    end: ({ proxy }) => proxy.pairs[0]?.dialler.write(frame(randomBytes(50))),
    pending: /^MAY_HAVE_RUN$/,
    later: /^MALFORMED_MESSAGE$/,
  },
  {
    name: 'we send junk, and the peer aborts',
    end: ({ proxy }) => proxy.pairs[0]?.acceptor.write(frame(randomBytes(50))),
    pending: /^MAY_HAVE_RUN$/,
    later: /^PEER_ABORTED$/,
  },
  {
    name: 'the peer sends what is no frame',
    end: ({ proxy }) => proxy.pairs[0]?.dialler.write('no frame'),
    pending: /^MAY_HAVE_RUN$/,
    later: /^SESSION_SEVERED$/,
  },
  {
    name: 'the peer names what it never got',
    end: ({ proxy }) => proxy.pairs[0]?.dialler.write(frame(Buffer.from("<10'op:deliver<11'desc:export77777+>[]ff>"))),
    pending: /^MAY_HAVE_RUN$/,
    later: /^UNKNOWN_SLOT$/,
  },
  {
    name: 'we abort',
    end: async ({ a, b }) => (await a.client.provideSession(b.location)).abort('enough'),
    pending: /^MAY_HAVE_RUN$/,
    later: /^ABORTED_LOCALLY$/,
  },
  {
    name: 'the peer aborts',
    end: async ({ a, b }) => (await b.client.provideSession(a.location)).abort('enough'),
    pending: /^MAY_HAVE_RUN$/,
    later: /^PEER_ABORTED$/,
  },
  {
    name: 'the connection closes',
    end: ({ proxy }) => proxy.cutAll(),
    pending: /^MAY_HAVE_RUN$/,
    later: /^SESSION_SEVERED$/,
  },
  {
    name: 'the connection is reset',
    end: ({ proxy }) => proxy.pairs[0]?.dialler.resetAndDestroy(),
    pending: /^MAY_HAVE_RUN$/,
    later: /^SESSION_SEVERED$/,
  },
  {
    name: 'the peer falls silent',
    end: ({ proxy }) => {
      /** @type {any} */ (proxy.pairs[0]).isSwallowing = true;
    },
    times: { idle: 300, probe: 300 },
    pending: /^MAY_HAVE_RUN$/,
    later: /^SESSION_SEVERED$/,
  },
  {
    name: 'we shut down',
    end: ({ a }) => a.client.shutdown(),
    pending: /^(SHUT_DOWN|MAY_HAVE_RUN)$/,
    later: /^SHUT_DOWN$/,
  },
  {
    name: 'the peer shuts down',
    end: ({ b }) => b.client.shutdown(),
    pending: /^MAY_HAVE_RUN$/,
    later: /^SESSION_SEVERED$/,
  },
  {
    name: 'the store refuses a write',
    durable: true,
    end: ({ a, store }) => {
      store.set = true;
      assert.throws(() => a.client.registerSturdyRef('x', Far('x', {})), { code: 'STORE_FAILED' });
    },
    pending: /^(STORE_FAILED|MAY_HAVE_RUN)$/,
    later: /^STORE_FAILED$/,
  },
  {
    name: 'a commit of the store fails',
    durable: true,
    end: ({ a, store }) => {
      store.commit = true;
      a.client.registerSturdyRef('x', Far('x', {}));
    },
    pending: /^(STORE_FAILED|MAY_HAVE_RUN)$/,
    later: /^STORE_FAILED$/,
  },
  {
    name: 'the connection closes, and the session waits for another until it expires',
    durable: true,
    times: { queue: 400, expiry: 600 },
    end: async ({ b }) => b.client.shutdown(),
    pending: /^(MAY_HAVE_RUN|EXPIRED)$/,
    later: /^(EXPIRED|DID_NOT_RUN|QUEUE_TIMEOUT)$/,
  },
];

for (const { name, end, pending, later, times, durable = false } of ends) {
  test(`every promise settles with a code when ${name}`, async t => {
    const { baggage, state: store } = makeFailingBaggage();
    const b = await makeTestPeer(t, durable ? { baggage: new Map() } : {});
    registerObjects(b, makeThings());
    const proxy = await makeProxy({ port: () => Number(Object(b.location.hints).port) });
    t.after(() => proxy.close());
    const a = await makeTestPeer(t, { ...(durable ? { baggage } : {}), via: () => proxy.port, client: { times } });
    const waiter = await enliven(a, b.location, 'waiter');

    const { promise: imported } = await E(waiter).promise();
    const answer = E(waiter).never();
    /** @type {Record<string, Promise<any>>} */
    const promises = {
      call: answer,
      'pipelined call': E(answer).next(),
      'twice pipelined call': E(E(answer).next()).next(),
      'field of an answer': E.get(answer).field,
      'item of an answer': E.get(answer)[3],
      'imported promise': imported,
      'call on an imported promise': E(imported).next(),
      'call with a promise in it': E(waiter).never(answer),
    };
    const outcomes = Object.entries(promises).map(async ([what, promise]) => [what, await outcome(promise, what)]);
    // All of these have left.
    await until(() => b.inspect().sessions[0]?.answers >= 7, 'the calls arrive');
    await end({ a, b, proxy, waiter, store });
    const settled = Object.fromEntries(await Promise.all(outcomes));
    for (const [what, { error, code }] of Object.entries(settled)) {
      assert.ok(error instanceof Error, what);
      const isImported = what === 'imported promise';
      assert.match(String(code), isImported ? new RegExp(`${pending.source}|${later.source}`) : pending, what);
    }
    const { code } = await outcome(E(waiter).never(), 'a later call');
    assert.match(String(code), later);
    assert.match(String((await outcome(E(E(waiter).never()).next())).code), later);
    assert.equal(a.inspect().sessions.length === 0 || a.inspect().sessions[0].questions === 0, true);
  });
}

test('every promise settles when the process of the peer is killed, or of whoever it waits for', async t => {
  const b = await startPeer(t, {});
  const a = await makeTestPeer(t);
  const waiter = await enliven(a, b.location, 'waiter');
  const promises = [E(waiter).never(), E(E(waiter).never()).next(), E(waiter).later(1, 60_000)];
  await until(async () => (await b.do('inspect')).sessions[0].answers >= 4, 'the calls arrive');
  const outcomes = promises.map(promise => outcome(promise));
  await b.kill();
  for (const { code } of await Promise.all(outcomes)) assert.equal(code, 'MAY_HAVE_RUN');
  assert.equal((await outcome(E(waiter).never())).code, 'SESSION_SEVERED');
});

test('whoever asks for a session is told, when the client shuts down or the handshake takes too long', async t => {
  const a = await makeTestPeer(t, { client: { times: { handshake: 600 } } });
  const proxy = await makeProxy({ port: () => Number(Object(a.location.hints).port), judge: () => 'swallow' });
  t.after(() => proxy.close());
  const nobody = { .../** @type {any} */ (a.location), designator: 'nobody', hints: { host: '127.0.0.1', port: String(proxy.port) } };
  assert.equal((await outcome(a.client.provideSession(nobody))).code, 'HANDSHAKE_TIMEOUT');
  const waiting = [a.client.provideSession(nobody), enliven(a, nobody, 'x'), a.client.provideSession(nobody)].map(promise => outcome(promise));
  await a.client.shutdown();
  for (const { code } of await Promise.all(waiting)) assert.equal(code, 'SHUT_DOWN');
  assert.equal((await outcome(a.client.provideSession(nobody))).code, 'SHUT_DOWN');
});

test('calls that wait for a suspended session settle: in time, when too many wait, at an abort, at a shutdown', async t => {
  const times = { queue: 300 };
  for (const how of ['time', 'abort', 'shutdown']) {
    const a = await makeTestPeer(t, { baggage: new Map(), client: { times, limits: { queuedBytes: 10_000 } } });
    const b = await makeTestPeer(t, { baggage: new Map() });
    registerObjects(b, makeThings());
    const waiter = await enliven(a, b.location, 'waiter');
    const session = await a.client.provideSession(b.location);
    await b.shutdown();
    await a.events.waitFor(({ type }) => type === 'suspended', 'the cut');
    const waiting = [E(waiter).never(), E(E(waiter).never()).next(), E.get(E(waiter).never()).x];
    const outcomes = waiting.map(promise => outcome(promise));
    assert.equal((await outcome(E(waiter).never('x'.repeat(20_000)))).code, 'QUEUE_FULL');
    if (how === 'abort') session.abort();
    if (how === 'shutdown') await a.client.shutdown();
    const expected = { time: 'QUEUE_TIMEOUT', abort: 'ABORTED_LOCALLY', shutdown: 'SHUT_DOWN' }[how];
    for (const { code } of await Promise.all(outcomes)) assert.equal(code, expected);
  }
});
