// @ts-check

import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { makeProxy } from '../support/proxy.js';
import { frame } from '../support/raw-line.js';
import { abort } from '../support/raw-session.js';
import { Log, pause, throughCuts, until, within } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

/** @import { Fate, Heard } from '../support/proxy.js' */

/** Ms from the opening of a connection to its session: what is later than this is too late. */
const HANDSHAKE = 2000;

const STEPS = ['dial', 'answer', 'confirmation'];

/** @param {Heard} heard */
const stepOf = ({ isFromDialler, index }) => STEPS[isFromDialler ? index * 2 : 1 + index * 2];

/** @param {Buffer} bytes */
const flipBit = bytes => {
  const copy = Buffer.from(bytes);
  // In the last half of the signature.
  copy[copy.length - 10] ^= 1;
  return copy;
};

/** @typedef {Awaited<ReturnType<typeof makeProxy>>} Proxy */

/** What happens to a message, by name. @type {Record<string, (heard: Heard, proxy: Proxy) => Fate | Promise<any>>} */
const fates = {
  'is cut off': () => 'cut',
  'meets a reset': ({ connection }, { pairs }) => {
    pairs[connection]?.dialler.resetAndDestroy();
    pairs[connection]?.acceptor.resetAndDestroy();
    return 'drop';
  },
  'is swallowed': () => 'swallow',
  'is too late': async () => {
    await pause(HANDSHAKE * 1.2);
    return 'pass';
  },
  'comes slowly': async ({ bytes }) => {
    await pause(60);
    return frame(bytes);
  },
  'comes twice': ({ bytes }) => Buffer.concat([frame(bytes), frame(bytes)]),
  'becomes junk': () => randomBytes(60),
  'becomes framed junk': () => frame(randomBytes(60)),
  'becomes an abort': () => frame(abort('internal error')),
  'gets a wrong signature': ({ bytes }) => frame(flipBit(bytes)),
};

/**
 * Not a disturbance but the end. The first is refused with an op:abort, as tested below; whoever can do the others, inside
 * the one connection that is being taken over, can say op:abort as well.
 */
const FINAL = ['dial gets a wrong signature', 'answer comes twice', 'confirmation comes twice'];

/**
 * A pair whose connections all go through a proxy, with a session that was resumed as often as is said.
 *
 * @param {any} t
 * @param {number} resumes
 */
const makeDisturbedPair = async (t, resumes) => {
  // The dialler may think that its confirmation arrived: then only silence tells.
  const times = { handshake: HANDSHAKE, idle: 500, probe: 500 };
  const b = await makeTestPeer(t, { baggage: new Map(), client: { reconnect: 'on-demand', times } });
  registerObjects(b, makeThings());
  const proxy = await makeProxy({ port: () => Number(Object(b.location.hints).port) });
  t.after(() => proxy.close());
  const a = await makeTestPeer(t, { baggage: new Map(), via: () => proxy.port, client: { times } });
  const counter = await enliven(a, b.location, 'counter');
  await E(counter).increment();
  for (let i = 0; i < resumes; i += 1) {
    proxy.cutAll();
    await a.events.waitFor(({ type }) => type === 'resumed', 'a resume', { from: a.events.all.length });
    await E(counter).increment();
  }
  /**
   * Cuts, and lets one message of the next resume meet its fate.
   *
   * @param {string} step
   * @param {(heard: Heard, middle: typeof proxy) => Fate | Promise<Fate>} fate
   */
  const disturb = async (step, fate) => {
    let isDone = false;
    proxy.judge = heard => {
      if (isDone || heard.label !== 'op:resume-session' || stepOf(heard) !== step) return 'pass';
      isDone = true;
      return fate(heard, proxy);
    };
    proxy.cutAll();
    await until(() => isDone, `the ${step}`);
  };
  return { a, b, proxy, counter, disturb };
};

/**
 * @param {any} t
 * @param {number} resumes
 * @param {string} step
 * @param {string} name
 */
const survives = async (t, resumes, step, name) => {
  const { a, b, counter, disturb } = await makeDisturbedPair(t, resumes);
  await disturb(step, /** @type {any} */ (fates[name]));
  assert.ok((await throughCuts(() => E(counter).increment())) > resumes);
  assert.equal(await enliven(a, b.location, 'counter'), counter);
  for (const peer of [a, b]) {
    assert.equal(peer.inspect().sessions.length, 1);
    assert.equal(new Set(peer.events.all.map(({ sessionId }) => sessionId)).size, 1);
    assert.deepEqual([...new Set(peer.eventTypes())].sort(), ['fresh', 'resumed', 'suspended']);
  }
};

