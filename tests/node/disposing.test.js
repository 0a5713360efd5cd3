// @ts-check

/** `using` and `await using`: written out, since Node 20 does not read them. */

import { encodeSwissnum, makeClient, makeInMemoryBaggage } from '../../js/index.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

import { openStore } from '../../js/store.js';
import { requireWasm } from '../../js/wasm.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { makeHandlers } from './fixtures/netlayer-kit.js';
import { until } from './support/waiting.js';

const { memory } = requireWasm();

/**
 * @param {ReturnType<typeof makeMemoryNetwork>} network
 * @param {import('../../js/options.js').ClientOptions} [options]
 */
const makePeer = async (network, options = {}) => {
  const client = makeClient({ debugMode: true, ...options });
  const { location } = await client.registerNetlayer(handlers => network.makeNetLayer({ handlers }));
  return { client, location };
};

/** @param {import('../../js/options.js').ClientOptions} [options] of the one that is disposed of */
const makePair = async options => {
  const network = makeMemoryNetwork();
  const [a, b] = [await makePeer(network, options), await makePeer(network)];
  /** @type {() => void} */
  let arrived = () => {};
  const arrival = new Promise(resolve => {
    arrived = () => resolve(undefined);
  });
  const waiter = Far('waiter', { never: () => (arrived(), new Promise(() => {})), hear: () => 'heard' });
  b.client.registerSturdyRef('waiter', waiter);
  const remote = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('waiter')));
  return { network, a, b, remote, arrival };
};

test('dispose closes at once, settles what waits, and every later use says so', async () => {
  const { network, a, b, remote, arrival } = await makePair();
  const session = await a.client.provideSession(b.location);
  const pending = E(remote).never();
  await arrival;
  assert.equal(network.connections().length, 1);
  a.client[Symbol.dispose]();
  await assert.rejects(pending, { code: 'SHUT_DOWN' });
  assert.equal(network.connections().length, 0);
  const other = makeMemoryNetwork({ transport: 'other' });
  const later = [
    () => E(remote).hear('x'),
    // More than what may be written without asking.
    () => E(remote).hear('x'.repeat(1_000_000)),
    () => E(remote).hear(Far('new', {})),
    () => E.get(remote).field,
    () => a.client.provideSession(b.location),
    async () => session.getBootstrap(),
    () => a.client.registerNetlayer(handlers => other.makeNetLayer({ handlers, designator: 'late' })),
  ];
  for (const use of later) await assert.rejects(use, { code: 'SHUT_DOWN' }, String(use));
  // The netlayer that came too late was closed: its name is free.
  other.makeNetLayer({ handlers: makeHandlers().handlers, designator: 'late' });
  session.abort();
  a.client[Symbol.dispose]();
  await a.client.shutdown();
  assert.deepEqual(/** @type {any} */ (a.client)._debug.inspect().sessions, []);
  await b.client[Symbol.asyncDispose]();
});

test('asyncDispose is shutdown: what was written is stored', async () => {
  const baggage = makeInMemoryBaggage();
  let commits = 0;
  /** @type {() => void} */
  let finish = () => {};
  const slow = { ...baggage, commit: () => new Promise(resolve => { commits += 1; finish = () => resolve(undefined); }) };
  const client = makeClient({ baggage: slow });
  client.registerSturdyRef('object', Far('object', {}));
  let isOver = false;
  const over = client[Symbol.asyncDispose]().then(() => {
    isOver = true;
  });
  await until(() => commits > 0, 'the commit begins');
  assert.equal(isOver, false);
  finish();
  await over;
});

test('dispose lets go of the baggage at once, which another client may use', async () => {
  const baggage = makeInMemoryBaggage();
  const client = makeClient({ baggage, tryResumeSession: true });
  assert.equal(openStore(baggage).inUse(), true);
  client[Symbol.dispose]();
  assert.equal(openStore(baggage).inUse(), false);
  const next = makeClient({ baggage, tryResumeSession: true });
  next[Symbol.dispose]();
});

test('a client that is disposed of while it speaks ends after that', async () => {
  const { a, b, remote } = await makePair({ baggage: makeInMemoryBaggage(), tryResumeSession: true });
  a.client.subscribe(({ type }) => {
    if (type === 'severed') a.client[Symbol.dispose]();
  });
  const session = await a.client.provideSession(b.location);
  session.abort('enough');
  await assert.rejects(E(remote).hear('x'), { code: 'SHUT_DOWN' });
  await b.client.shutdown();
});

test('the memory of wasm is free at the end of the turn, also of clients with a baggage', async () => {
  const make = () => makeClient({ baggage: makeInMemoryBaggage(), tryResumeSession: true });
  const round = async () => {
    for (let count = 0; count < 200; count += 1) {
      make()[Symbol.dispose]();
      await undefined;
    }
    return memory.buffer.byteLength;
  };
  const before = await round();
  // No garbage collection is waited for: 1,000 clients have more than 32 MB of buffers.
  for (let rounds = 0; rounds < 5; rounds += 1) await round();
  assert.equal(await round(), before);
});
