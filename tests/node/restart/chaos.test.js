// @ts-check

import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeProxy } from '../support/proxy.js';
import { outcome, pause, throughCuts } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

/** @param {number} seed */
const makeRandom = seed => {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

/** How long there is chaos, in ms. */
const LONG = 1200;

/**
 * Both sides call each other, and both dial, while connections are cut, silenced and delayed at random.
 *
 * @param {any} t
 * @param {number} seed
 */
const chaos = async (t, seed) => {
  const random = makeRandom(seed);
  const times = { handshake: 3000, idle: 150, probe: 150, retryLeast: 5, retryMost: 40 };
  const weather = { isCalm: false };
  const judge = async () => {
    if (weather.isCalm) return 'pass';
    const dice = random(1000);
    if (dice < 60) await pause(random(10));
    return dice < 2 ? 'swallow' : dice < 10 ? 'cut' : 'pass';
  };
  /** @type {Record<string, any>} */
  const peers = {};
  /** @type {Record<string, Awaited<ReturnType<typeof makeProxy>>>} */
  const proxies = {};
  for (const name of ['a', 'b']) {
    proxies[name] = await makeProxy({ port: () => Number(peers[name].location.hints.port), judge });
    t.after(() => proxies[name]?.close());
  }
  for (const [name, other] of /** @type {const} */ ([['a', 'b'], ['b', 'a']])) {
    peers[name] = await makeTestPeer(t, { baggage: new Map(), via: () => proxies[other]?.port, client: { times } });
    registerObjects(peers[name], makeThings());
  }
  weather.isCalm = true;
  // Even in a calm, a busy machine is silent for longer than this.
  const counters = [
    await throughCuts(() => enliven(peers.a, peers.b.location, 'counter')),
    await throughCuts(() => enliven(peers.b, peers.a.location, 'counter')),
  ];
  const { sessionId } = await peers.a.client.provideSession(peers.b.location);
  weather.isCalm = false;
  const end = performance.now() + LONG;
  const acknowledged = [0, 0];
  const asked = [0, 0];
  const call = async (/** @type {number} */ side) => {
    while (performance.now() < end) {
      asked[side] = Number(asked[side]) + 1;
      const { value, code } = await outcome(E(counters[side]).increment(), `seed ${seed}`);
      if (value === undefined) assert.match(String(code), /^(MAY_HAVE_RUN|DID_NOT_RUN)$/);
      else acknowledged[side] = Math.max(Number(acknowledged[side]), value);
      await pause(1);
    }
  };
  const cut = async () => {
    while (performance.now() < end) {
      await pause(random(120));
      const proxy = proxies[random(2) === 0 ? 'a' : 'b'];
      proxy?.cut(random(proxy.pairs.length + 1));
    }
  };
  await Promise.all([cut(), ...[0, 1, 0, 1, 0, 1, 0, 1].map(call)]);
  weather.isCalm = true;
  // On a busy machine the storm may be over before any resume is.
  for (const proxy of Object.values(proxies)) proxy.cutAll();
  for (const [side, counter] of counters.entries()) {
    const value = await throughCuts(() => E(counter).value());
    assert.ok(value >= Number(acknowledged[side]) && value <= Number(asked[side]), `${value}: ${acknowledged[side]} of ${asked[side]}`);
  }
  for (const peer of Object.values(peers)) {
    assert.deepEqual(new Set(peer.events.all.map((/** @type {any} */ event) => event.sessionId)), new Set([sessionId]));
    assert.ok(peer.eventTypes().every((/** @type {string} */ type) => ['fresh', 'suspended', 'resumed'].includes(type)));
    assert.ok(peer.eventTypes().includes('resumed'));
  }
};

// CHAOS_SEED names other seeds than these.
test('random cuts, silences and delays, with both sides calling and dialling', { concurrency: true }, async t => {
  const seeds = Array.from({ length: 8 }, (_, index) => Number(process.env.CHAOS_SEED ?? 1) + index);
  await Promise.all(seeds.map(seed => t.test(`seed ${seed}`, test => chaos(test, seed))));
});
