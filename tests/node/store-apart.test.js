// @ts-check

import { encodeSwissnum, provideMapStoreFromBaggage } from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { makePeer } from './fixtures/face-pair.js';
import { outcome, until } from './support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

const times = { retryLeast: 5, retryMost: 20, queue: 200 };

/** A baggage whose disk can become full: everything that is to be durable from then on is refused. */
const makeBaggage = () => {
  /** @type {Map<string, Uint8Array>} */
  const entries = new Map();
  let isFull = false;
  return {
    baggage: Object.assign(entries, {
      commit: async () => {
        if (isFull) throw Object.assign(Error('no space left on device'), { code: 'ENOSPC' });
      },
    }),
    fill: () => {
      isFull = true;
    },
  };
};

/**
 * What a peer was told of its sessions.
 *
 * @param {Awaited<ReturnType<typeof makePeer>>} peer
 */
const eventsOf = peer => peer.events.map(({ type, code }) => [type, code]);

/**
 * @param {any} from
 * @param {any} to
 * @param {string} name
 */
const enliven = (from, to, name) => from.client.enlivenSturdyRef(from.client.makeSturdyRef(to.location, encodeSwissnum(name)));

/**
 * @param {any[]} events
 * @param {string} type
 * @param {number} count
 */
const heard = (events, type, count) =>
  until(() => events.filter(event => event.type === type).length >= count, `${count} sessions are ${type}`);

test('a baggage that fails takes the sessions on it along, of every client, and none of another baggage', async () => {
  const network = makeMemoryNetwork();
  const full = makeBaggage();
  const sound = makeBaggage();
  const kept = { tryResumeSession: true, times };
  const first = await makePeer(network, 'first', { baggage: full.baggage, ...kept });
  const second = await makePeer(network, 'second', { baggage: full.baggage, ...kept });
  const unkept = await makePeer(network, 'unkept', { baggage: full.baggage, times });
  const bystander = await makePeer(network, 'bystander', { baggage: sound.baggage, ...kept });
  const peers = await Promise.all(['one', 'two'].map(name => makePeer(network, name, { baggage: makeBaggage().baggage, ...kept })));

  /** @type {((value: string) => void)[]} */
  const open = [];
  /** @type {string[]} */
  const runs = [];
  for (const { client } of peers) {
    client.registerSturdyRef('object', Far('object', {
      ping: () => 'pong',
      wait: () => new Promise(resolve => open.push(resolve)),
      keep: () => runs.push('kept'),
    }));
  }
  for (const [peer, name] of /** @type {[any, string][]} */ ([[first, 'first'], [second, 'second'], [unkept, 'unkept'], [bystander, 'bystander']])) {
    peer.client.registerSturdyRef(name, Far(name, { ping: () => name }));
  }
  const references = new Map();
  for (const peer of [first, second, unkept, bystander]) {
    references.set(peer, await Promise.all(peers.map(other => enliven(peer, other, 'object'))));
  }
  // Both ways, and each answered: nothing is under way but what is said below.
  for (const peer of peers) {
    for (const [other, name] of /** @type {[any, string][]} */ ([[first, 'first'], [bystander, 'bystander']])) {
      assert.equal(await E(await enliven(peer, other, name)).ping(), name);
    }
  }
  const before = new Map([bystander, ...peers].map(peer => [peer, eventsOf(peer)]));
  const waiting = new Map();
  for (const peer of [first, second, unkept, bystander]) {
    waiting.set(peer, references.get(peer).map((/** @type {any} */ reference) => outcome(E(reference).wait())));
  }
  await until(() => open.length === 8, 'all calls are under way');

  full.fill();
  // A write of the application's is what meets it. What would tell a peer of it does not leave.
  const scores = provideMapStoreFromBaggage(full.baggage, 'app:scores');
  scores.set('x', 1);
  const unsent = references.get(first).map((/** @type {any} */ reference) => outcome(E(reference).keep(Far('mine', {}))));
  await Promise.all([first, second].map(({ events }) => heard(events, 'suspended', 2)));
  await heard(unkept.events, 'severed', 2);

  for (const { events } of [first, second]) {
    const last = events.slice(-2);
    assert.deepEqual(last.map(({ type, code }) => [type, code]), [['suspended', 'STORE_FAILED'], ['suspended', 'STORE_FAILED']]);
    assert.equal(new Set(last.map(event => event.location.designator)).size, 2, 'each session is told of');
  }
  assert.deepEqual(eventsOf(unkept).slice(-2), [['severed', 'STORE_FAILED'], ['severed', 'STORE_FAILED']]);
  for (const peer of [first, second, unkept]) {
    for (const { code } of await Promise.all(waiting.get(peer))) assert.equal(code, 'MAY_HAVE_RUN');
    for (const reference of references.get(peer)) {
      const { code } = await outcome(E(reference).ping());
      assert.ok(['STORE_FAILED', 'SESSION_SEVERED'].includes(String(code)), `a later call ends in ${code}`);
    }
    assert.equal((await outcome(peer.client.provideSession(peers[0].location))).code, 'STORE_FAILED');
  }
  for (const { code } of await Promise.all(unsent)) assert.equal(code, 'STORE_FAILED');
  assert.deepEqual(runs, [], 'nothing left that depends on what is not durable');
  assert.throws(() => scores.set('y', 2), { code: 'STORE_FAILED' });

  // The other baggage: the same sessions, on the same connections, and the calls that were under way.
  for (const finish of open) finish('done');
  for (const { value } of await Promise.all(waiting.get(bystander))) assert.equal(value, 'done');
  for (const reference of references.get(bystander)) assert.equal(await E(reference).ping(), 'pong');
  for (const peer of peers) assert.equal(await E(await enliven(peer, bystander, 'bystander')).ping(), 'bystander');
  assert.deepEqual(eventsOf(bystander), before.get(bystander));
  for (const peer of peers) {
    const since = peer.events.slice(before.get(peer)?.length);
    assert.deepEqual(since.filter(event => event.location.designator === 'bystander'), []);
  }
  provideMapStoreFromBaggage(sound.baggage, 'app:scores').set('z', 3);
  await Promise.all([first, second, unkept, bystander, ...peers].map(({ client }) => client.shutdown()));
});