test('nothing that happens to a message of a resume destroys the session', { concurrency: true }, async t => {
  const cases = STEPS.flatMap(step => Object.keys(fates).map(name => ({ step, name })));
  await Promise.all(
    cases
      .filter(({ step, name }) => !FINAL.includes(`${step} ${name}`))
      .map(({ step, name }) => t.test(`the ${step} ${name}`, test => survives(test, 1, step, name))),
  );
});

test('the same at the first resume of all, for what a network or a crash can do', { concurrency: true }, async t => {
  const names = ['is cut off', 'meets a reset', 'is swallowed', 'is too late', 'comes slowly', 'comes twice'];
  const cases = STEPS.flatMap(step => names.map(name => ({ step, name })));
  await Promise.all(
    cases.filter(({ step, name }) => !FINAL.includes(`${step} ${name}`)).map(({ step, name }) => t.test(`the first ${step} ${name}`, test => survives(test, 0, step, name))),
  );
});

test('a dial whose signature was forged parks the session, and a fresh one begins beside it', async t => {
  const { a, b, counter, disturb } = await makeDisturbedPair(t, 1);
  const before = a.keys('ocapn:resumeSessionsById/');
  await disturb('dial', /** @type {any} */ (fates['gets a wrong signature']));
  await a.events.waitFor(({ type }) => type === 'fresh', 'the fresh session', { from: 1 });
  await assert.rejects(E(counter).increment(), { code: 'SESSION_REFUSED' });
  assert.equal(await E(await enliven(a, b.location, 'counter')).increment(), 3);
  // Nothing is destroyed: the peer may still resume it.
  assert.ok(before.every(key => a.keys().includes(key)));
  const parked = a.inspect().sessions.map((/** @type {any} */ { status }) => status).sort();
  assert.deepEqual(parked, ['active', 'parked']);
});

test('kill -9 of the acceptor just as the dial arrives, again and again, never destroys the session', async t => {
  const root = makeDirectory();
  const start = () => startPeer(t, { directory: `${root}/b`, client: { reconnect: 'on-demand' } });
  let b = await start();
  /** @type {Log<Promise<unknown>>} */
  const kills = new Log();
  let isKilling = false;
  const proxy = await makeProxy({
    port: () => Number(b.location.hints.port),
    judge: ({ label, isFromDialler }) => {
      if (isKilling && isFromDialler && label === 'op:resume-session') {
        // The dial goes to it all the same, and may or may not be read.
        isKilling = false;
        kills.push(b.kill());
      }
      return 'pass';
    },
  });
  t.after(() => proxy.close());
  const a = await makeTestPeer(t, { directory: `${root}/a`, via: () => proxy.port });
  const counter = await enliven(a, b.location, 'counter');
  let value = await E(counter).increment();
  for (let round = 0; round < 2; round += 1) {
    isKilling = true;
    proxy.cutAll();
    await kills.waitFor(() => true, 'the kill', { from: round });
    b = await start();
    const next = await throughCuts(() => E(counter).increment());
    assert.ok(next > value);
    value = next;
  }
  assert.deepEqual(new Set(a.eventTypes()), new Set(['fresh', 'suspended', 'resumed']));
  assert.equal(new Set(a.events.all.map(({ sessionId }) => sessionId)).size, 1);
});

test('kill -9 of the dialler, at each message of its resume, never destroys the session', async t => {
  const root = makeDirectory();
  const b = await makeTestPeer(t, { directory: `${root}/b`, client: { reconnect: 'on-demand' } });
  registerObjects(b, makeThings());
  const proxy = await makeProxy({ port: () => Number(Object(b.location.hints).port) });
  t.after(() => proxy.close());
  const start = () => startPeer(t, { directory: `${root}/a`, viaPort: proxy.port });
  let a = await start();
  await a.enliven(b.location, 'counter');
  const sessionId = await a.do('provide', { location: b.location });
  let value = await a.call('counter', 'increment');
  for (const step of STEPS) {
    const dialler = a;
    const killed = new Promise(resolve => {
      proxy.judge = async heard => {
        if (heard.label === 'op:resume-session' && stepOf(heard) === step) {
          proxy.judge = () => 'pass';
          await dialler.kill();
          resolve(undefined);
        }
        return 'pass';
      };
    });
    proxy.cutAll();
    await within(killed, `the ${step}`);
    a = await start();
    await a.enliven(b.location, 'counter');
    const next = await a.call('counter', 'increment');
    assert.ok(next > value);
    value = next;
    assert.equal(await a.do('provide', { location: b.location }), sessionId);
  }
  assert.deepEqual(new Set(b.events.all.map(event => event.sessionId)), new Set([sessionId]));
});
