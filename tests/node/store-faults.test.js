// @ts-check

import { encodeSwissnum, provideMapStoreFromBaggage } from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { makePeer } from './fixtures/face-pair.js';
import { makeDirectory } from './fixtures/baggage-directory.js';
import { startProcess } from './fixtures/baggage-process.js';
import { makeFaultyBaggage } from './fixtures/faulty-baggage.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

const times = { retryLeast: 5, retryMost: 20, queue: 150, handshake: 1000, idle: 200, probe: 200 };
const options = (/** @type {any} */ baggage) => ({ baggage, tryResumeSession: true, times });

/** What a call may end in when a store fails, its own side's or the other's. */
const CODES = ['STORE_FAILED', 'MAY_HAVE_RUN', 'DID_NOT_RUN', 'QUEUE_TIMEOUT', 'SESSION_SEVERED', 'LOST'];

/** @param {unknown} error */
const codeOf = error => String(/** @type {any} */ (error)?.code ?? error);

/**
 * A server whose every call is one write of the application's, on a baggage that fails.
 *
 * @param {ReturnType<typeof makeMemoryNetwork>} network
 * @param {any} baggage
 */
const startServer = async (network, baggage) => {
  const server = await makePeer(network, 'server', options(baggage));
  const ledger = provideMapStoreFromBaggage(baggage, 'app:ledger');
  const callback = /** @type {any[]} */ ([]);
  server.client.registerSturdyRef('ledger', Far('ledger', {
    add: (/** @type {string} */ name) => {
      if (ledger.has(name)) throw Error(`${name} ran twice`);
      ledger.set(name, name.length);
      return name;
    },
    keep: (/** @type {any} */ it) => callback.push(it),
    drop: (/** @type {string} */ name) => ledger.delete(name),
    give: () => Far('given', { ping: () => 'pong' }),
  }));
  return server;
};

/** All that the server's store does while it is opened, and while calls come, in one order of operations. */
const OPERATIONS = /** @type {const} */ (['get', 'has', 'keys', 'set', 'delete', 'commit']);

/**
 * @param {typeof OPERATIONS[number]} operation
 * @param {number} nth
 * @param {boolean} forEver whether every later one fails as well
 */
