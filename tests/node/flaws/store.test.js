// @ts-check

import { makeClient, makeFsDurableBaggage, makeInMemoryBaggage, provideFromBaggage } from '../../../js/index.js';
import { openStore } from '../../../js/store.js';
import { startProcess } from '../fixtures/baggage-process.js';
import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makePeer, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { outcome, throughCuts } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/** @import { Baggage } from '../../../js/index.js' */

test('flaw 23: a directory opens in a new process after kill -9, whatever sessions and exports there were', async t => {
  const root = makeDirectory();
  const start = (/** @type {string} */ name) => startPeer(t, { directory: `${root}/${name}` });
  let [a, b] = await Promise.all([start('a'), start('b')]);
  // Of every kind: sessions, registered objects, described ones, nameless ones, promises, callbacks.
  for (const name of ['counter', 'keeper', 'maker', 'waiter']) await a.enliven(b.location, name);
  await a.do('call', { on: 'maker', method: 'make', args: ['thing'], as: 'thing' });
  await a.do('call', { on: 'maker', method: 'ephemeral', args: [], as: 'ephemeral' });
  await a.do('call', { on: 'waiter', method: 'promise', args: [], as: 'promise' });
  await a.call('keeper', 'keep', { name: 'listener' });
  await a.call('counter', 'increment');
  await Promise.all([a.do('durable'), b.do('durable')]);
  const keysOfB = await b.do('keys');
  await Promise.all([a.kill(), b.kill()]);
  [a, b] = await Promise.all([start('a'), start('b')]);
  assert.deepEqual(new Set(await b.do('keys')), new Set(keysOfB));
  await a.enliven(b.location, 'counter');
  assert.equal(await a.call('counter', 'increment'), 2);
  assert.deepEqual(a.events.all.map(({ type }) => type), ['resumed']);
  assert.deepEqual([await a.do('troubles'), await b.do('troubles')], [[], []]);
});

test('flaw 24: what is stored names its object: another process has that one, or says that it has not', async t => {
  const root = makeDirectory();
  const start = (client = {}) => startPeer(t, { directory: `${root}/b`, client });
  let b = await start();
  await b.do('register', { swissnum: 'secret', title: 'Alpha' });
  const a = await makeTestPeer(t, { directory: `${root}/a` });
  const secret = await enliven(a, b.location, 'secret');
  assert.equal(await E(secret).title(), 'Alpha');

  // The next process makes another object first, in every place.
  await b.kill();
  b = await start();
  await b.do('register', { swissnum: 'other', title: 'Beta' });
  assert.equal(await throughCuts(() => E(secret).title()), 'Alpha');
  assert.equal(await E(await enliven(a, b.location, 'other')).title(), 'Beta');
  assert.equal(await enliven(a, b.location, 'secret'), secret);
  assert.deepEqual(await b.do('revived'), ['Alpha']);

  // The one after that cannot make it.
  await b.kill();
  b = await start({ describe: undefined, revive: undefined });
  await b.do('register', { swissnum: 'third', title: 'Gamma' });
  const { code } = await outcome(throughCuts(() => E(secret).title()));
  assert.equal(code, 'NOT_REVIVABLE');
  assert.match(String((await outcome(enliven(a, b.location, 'secret'))).error), /swissnum|revive/i);
  assert.equal(await E(await enliven(a, b.location, 'third')).title(), 'Gamma');
});

/**
 * A directory whose disk is full at one write.
 *
 * @param {string} filePath
 * @param {RegExp} key
 */
const makeFailing = (filePath, key) => {
  const real = makeFsDurableBaggage({ filePath });
  let isFull = true;
  /** @type {Baggage & { close: () => Promise<void>}} */
  const baggage = {
    ...real,
    close: async () => {
      await real.close();
    },
    set: (name, value) => {
      if (isFull && key.test(name)) {
        isFull = false;
        throw Object.assign(Error('no space left on device'), { code: 'ENOSPC' });
      }
      real.set(name, value);
    },
  };
  return baggage;
};

