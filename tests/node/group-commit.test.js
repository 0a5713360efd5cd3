// @ts-check

import { encodeSwissnum, makeClient, makeFsDurableBaggage, makeInMemoryBaggage, provideMapStoreFromBaggage } from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { makeTcpNetLayer } from '../../js/netlayers/tcp.js';
import { makeDirectory } from './fixtures/baggage-directory.js';
import { makePeer } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/** @import { Baggage } from '../../js/index.js' */

/**
 * What registers a ledger whose every call is one write, and gives the durable map that it writes to.
 *
 * @param {import('../../js/index.js').Client} client
 * @param {Baggage} baggage
 */
const registerLedger = (client, baggage) => {
  const map = provideMapStoreFromBaggage(baggage, 'app:ledger');
  client.registerSturdyRef('ledger', Far('ledger', {
    add: (/** @type {string} */ name) => {
      map.set(name, true);
      return name;
    },
    // Answers without a write of its own.
    ping: () => 'pong',
  }));
  return map;
};

test('1,000 calls that come at once over TCP, each of which writes, cost a handful of commits', async t => {
  const directory = makeFsDurableBaggage({ filePath: makeDirectory() });
  let commits = 0;
  const baggage = {
    ...directory,
    commit: () => {
      commits += 1;
      return directory.commit();
    },
  };
  const server = makeClient({ baggage, tryResumeSession: true });
  const caller = makeClient({ baggage: new Map(), tryResumeSession: true });
  const netlayer = await server.registerNetlayer((handlers, logger) => makeTcpNetLayer({ handlers, logger, baggage }));
  await caller.registerNetlayer((handlers, logger) => makeTcpNetLayer({ handlers, logger }));
  t.after(async () => {
    await Promise.all([caller.shutdown(), server.shutdown()]);
    await directory.close();
  });
  const map = registerLedger(server, baggage);
  const ledger = await caller.enlivenSturdyRef(caller.makeSturdyRef(netlayer.location, encodeSwissnum('ledger')));
  await E(ledger).add('first');

  commits = 0;
  const names = Array.from({ length: 1000 }, (_, i) => `call ${i}`);
  const answers = await Promise.all(names.map(name => E(ledger).add(name)));
  assert.deepEqual(answers, names);
  t.diagnostic(`${commits} commits for 1,000 calls`);
  assert.ok(commits >= 1 && commits <= 20, `${commits} commits`);
  assert.equal(map.size, 1001);

  commits = 0;
  await Promise.all(names.map(() => E(ledger).ping()));
  assert.equal(commits, 0, 'calls that write nothing cost nothing');
});

/** A baggage whose commits end when the test says so. */
const makeHeldBaggage = () => {
  const memory = makeInMemoryBaggage();
  /** @type {(() => void)[]} */
  let held = [];
  let isHeld = false;
  /** @type {Set<string>} */
  let durable = new Set();
  return {
    /** Whether a key is durable. @param {string} key */
    has: key => durable.has(key),
    hold: () => {
      isHeld = true;
    },
    release: () => {
      isHeld = false;
      for (const resolve of held) resolve();
      held = [];
    },
    isWaiting: () => held.length > 0,
    baggage: {
      ...memory,
      commit: async () => {
        const keys = new Set(memory.keys());
        if (isHeld) {
          /** @type {Promise<void>} */
          const released = new Promise(resolve => held.push(resolve));
          await released;
        }
        durable = keys;
      },
    },
  };
};

test('a reply leaves only when what its handler wrote is durable, and so does all that follows it', async () => {
  const network = makeMemoryNetwork();
  const store = makeHeldBaggage();
  const server = await makePeer(network, 'server', { baggage: store.baggage, tryResumeSession: true });
  const other = await makePeer(network, 'other');
  const caller = await makePeer(network, 'caller');
  const map = registerLedger(server.client, store.baggage);
  other.client.registerSturdyRef('ledger', Far('ledger', { ping: () => 'pong' }));
  const enliven = (/** @type {any} */ peer) => caller.client.enlivenSturdyRef(caller.client.makeSturdyRef(peer.location, encodeSwissnum('ledger')));
  const [ledger, elsewhere] = [await enliven(server), await enliven(other)];
  assert.equal(await E(ledger).ping(), 'pong');

  for (let round = 0; round < 5; round += 1) {
    store.hold();
    /** @type {string[]} */
    const settled = [];
    const note = (/** @type {string} */ name) => () => {
      assert.ok(store.has(`app:ledger/write${round}`), `${name} came before the write was durable`);
      settled.push(name);
    };
    const calls = [
      E(ledger).add(`write${round}`).then(note('the reply')),
      // Made after the write, so it tells of it.
      E(ledger).ping().then(note('a reply that follows')),
    ];
    while (!map.has(`write${round}`) || !store.isWaiting()) await turn();
    // Another session, of another store, waits for nothing; everything in between had its turn.
    for (let i = 0; i < 20; i += 1) assert.equal(await E(elsewhere).ping(), 'pong');
    assert.deepEqual(settled, []);
    store.release();
    await Promise.all(calls);
    assert.deepEqual(settled, ['the reply', 'a reply that follows']);
  }
  await Promise.all([server, other, caller].map(({ client }) => client.shutdown()));
});
