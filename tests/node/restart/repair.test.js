// @ts-check

import { makeFsDurableBaggage, provideFromBaggage, repairBaggage } from '../../../js/index.js';
import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory } from '../support/process.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { E } from '@endo/eventual-send';

/**
 * Two servers, and the directory of a client that used both and ended.
 *
 * @param {any} t
 */
const prepare = async t => {
  const things = makeThings();
  const start = async () => {
    // It dials nobody by itself: its resume would win over a start.
    const { describe, revive } = things;
    const server = await makeTestPeer(t, { baggage: new Map(), client: { describe, revive, reconnect: 'on-demand' } });
    registerObjects(server, things);
    return server;
  };
  const servers = [await start(), await start()];
  const directory = makeDirectory();
  const client = await makeTestPeer(t, { directory });
  registerObjects(client, things);
  /** @type {string[]} */
  const tokens = [];
  /** @type {string[]} */
  const sessions = [];
  for (const server of servers) {
    tokens.push(await client.client.refToken(await enliven(client, server.location, 'greeter')));
    const listener = await enliven(server, client.location, 'listener');
    await E(await enliven(client, server.location, 'keeper')).keep(await E(await enliven(client, server.location, 'maker')).make('x'));
    await E(listener).hear('hello');
    sessions.push((await client.client.provideSession(server.location)).sessionId);
  }
  provideFromBaggage(/** @type {any} */ (client.baggage), 'app', () => new Map()).set('kept', 7);
  await client.shutdown();
  return { servers, directory, tokens, sessions };
};

/**
 * @param {string} directory
 * @param {(key: string) => boolean} isIt
 * @returns {Promise<string>} the key of the record that is damaged now
 */
const damage = async (directory, isIt) => {
  const baggage = makeFsDurableBaggage({ filePath: directory });
  const [key] = [...baggage.keys()].filter(isIt);
  const value = /** @type {Uint8Array} */ (baggage.get(/** @type {string} */ (key))).slice();
  value[value.length >> 1] ^= 1;
  baggage.set(/** @type {string} */ (key), value);
  await baggage.close();
  return /** @type {string} */ (key);
};

/** @param {string} directory @param {string} drop */
const repair = async (directory, drop) => {
  const baggage = makeFsDurableBaggage({ filePath: directory });
  const dropped = await repairBaggage(baggage, { drop });
  const left = [...baggage.keys()];
  await baggage.close();
  return { dropped, left };
};

/** @param {string} key */
const naming = key => (/** @type {any} */ error) => {
  assert.equal(error.code, 'STORE_DAMAGED');
  assert.ok(error.message.includes(key), error.message);
  assert.match(error.message, /repairBaggage\(baggage, \{ drop: /);
  return true;
};

test('a damaged session record is named, and dropping it ends that session and keeps the rest', async t => {
  const { servers, directory, tokens, sessions } = await prepare(t);
  const key = await damage(directory, name => name.endsWith(`/${sessions[0]}`) && name.startsWith('ocapn:resumeSessionsById/'));
  const first = await makeTestPeer(t, { directory });
  // Not used, not replaced: the same each time.
  for (let i = 0; i < 2; i += 1) {
    await assert.rejects(first.client.provideSession(servers[0].location), naming(key));
    await assert.rejects(first.client.refFromToken(tokens[0]), naming(key));
  }
  // The other one does not suffer.
  assert.equal((await first.client.provideSession(servers[1].location)).sessionId, sessions[1]);
  await assert.rejects(repairBaggage(/** @type {any} */ (first.baggage), { drop: key }), { code: 'API_MISUSE' });
  await first.shutdown();

  const { dropped, left } = await repair(directory, key);
  assert.equal(dropped.at(-1), key);
  assert.ok(dropped.some(name => name.includes('/o+')) && dropped.some(name => name.includes('/t:')));
  assert.ok(dropped.some(name => name.startsWith('ocapn:resumeSessionsByLocationId/')));
  assert.ok(left.every(name => !name.includes(sessions[0])));
  assert.ok(left.some(name => name.includes(sessions[1])) && left.includes('app/kept') && left.some(name => name.includes('counter')));

  const second = await makeTestPeer(t, { directory });
  assert.equal(await E(await enliven(second, servers[0].location, 'greeter')).greet('you'), 'Hello you');
  assert.equal(second.eventTypes()[0], 'fresh');
  await assert.rejects(second.client.refFromToken(tokens[0]), { code: 'TOKEN_UNKNOWN' });
  assert.equal(await E(await second.client.refFromToken(tokens[1])).greet('you'), 'Hello you');
  assert.equal((await second.client.provideSession(servers[1].location)).sessionId, sessions[1]);
});

test('a damaged location entry, slot, index or registration is named or told of, and goes alone', async t => {
  const { servers, directory, sessions } = await prepare(t);
  const table = new RegExp(`^ocapn-durable:tables/[0-9a-f]+/${sessions[0]}/`);
  /** @type {Array<(key: string) => boolean>} */
  const kinds = [
    key => table.test(key) && key.includes('/o+'),
    key => table.test(key) && key.includes('/d:'),
    key => table.test(key) && key.includes('/o-'),
    key => table.test(key) && key.includes('/t:'),
    key => key === 'ocapn:swissnumTable/listener',
    key => key.startsWith('ocapn:resumeSessionsByLocationId/') && key.includes(servers[0].location.designator),
  ];
  for (const [index, kind] of kinds.entries()) {
    const key = await damage(directory, kind);
    assert.deepEqual((await repair(directory, key)).dropped, [key]);
    const peer = await makeTestPeer(t, { directory });
    assert.equal(await E(await enliven(peer, servers[0].location, 'greeter')).greet('you'), 'Hello you');
    const { sessionId } = await peer.client.provideSession(servers[0].location);
    // Without the entry, a fresh one begins beside it.
    assert.equal(sessionId === sessions[0], index < kinds.length - 1);
    await peer.shutdown();
  }
});

test('a damaged schema record stops the opening, says what can be done, and leaves the baggage to be repaired', async t => {
  const { servers, directory, sessions } = await prepare(t);
  const key = await damage(directory, name => name === 'ocapn:schema');
  const baggage = makeFsDurableBaggage({ filePath: directory });
  await assert.rejects(makeTestPeer(t, { baggage }), naming(key));
  // The client that could not be made does not hold it.
  assert.deepEqual(await repairBaggage(baggage, { drop: key }), [key]);
  await baggage.close();
  const peer = await makeTestPeer(t, { directory });
  assert.equal((await peer.client.provideSession(servers[0].location)).sessionId, sessions[0]);
});

test('only records of this library that are there are repaired', async () => {
  /** @type {Map<string, Uint8Array>} */
  const baggage = new Map([['app/x', new Uint8Array(1)], ['ocapn:boot', new Uint8Array(1)]]);
  for (const drop of ['app/x', '', 'ocapn', 'ocapn:schema', /** @type {any} */ (undefined)]) {
    await assert.rejects(repairBaggage(baggage, { drop }), { code: 'API_MISUSE' });
  }
  assert.equal(baggage.size, 2);
  assert.deepEqual(await repairBaggage(baggage, { drop: 'ocapn:boot' }), ['ocapn:boot']);
  assert.equal(baggage.size, 1);
});