for (const [what, key] of /** @type {const} */ ([['record', /ById/], ['location', /ByLocationId/]])) {
  test(`flaw 26: a write of a session's ${what} that fails locks nobody out: once it is opened again, a session is made`, async t => {
    const root = makeDirectory();
    const b = await startPeer(t, { directory: `${root}/b` });
    const failing = await makePeer({ baggage: makeFailing(`${root}/a`, key) });
    t.after(() => failing.shutdown());
    // It may have been there for a moment.
    const session = (await outcome(failing.client.provideSession(b.location))).value;
    if (session !== undefined) {
      assert.throws(() => session.getBootstrap(), { code: 'STORE_FAILED' });
      assert.equal(session.status(), 'suspended');
      const { type, code } = /** @type {any} */ (failing.events.all.at(-1));
      assert.deepEqual([type, code], ['suspended', 'STORE_FAILED']);
    }
    assert.equal((await outcome(failing.client.provideSession(b.location))).code, 'STORE_FAILED');
    assert.throws(() => failing.client.registerSturdyRef('x', Far('x', {})), { code: 'STORE_FAILED' });
    await failing.shutdown();
    const a = await makeTestPeer(t, { directory: `${root}/a` });
    assert.equal(await E(await enliven(a, b.location, 'counter')).increment(), 1);
    const { sessions, handshakes } = await b.do('inspect');
    assert.deepEqual([sessions.filter((/** @type {any} */ { status }) => status === 'active').length, handshakes], [1, 0]);
  });

  test(`flaw 26: the same, when it is the peer whose write of a session's ${what} fails`, async t => {
    const root = makeDirectory();
    const a = await makeTestPeer(t, { directory: `${root}/a`, client: { reconnect: 'on-demand' } });
    const failing = await makePeer({ baggage: makeFailing(`${root}/b`, key) });
    t.after(() => failing.shutdown());
    const { location } = failing;
    const provided = await outcome(a.client.provideSession(location));
    assert.ok(provided.code !== 'STORE_FAILED', String(provided.code));
    await failing.shutdown();
    const b = await makeTestPeer(t, { directory: `${root}/b` });
    assert.deepEqual(b.location, location);
    registerObjects(b, makeThings());
    assert.equal(await throughCuts(async () => E(await enliven(a, b.location, 'counter')).increment()), 1);
  });
}

test('flaw 27: kill -9 while it writes leaves the last whole commit; one process at a time; damage is told, not forgotten', async () => {
  const filePath = `${makeDirectory()}/state`;
  const number = (/** @type {Baggage} */ baggage, /** @type {string} */ key) => {
    const [low = 0, middle = 0, high = 0] = baggage.get(key) ?? [];
    return low + (middle << 8) + (high << 16);
  };
  for (let round = 0; round < 3; round += 1) {
    const writer = startProcess('write', filePath);
    let acknowledged = 0;
    for (let i = 0; i < 10 + round * 17; i += 1) acknowledged = Number(await writer.line());
    assert.throws(() => makeFsDurableBaggage({ filePath }), { code: 'BAGGAGE_IN_USE' });
    await writer.kill();
    const baggage = makeFsDurableBaggage({ filePath });
    const generation = number(baggage, 'generation');
    assert.ok(generation >= acknowledged, `${generation} after ${acknowledged}`);
    for (let row = 0; row < 50; row += 1) assert.equal(number(baggage, `row/${row}`), generation);
    await baggage.close();
  }
  truncateSync(`${filePath}/data.mdb`, 9000);
  assert.throws(() => makeFsDurableBaggage({ filePath }), { code: 'STORE_DAMAGED' });
  assert.throws(() => makeFsDurableBaggage({ filePath }), { code: 'STORE_DAMAGED' });
});

test('flaw 28: a baggage that does not keep what it is given is found out, and so is one that is not there', async t => {
  const forgetful = { ...makeInMemoryBaggage(), set: () => {} };
  for (const made of [7, new Map(), new Map([['a', 1]])]) {
    assert.throws(() => provideFromBaggage(forgetful, 'k', () => made), { code: 'STORE_FAILED' });
  }
  assert.throws(() => makeClient({ tryResumeSession: true }), { code: 'API_MISUSE' });
  assert.throws(() => makeClient({ tryResumeSession: true, baggage: undefined }), { code: 'API_MISUSE' });
  // Nor does a client take part in resumes that was given none.
  const plain = await makeTestPeer(t, { client: { baggage: undefined } });
  assert.equal(plain.inspect().stored, 0);
});

test('flaw 29: what a baggage gave can be changed without changing it, and the other way round', async () => {
  const directory = makeDirectory();
  const open = () => makeFsDurableBaggage({ filePath: `${directory}/state` });
  let fs = open();
  for (const baggage of [makeInMemoryBaggage(), fs]) {
    const bytes = Uint8Array.of(1, 2, 3);
    baggage.set('bytes', bytes);
    bytes[0] = 9;
    /** @type {Uint8Array} */ (baggage.get('bytes'))[1] = 9;
    assert.deepEqual([.../** @type {Uint8Array} */ (baggage.get('bytes'))], [1, 2, 3]);

    const inner = new Map([['count', 1]]);
    const state = { next: 5, list: [1] };
    /** @type {any} */
    const map = provideFromBaggage(baggage, 'state', () => new Map(Object.entries({ inner, state })));
    inner.set('count', 7);
    state.next = 7;
    state.list.push(7);
    const given = map.get('state');
    // As an object is changed in place that was not hardened.
    for (const change of [() => { given.next = 8; }, () => { given.list.push(8); }]) {
      try {
        change();
      } catch (error) {
        assert.ok(error instanceof TypeError);
      }
    }
    assert.deepEqual(map.get('state'), { next: 5, list: [1] });
    assert.equal(map.get('inner').get('count'), 1);
    await openStore(baggage).idle();
  }
  await fs.close();
  fs = open();
  const kept = provideFromBaggage(fs, 'state', () => new Map());
  assert.deepEqual([kept.get('state'), kept.get('inner').get('count')], [{ next: 5, list: [1] }, 1]);
  assert.deepEqual([.../** @type {Uint8Array} */ (fs.get('bytes'))], [1, 2, 3]);
  await fs.close();
});
