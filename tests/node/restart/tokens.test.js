// @ts-check

import { provideFromBaggage } from '../../../js/index.js';
import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/** @import { PeerProcess } from '../support/process.js' */

/** @param {PeerProcess} peer @param {string} mark */
const rows = async (peer, mark) => {
  const keys = await peer.do('keys', { prefix: 'ocapn-durable:tables/' });
  return keys.filter((/** @type {string} */ key) => key.split('/')[3]?.startsWith(mark));
};

test('a reference comes back from its token in a process that starts after kill -9, and works at once', async t => {
  const root = makeDirectory();
  const b = await startPeer(t, { directory: `${root}/b` });
  const start = () => startPeer(t, { directory: `${root}/a`, client: { times: { unclaimed: 20 } } });
  let a = await start();
  await a.enliven(b.location, 'maker');
  await a.do('call', { on: 'maker', method: 'make', args: ['kept'], as: 'kept' });
  await a.do('call', { on: 'maker', method: 'make', args: ['unkept'], as: 'unkept' });
  const token = await a.do('token', { on: 'kept' });
  assert.match(token, /^[0-9a-f]{128}$/);
  assert.deepEqual(await a.do('token', { on: 'kept' }), token, 'an object has one token');
  await a.kill();

  a = await start();
  // Nobody asks for the peer: the call itself dials.
  await a.do('fromToken', { token, as: 'again' });
  assert.equal(await a.call('again', 'title'), 'kept');
  // What nothing names is released soon; what has a token is not, for ever.
  await until(async () => (await rows(a, 'o-')).length === 1, 'the row without a token is released');
  assert.equal(await a.call('again', 'title'), 'kept');
  await until(async () => (await rows(b, 'o+')).length === 1, 'the peer hears of it');
  assert.deepEqual(await b.do('revived'), []);

  // Not even when a process never asks for it.
  await a.enliven(b.location, 'greeter');
  await a.kill();
  a = await start();
  await a.enliven(b.location, 'maker');
  await until(async () => (await rows(a, 'o-')).length === 2, 'the row of the greeter is released');
  await a.do('fromToken', { token, as: 'once more' });
  await b.kill();
  await startPeer(t, { directory: `${root}/b` });
  assert.equal(await a.call('once more', 'title'), 'kept');
});

test('a token keeps what nobody holds, and gives the same object while somebody does', async t => {
  const root = makeDirectory();
  const b = await startPeer(t, { directory: `${root}/b` });
  const a = await startPeer(t, { directory: `${root}/a`, execArgv: ['--expose-gc'] });
  await a.enliven(b.location, 'maker');
  await a.do('call', { on: 'maker', method: 'make', args: ['kept'], as: 'kept' });
  await a.do('call', { on: 'maker', method: 'make', args: ['unkept'], as: 'unkept' });
  const token = await a.do('token', { on: 'kept' });
  await a.do('fromToken', { token, as: 'same' });
  assert.equal(await a.do('areSame', { names: ['kept', 'same'] }), true);
  await a.do('forget', { name: 'same' });
  await a.do('forget', { name: 'kept' });
  await a.do('forget', { name: 'unkept' });
  await until(async () => (await rows(b, 'o+')).length === 2, 'the one without a token is released');
  await a.do('fromToken', { token, as: 'again' });
  assert.equal(await a.call('again', 'title'), 'kept');
  // Released while it is held: it stays until it is not.
  await a.do('releaseToken', { token });
  await assert.rejects(a.do('fromToken', { token, as: 'never' }), { code: 'TOKEN_UNKNOWN' });
  await assert.rejects(a.do('releaseToken', { token }), { code: 'TOKEN_UNKNOWN' });
  assert.equal(await a.call('again', 'title'), 'kept');
  await a.do('forget', { name: 'again' });
  await until(async () => (await rows(b, 'o+')).length === 1, 'the peer hears that nothing is held');
  assert.deepEqual(await rows(a, 't:'), []);
});

test('a token that is released in a later process is released at the peer', async t => {
  const root = makeDirectory();
  const b = await startPeer(t, { directory: `${root}/b` });
  let a = await startPeer(t, { directory: `${root}/a` });
  await a.enliven(b.location, 'maker');
  await a.do('call', { on: 'maker', method: 'make', args: ['kept'], as: 'kept' });
  const token = await a.do('token', { on: 'kept' });
  await a.kill();
  a = await startPeer(t, { directory: `${root}/a` });
  await a.do('releaseToken', { token });
  assert.deepEqual(await rows(a, 't:'), []);
  assert.deepEqual((await rows(a, 'o-')).length, 1, 'that of the maker');
  await a.enliven(b.location, 'greeter');
  await until(async () => (await rows(b, 'o+')).length === 2, 'maker and greeter are left');
  await assert.rejects(a.do('fromToken', { token, as: 'never' }), { code: 'TOKEN_UNKNOWN' });
});

