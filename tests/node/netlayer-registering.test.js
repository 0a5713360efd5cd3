// @ts-check

/** How netlayers are registered: what is none is refused, none outlives its client, and what they keep is theirs. */

import assert from 'node:assert/strict';
import net from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';

import { makeClient } from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { makeTcpNetLayer } from '../../js/netlayers/tcp.js';
import { makePeer } from './fixtures/face-pair.js';

import harden from '@endo/harden';

const logger = { log: () => {}, info: () => {}, error: () => {} };
const location = { type: 'ocapn-peer', transport: 'odd', designator: 'us', hints: {} };
const parts = { location, locationId: 'ocapn://us.odd', connect: () => {}, shutdown: () => {} };

/** What is registered, and what is said of it. @type {Array<[string, any, RegExp]>} */
const NONE = [
  ['a netlayer, and not its maker', parts, /^registerNetlayer takes a function that makes a netlayer/],
  ['nothing', undefined, /^registerNetlayer takes a function/],
  ['a maker of nothing', () => undefined, /^This is no netlayer: it has no location\. One has { location, locationId, connect, shutdown }/],
  ['a maker of an empty record', () => ({}), /^This is no netlayer/],
  ['a location that is none', () => ({ ...parts, location: 'here' }), /^Not a location/],
  ['no connect', () => ({ ...parts, connect: undefined }), /^The netlayer has no function 'connect'/],
  ['no shutdown', () => ({ ...parts, shutdown: undefined }), /^The netlayer has no function 'shutdown'/],
  ['an odd trait', () => ({ ...parts, authenticates: 'all' }), /^authenticates of a netlayer is 'none', 'dialled' or 'both'/],
];

for (const [name, given, message] of NONE) {
  test(`refused: ${name}`, async t => {
    const client = makeClient({ logger });
    t.after(() => client.shutdown());
    await assert.rejects(client.registerNetlayer(given), { code: 'API_MISUSE', message });
    assert.ok(await client.registerNetlayer(() => /** @type {any} */ (parts)), 'the transport is free');
  });
}

test('what was made and is refused is shut down', async t => {
  const client = makeClient({ logger });
  t.after(() => client.shutdown());
  let downs = 0;
  const make = (/** @type {object} */ more) => () => /** @type {any} */ ({ ...parts, shutdown: () => { downs += 1; throw Error('not so fast'); }, ...more });
  await assert.rejects(client.registerNetlayer(make({ location: {} })), { code: 'API_MISUSE' });
  assert.equal(downs, 1);
  await client.registerNetlayer(() => /** @type {any} */ (parts));
  await assert.rejects(client.registerNetlayer(make({})), { code: 'API_MISUSE', message: /already registered/ });
  assert.equal(downs, 2);
});

test('a netlayer that is ready when its client is shut down, or shutting down, does not stay', async () => {
  const client = makeClient({ logger });
  const slow = makeMemoryNetwork({ transport: 'slow' });
  /** @type {() => void} */
  let letGo = () => {};
  const held = new Promise(resolve => { letGo = () => resolve(undefined); });
  await client.registerNetlayer(async handlers => ({ ...slow.makeNetLayer({ handlers }), shutdown: async () => { await held; } }));

  /** @type {any[]} */
  const made = [];
  /** @param {Promise<void>} when */
  const register = when =>
    client.registerNetlayer(async handlers => {
      const netlayer = await makeTcpNetLayer({ handlers });
      made.push(netlayer);
      await when;
      return netlayer;
    });
  /** @type {() => void} */
  let ready = () => {};
  const isReady = /** @type {Promise<void>} */ (new Promise(resolve => { ready = () => resolve(); }));
  const [during, after] = [register(Promise.resolve()), register(isReady)];
  const closing = client.shutdown();
  await assert.rejects(during, { code: 'SHUT_DOWN' });
  letGo();
  await closing;
  ready();
  await assert.rejects(after, { code: 'SHUT_DOWN' });
  await assert.rejects(register(Promise.resolve()), { code: 'SHUT_DOWN' });
  assert.equal(made.length, 2, 'after it none is made');
  for (const { location: { hints } } of made) {
    const socket = net.connect(Number(hints.port), hints.host);
    const [error] = await once(socket, 'error');
    assert.equal(error.code, 'ECONNREFUSED');
  }
});

test('a netlayer that keeps its state in itself, as a class does, can', async t => {
  const network = makeMemoryNetwork();
  class Own {
    dials = 0;

    options = { retries: 3 };

    isOver = false;

    /** @param {any} handlers */
    constructor(handlers) {
      const own = { ...handlers, makeConnection: (/** @type {any} */ _, /** @type {any} */ ...rest) => handlers.makeConnection(this, ...rest) };
      this.inner = network.makeNetLayer({ handlers: own, designator: 'own' });
      this.location = this.inner.location;
      this.locationId = this.inner.locationId;
    }

    connect(/** @type {any} */ to) {
      this.dials += 1;
      const connection = this.inner.connect(to);
      assert.ok(Object.isFrozen(connection) && Object.isFrozen(connection.write) && Object.isFrozen(connection.end));
      return connection;
    }

    shutdown() {
      this.isOver = true;
      this.inner.shutdown();
    }
  }
  const client = makeClient({ logger, debugMode: true });
  const netlayer = await client.registerNetlayer(handlers => new Own(handlers));
  for (const name of ['b', 'c']) {
    const peer = await makePeer(network, name);
    t.after(() => peer.client.shutdown());
    await client.provideSession(peer.location);
    await client._debug.provideInternalSession(peer.location);
  }
  harden(client);
  await client.shutdown();
  assert.deepEqual([netlayer.dials, netlayer.isOver], [2, true]);
  assert.ok(!Object.isFrozen(netlayer) && !Object.isFrozen(netlayer.options) && !Object.isFrozen(Own.prototype));
});
