// @ts-check

import { makeFsDurableBaggage } from '../../../js/index.js';
import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { E } from '@endo/eventual-send';

/** @import { PeerProcess } from '../support/process.js' */

/** @param {PeerProcess} peer */
const ofSessions = async peer => {
  const keys = await peer.do('keys');
  return keys.filter((/** @type {string} */ key) => /^ocapn(-durable:|:resume|:gift)/.test(key));
};

test('a session that nobody asks for after a restart expires, and the application hears of it', async t => {
  const root = makeDirectory();
  const b = await startPeer(t, { directory: `${root}/b` });
  let a = await startPeer(t, { directory: `${root}/a` });
  await a.enliven(b.location, 'counter');
  await a.do('token', { on: 'counter' });
  const sessionId = await a.do('provide', { location: b.location });
  await Promise.all([a.kill(), b.kill()]);
  // It is older than that by now.
  a = await startPeer(t, { directory: `${root}/a`, client: { times: { expiry: 1 } } });
  const severed = await a.events.waitFor(({ type }) => type === 'severed', 'the expiry');
  assert.deepEqual([severed.code, severed.sessionId, severed.location?.designator], ['EXPIRED', sessionId, b.location.designator]);
  await a.do('durable');
  assert.deepEqual(await ofSessions(a), []);
});

test("sessions of locations that a baggage's clients do not have any more expire too", async t => {
  const server = await makeTestPeer(t, { baggage: new Map() });
  registerObjects(server, makeThings());
  const baggage = new Map();
  for (let i = 0; i < 3; i += 1) {
    const client = { times: { expiry: 200 } };
    // Another designator each time.
    const peer = await makeTestPeer(t, { baggage, keepsAddress: false, client });
    await E(await enliven(peer, server.location, 'greeter')).greet('you');
    await peer.shutdown();
  }
  const last = await makeTestPeer(t, { baggage, keepsAddress: false });
  await until(() => last.keys().every(key => key === 'ocapn:schema'), 'all three are gone');
  assert.deepEqual(last.eventTypes(), []);
});

test("strangers' sessions beyond the limit go, the oldest first", async t => {
  const baggage = new Map();
  const options = { baggage, client: { limits: { strangers: 2 } } };
  const server = await makeTestPeer(t, options);
  registerObjects(server, makeThings());
  /** @type {string[]} */
  const ids = [];
  for (let i = 0; i < 4; i += 1) {
    const peer = await makeTestPeer(t);
    await E(await enliven(peer, server.location, 'greeter')).greet('you');
    ids.push((await peer.client.provideSession(server.location)).sessionId);
    await peer.shutdown();
    await server.events.waitFor(({ type, sessionId }) => type === 'suspended' && sessionId === ids[i], 'the cut');
  }
  const severed = server.events.all.filter(({ type }) => type === 'severed');
  assert.deepEqual(severed.map(({ sessionId, code }) => [sessionId, code]), ids.slice(0, 2).map(id => [id, 'LIMIT_EXCEEDED']));
  await server.shutdown();
  // What was within the limit in one process may be too much for the next.
  const again = await makeTestPeer(t, { baggage, client: { limits: { strangers: 1 } } });
  const { sessionId } = await again.events.waitFor(({ type }) => type === 'severed', 'one more');
  assert.equal(sessionId, ids[2]);
  assert.equal(again.keys('ocapn:resumeSessionsById/').length, 1);
});

/**
 * A baggage that outlives its process, as far as it says.
 *
 * @param {string} filePath
 * @param {string | undefined} bootId
 */
const makeProcessBaggage = (filePath, bootId) => {
  const baggage = makeFsDurableBaggage({ filePath });
  return { ...baggage, durability: /** @type {const} */ ('process'), ...(bootId === undefined ? {} : { bootId }) };
};

test("a baggage of durability 'process' keeps its sessions over a restart of the process, and ends them after a reboot", async t => {
  const server = await makeTestPeer(t, { baggage: new Map() });
  registerObjects(server, makeThings());
  const filePath = makeDirectory();
  /** @param {string} bootId */
  const use = async bootId => {
    const peer = await makeTestPeer(t, { baggage: makeProcessBaggage(filePath, bootId) });
    assert.equal(await E(await enliven(peer, server.location, 'greeter')).greet('you'), 'Hello you');
    const { sessionId } = await peer.client.provideSession(server.location);
    const first = peer.eventTypes()[0];
    const { designator } = peer.location;
    await peer.shutdown();
    return { sessionId, first, designator };
  };
  const before = await use('boot one');
  assert.deepEqual(await use('boot one'), { ...before, first: 'resumed' });
  const after = await use('boot two');
  // Another session, of the same peer: only sessions go.
  assert.notEqual(after.sessionId, before.sessionId);
  assert.deepEqual([after.first, after.designator], ['fresh', before.designator]);
  assert.deepEqual(await use('boot two'), { ...after, first: 'resumed' });
});

test("a baggage of durability 'process' needs a bootId to keep sessions", async t => {
  const filePath = makeDirectory();
  for (const bootId of [undefined, '']) {
    const baggage = makeProcessBaggage(filePath, bootId);
    await assert.rejects(makeTestPeer(t, { baggage }), { code: 'API_MISUSE' });
    // Without sessions it is good for what the application stores.
    const peer = await makeTestPeer(t, { baggage, client: { tryResumeSession: false } });
    await peer.shutdown();
  }
});