test('a token of a session that was severed is unknown, in that process and in the next', async t => {
  const root = makeDirectory();
  const b = await startPeer(t, { directory: `${root}/b` });
  let a = await startPeer(t, { directory: `${root}/a` });
  await a.enliven(b.location, 'maker');
  await a.do('call', { on: 'maker', method: 'make', args: ['kept'], as: 'kept' });
  const token = await a.do('token', { on: 'kept' });
  const severed = a.events.waitFor(({ type }) => type === 'severed', 'severed');
  await a.do('abort', { location: b.location });
  await severed;
  await assert.rejects(a.do('fromToken', { token, as: 'never' }), { code: 'TOKEN_UNKNOWN' });
  await assert.rejects(a.do('token', { on: 'kept' }), { code: 'ABORTED_LOCALLY' });
  await a.do('durable');
  await a.kill();
  a = await startPeer(t, { directory: `${root}/a` });
  await assert.rejects(a.do('fromToken', { token, as: 'never' }), { code: 'TOKEN_UNKNOWN' });
  assert.deepEqual(await a.do('keys', { prefix: 'ocapn-durable:' }), []);
});

test('what has no token says so, and no bytes are taken for one', async t => {
  const server = await makeTestPeer(t, { baggage: new Map() });
  registerObjects(server, makeThings());
  const durable = await makeTestPeer(t, { baggage: new Map() });
  const passing = await makeTestPeer(t);
  const greeter = await enliven(durable, server.location, 'greeter');
  const session = await durable.client.provideSession(server.location);
  for (const reference of [Far('own', {}), {}, 7, undefined, E(greeter).greet('me'), session.getBootstrap()]) {
    await assert.rejects(durable.client.refToken(reference), { code: 'API_MISUSE' });
  }
  const fleeting = await enliven(passing, server.location, 'greeter');
  await assert.rejects(passing.client.refToken(fleeting), { code: 'API_MISUSE' });
  const token = await durable.client.refToken(greeter);
  await assert.rejects(passing.client.refFromToken(token), { code: 'API_MISUSE' });
  for (const at of [0, 63, 64, 127]) {
    const other = `${token.slice(0, at)}${token[at] === '0' ? '1' : '0'}${token.slice(at + 1)}`;
    await assert.rejects(durable.client.refFromToken(other), { code: 'TOKEN_UNKNOWN' });
    await assert.rejects(durable.client.releaseToken(other), { code: 'TOKEN_UNKNOWN' });
  }
  for (const other of ['', token.slice(1), `${token}0`, token.toUpperCase().replace(/[0-9]/g, 'A')]) {
    await assert.rejects(durable.client.refFromToken(other), { code: 'TOKEN_UNKNOWN' });
  }
  await assert.rejects(durable.client.refFromToken(/** @type {any} */ (new Uint8Array(64))), { code: 'API_MISUSE' });
  assert.equal(await durable.client.refFromToken(token), greeter);
});

test('a token is kept with what the application stores, and waits for the netlayer of its session', async t => {
  const server = await makeTestPeer(t, { baggage: new Map() });
  registerObjects(server, makeThings());
  const directory = makeDirectory();
  const first = await makeTestPeer(t, { directory });
  const counter = await enliven(first, server.location, 'counter');
  assert.equal(await E(counter).increment(), 1);
  provideFromBaggage(/** @type {any} */ (first.baggage), 'app', () => new Map()).set('counter', await first.client.refToken(counter));
  await first.shutdown();

  const second = await makeTestPeer(t, { directory });
  const kept = provideFromBaggage(/** @type {any} */ (second.baggage), 'app', () => new Map()).get('counter');
  const again = await second.client.refFromToken(kept);
  assert.equal(await E(again).increment(), 2);
  assert.equal(await enliven(second, server.location, 'counter'), again);
  await second.shutdown();

  // Another peer's baggage: its session is none of ours.
  const third = await makeTestPeer(t, { directory, keepsAddress: false });
  await assert.rejects(third.client.refFromToken(kept), { code: 'NO_NETLAYER' });
});
