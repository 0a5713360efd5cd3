// @ts-check

import { encodeSwissnum } from '../../js/index.js';
import { makePair, pause } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

setFlagsFromString('--expose_gc');
/** @type {() => void} */
const gc = runInNewContext('gc');

/**
 * Collects garbage until something is true.
 *
 * @param {() => boolean} isTrue
 */
const collectUntil = async isTrue => {
  for (let round = 0; round < 100 && !isTrue(); round += 1) {
    gc();
    await pause(10);
  }
  return isTrue();
};

/** @param {any} options */
const holding = async options => {
  const pair = await makePair({ a: { debugMode: true, ...options }, b: { debugMode: true } });
  const inspectA = () => pair.a.client._debug.inspect();
  const inspectB = () => pair.b.client._debug.inspect();
  return { ...pair, inspectA, inspectB };
};

test('what nobody holds any more is released on both sides', async () => {
  const { a, b, inspectA, inspectB, shutdown } = await holding({});
  let taken = 0;
  b.client.registerSturdyRef('object', Far('object', { take: () => void (taken += 1), make: () => Far('made', {}) }));
  const remote = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('object')));
  for (let i = 0; i < 10; i += 1) {
    await E(remote).take(Far('callback', {}), Promise.resolve(i), E(remote).make());
  }
  assert.equal(taken, 10);
  // Left are the bootstrap object and what is held: the object that was fetched.
  assert.ok(await collectUntil(() => inspectA().locals === 1 && inspectB().locals === 2), JSON.stringify([inspectA(), inspectB()]));
  assert.ok(await collectUntil(() => inspectB().remotes === 0), JSON.stringify(inspectB()));
  assert.equal(inspectA().sessions[0].questions, 0);
  assert.equal(inspectB().sessions[0].answers, 0);
  await E(remote).take();
  await shutdown();
});

test('without import collection nothing is released', async () => {
  const { a, b, inspectB, shutdown } = await holding({ enableImportCollection: false });
  b.client.registerSturdyRef('object', Far('object', { make: () => Far('made', {}) }));
  const remote = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('object')));
  for (let i = 0; i < 5; i += 1) {
    await E(remote).make();
  }
  for (let round = 0; round < 5; round += 1) {
    gc();
    await pause(10);
  }
  const [session] = inspectB().sessions;
  assert.deepEqual([session.exports.length, session.answers], [6, 6]);
  await shutdown();
});

test('memory does not grow with the number of calls', async () => {
  const { a, b, inspectA, inspectB, shutdown } = await holding({});
  b.client.registerSturdyRef('object', Far('object', { echo: (/** @type {any} */ value) => value }));
  const remote = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('object')));
  const used = async () => {
    for (let i = 0; i < 2000; i += 1) {
      await E(remote).echo(i);
    }
    await pause(50);
    gc();
    return process.memoryUsage().heapUsed;
  };
  await used();
  // What the engine makes once (code, caches) is in one of these; what calls leave behind is in all.
  const growths = [];
  let before = await used();
  for (let round = 0; round < 4; round += 1) {
    const after = await used();
    growths.push(after - before);
    before = after;
  }
  assert.ok(Math.min(...growths) < 100_000, `${growths} bytes for 2,000 calls each`);
  assert.equal(inspectA().sessions[0].questions, 0);
  assert.ok(inspectB().locals <= 3);
  await shutdown();
});

test('a thousand references that are collected are given back in at most 20 messages, and the answers for them too', async () => {
  const { network, a, b, inspectB, shutdown } = await holding({});
  const COUNT = 1000;
  b.client.registerSturdyRef('maker', Far('maker', { make: () => Far('made', {}) }));
  const maker = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('maker')));
  /** @type {Record<string, number>} */
  const messages = {};
  network.tamper('a', 'b', bytes => {
    const label = /op:[a-z-]+/.exec(Buffer.from(bytes.subarray(0, 40)).toString('latin1'))?.[0] ?? 'none';
    messages[label] = (messages[label] ?? 0) + 1;
    return bytes;
  });
  const held = await Promise.all(Array.from({ length: COUNT }, () => E(maker).make()));
  assert.equal(messages['op:deliver'], COUNT);
  assert.ok(inspectB().locals >= COUNT + 2);
  held.length = 0;
  assert.ok(await collectUntil(() => inspectB().locals === 2), JSON.stringify(inspectB()));
  assert.ok(messages['op:gc-exports'] <= 20, JSON.stringify(messages));
  assert.ok(messages['op:gc-answers'] <= 20, JSON.stringify(messages));
  await shutdown();
});
