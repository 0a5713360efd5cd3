// @ts-check

import { makeClient, makeInMemoryBaggage } from '../../../js/index.js';
import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

test('two clients sharing one in-memory baggage share the sturdyref table', async t => {
  const baggage = makeInMemoryBaggage();
  const one = await makeTestPeer(t, { baggage, netlayer: { label: 'one' } });
  const two = await makeTestPeer(t, { baggage, netlayer: { label: 'two' } });
  const other = await makeTestPeer(t);
  one.client.registerSturdyRef('shared', Far('shared', { ok: () => 'ok' }));
  assert.equal(await E(await enliven(other, two.location, 'shared')).ok(), 'ok');
  two.client.registerSturdyRef('back', Far('back', { ok: () => 'back' }));
  assert.equal(await E(await enliven(other, one.location, 'back')).ok(), 'back');
});

test('two clients on one baggage may talk to each other, and resume', async t => {
  const baggage = makeInMemoryBaggage();
  const one = await makeTestPeer(t, { baggage, netlayer: { label: 'one' } });
  const two = await makeTestPeer(t, { baggage, netlayer: { label: 'two' } });
  one.client.registerSturdyRef('shared', Far('shared', { ok: () => 'ok' }));
  const shared = await enliven(two, one.location, 'shared');
  assert.equal(await E(shared).ok(), 'ok');
  const [own] = new Set(two.keys('ocapn:resumeSessionsById/').map(key => key.split('/')[2]));
  assert.equal(two.keys('ocapn:resumeSessionsById/').length, 2);
  assert.ok(own);
});

for (const durable of [true, false]) {
  test(`a swissnum table whose set throws fails registerSturdyRef${durable ? ', beside a baggage too' : ''}`, () => {
    const table = new Map();
    const refusing = {
      get: (/** @type {string} */ key) => table.get(key),
      set: () => {
        throw TypeError('only durable objects');
      },
    };
    const baggage = new Map();
    const client = makeClient({ swissnumTable: refusing, ...(durable ? { baggage, tryResumeSession: true } : {}) });
    assert.throws(() => client.registerSturdyRef('far', Far('far', {})), { message: 'only durable objects' });
    assert.equal(table.size, 0);
    assert.deepEqual([...baggage.keys()].filter(key => key.includes('swissnum')), []);
  });
}

test('a failing authenticateSession aborts a start and a resume, in another process', async t => {
  const root = makeDirectory();
  const asked = [];
  let isGood = false;
  const authenticateSession = (/** @type {any} */ { kind, peerLocation }) => {
    asked.push([kind, peerLocation.designator]);
    if (!isGood) throw Error('not you');
  };
  const victim = await makeTestPeer(t, {
    directory: `${root}/victim`,
    client: { authenticateSession, reconnect: 'on-demand' },
  });
  registerObjects(victim, makeThings());
  const caller = await startPeer(t, { directory: `${root}/caller` });
  await assert.rejects(caller.enliven(victim.location, 'counter'), { code: 'AUTH_REFUSED' });
  isGood = true;
  await caller.enliven(victim.location, 'counter');
  assert.equal(await caller.call('counter', 'increment'), 1);
  await caller.kill();
  isGood = false;
  const again = await startPeer(t, { directory: `${root}/caller` });
  await assert.rejects(again.enliven(victim.location, 'counter'), { code: 'AUTH_REFUSED' });
  assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended']);
  isGood = true;
  await again.enliven(victim.location, 'counter');
  assert.equal(await again.call('counter', 'increment'), 2);
  assert.deepEqual(victim.eventTypes(), ['fresh', 'suspended', 'resumed']);
  const kinds = asked.map(([kind]) => kind);
  assert.deepEqual([kinds[0], kinds[1], kinds.at(-1)], ['start', 'start', 'resume']);
});