const runWithFault = async (operation, nth, forEver) => {
  const network = makeMemoryNetwork();
  const faulty = makeFaultyBaggage({ operation, nth, forEver });
  const ownBaggage = new Map();
  const otherBaggage = new Map();
  const caller = await makePeer(network, 'caller', options(ownBaggage));
  const other = await makePeer(network, 'other', options(otherBaggage));
  other.client.registerSturdyRef('bystander', Far('bystander', { ping: () => 'pong' }));
  const bystander = await caller.client.enlivenSturdyRef(caller.client.makeSturdyRef(other.location, encodeSwissnum('bystander')));
  const what = `${operation} number ${nth}, ${forEver ? 'and all after it' : 'once'}`;

  /** @type {string[]} */
  const acknowledged = [];
  /** @type {string[]} */
  const didNotRun = [];
  /** @type {string[]} */
  const dropped = [];
  /** @type {any} */
  let server;
  try {
    server = await startServer(network, faulty.baggage);
  } catch (error) {
    assert.equal(codeOf(error), 'STORE_FAILED', `${what}: ${error}`);
  }
  if (server !== undefined) {
    const location = server.location;
    const add = async (/** @type {any} */ ledger, /** @type {string} */ name) => {
      try {
        assert.equal(await E(ledger).add(name), name);
        acknowledged.push(name);
      } catch (error) {
        assert.ok(CODES.includes(codeOf(error)), `${what}: ${codeOf(error)}`);
        if (['DID_NOT_RUN', 'QUEUE_TIMEOUT'].includes(codeOf(error))) didNotRun.push(name);
      }
    };
    try {
      const ledger = await caller.client.enlivenSturdyRef(caller.client.makeSturdyRef(location, encodeSwissnum('ledger')));
      await Promise.all(Array.from({ length: 8 }, (_, i) => add(ledger, `first ${i}`)));
      const given = E(ledger).give();
      const registered = Far('callback', {});
      caller.client.registerSturdyRef('callback', registered);
      const kept = E(ledger).keep(registered);
      await Promise.all([kept, given].map(each => each.catch((/** @type {unknown} */ error) => assert.ok(CODES.includes(codeOf(error)), `${what}: ${error}`))));
      // A deletion is acknowledged, too: what was dropped is counted as lost on purpose.
      for (const name of ['first 0', 'first 1']) {
        const isGone = await E(ledger).drop(name).then(() => true, (/** @type {unknown} */ error) => {
          assert.ok(CODES.includes(codeOf(error)), `${what}: ${error}`);
          return false;
        });
        const at = acknowledged.indexOf(name);
        if (at >= 0) acknowledged.splice(at, 1);
        if (isGone) dropped.push(name);
      }
      network.cut('caller', 'server');
      await Promise.all(Array.from({ length: 4 }, (_, i) => add(ledger, `second ${i}`)));
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assert.ok([...CODES, 'CONNECTION_CLOSED', 'DIAL_FAILED', 'HANDSHAKE_TIMEOUT', 'PEER_BUSY'].includes(codeOf(error)), `${what}: ${error}`);
    }
    if (faulty.hasFailed()) {
      // It is the same error everywhere, until the baggage is opened again.
      await assert.rejects(server.client.provideSession(other.location), { code: 'STORE_FAILED' }, what);
      assert.throws(() => provideMapStoreFromBaggage(faulty.baggage, 'app:ledger'), { code: 'STORE_FAILED' }, what);
      assert.throws(() => server.client.registerSturdyRef('x', Far('x', {})), { code: 'STORE_FAILED' }, what);
      for (const { type, code } of server.events.slice(-1)) assert.deepEqual([type, code], ['suspended', 'STORE_FAILED'], what);
    }
  }
  // The other baggages, and what does not need this one, go on.
  assert.equal(await E(bystander).ping(), 'pong', what);
  provideMapStoreFromBaggage(ownBaggage, 'app:own').set('k', 1);

  network.crash('server');
  await server?.client.shutdown();
  const hasFailed = faulty.hasFailed();
  // What the disk has is what the next process opens.
  const reopened = new Map(faulty.committed);
  const again = await startServer(network, reopened);
  const ledger = provideMapStoreFromBaggage(reopened, 'app:ledger');
  for (const name of acknowledged) assert.ok(ledger.has(name), `${what}: ${name} was acknowledged, and is lost`);
  for (const name of dropped) assert.ok(!ledger.has(name), `${what}: ${name} was dropped, and is there`);
  for (const name of didNotRun) assert.ok(!ledger.has(name), `${what}: ${name} did not run, and is there`);
  const remote = await caller.client.enlivenSturdyRef(caller.client.makeSturdyRef(again.location, encodeSwissnum('ledger')));
  assert.equal(await E(remote).add('last'), 'last', what);
  await Promise.all([caller, other, again].map(({ client }) => client.shutdown()));
  return hasFailed;
};

for (const operation of OPERATIONS) {
  test(`a ${operation} that fails, whichever it is, loses nothing that was acknowledged and hangs nobody`, async t => {
    let failed = 0;
    for (const nth of [1, 2, 3, 4, 5, 6, 8, 11, 15, 22, 40]) {
      for (const forEver of [true, false]) {
        if (await runWithFault(operation, nth, forEver)) failed += 1;
      }
    }
    t.diagnostic(`${failed} runs met their fault`);
    assert.ok(failed >= (operation === 'delete' ? 2 : 4), `${failed} runs met their fault`);
  });
}

test('a disk that is full ends nothing but the baggage on it', { skip: process.platform === 'win32' }, async () => {
  const child = startProcess('client-full', makeDirectory(), { fileBlocks: 600 });
  const line = await child.line();
  const { code, signal, errors } = await child.end();
  assert.deepEqual([code, signal], [0, null], errors);
  const { acknowledged, lost, unexpected, ...rest } = JSON.parse(String(line));
  assert.ok(acknowledged > 5 && acknowledged < 1000, `${acknowledged} calls were acknowledged`);
  assert.deepEqual([lost, unexpected], [[], []]);
  assert.deepEqual(rest, {
    codes: ['MAY_HAVE_RUN', 'QUEUE_TIMEOUT'],
    event: ['suspended', 'STORE_FAILED'],
    bystander: 'pong',
    later: 'STORE_FAILED',
    again: 'resumed',
  });
});
