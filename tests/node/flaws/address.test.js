// @ts-check

import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { throughCuts } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

test('flaw 10: a peer that restarts on another port is the same peer, and its session resumes', async t => {
  const root = makeDirectory();
  const options = {
    directory: `${root}/b`,
    keepsAddress: false,
    netlayer: { specifiedDesignator: 'moving' },
    client: { reconnect: 'on-demand' },
  };
  const b = await startPeer(t, options);
  const a = await makeTestPeer(t, { directory: `${root}/a` });
  const counter = await enliven(a, b.location, 'counter');
  await E(counter).increment();
  const { sessionId } = await a.client.provideSession(b.location);
  await b.kill();
  const moved = await startPeer(t, options);
  assert.notEqual(moved.location.hints.port, b.location.hints.port);

  const session = await a.client.provideSession(moved.location);
  assert.equal(session.sessionId, sessionId);
  assert.equal(await throughCuts(() => E(counter).increment()), 2);
  assert.equal(await enliven(a, moved.location, 'counter'), counter);
  // Old hints and new ones name one session.
  assert.equal(await a.client.provideSession(b.location), session);
  assert.deepEqual(a.eventTypes(), ['fresh', 'suspended', 'resumed']);
  const records = (await moved.do('keys', { prefix: 'ocapn:resumeSessions' })).length;
  assert.equal(records, 2);
  assert.equal(a.keys('ocapn:resumeSessions').length, 2);
});

test('flaw 10: after a resume at a new address, a cut is mended at that address', async t => {
  const root = makeDirectory();
  const options = {
    directory: `${root}/b`,
    keepsAddress: false,
    netlayer: { specifiedDesignator: 'moving' },
    client: { reconnect: 'on-demand' },
  };
  let b = await startPeer(t, options);
  const a = await makeTestPeer(t, { directory: `${root}/a` });
  const counter = await enliven(a, b.location, 'counter');
  await b.kill();
  b = await startPeer(t, options);
  await a.client.provideSession(b.location);
  assert.equal(await throughCuts(() => E(counter).increment()), 1);
  // It dies again, and comes back where it was last.
  const port = Number(b.location.hints.port);
  await b.kill();
  await a.events.waitFor(({ type }) => type === 'suspended', 'the second cut', { from: 3 });
  await startPeer(t, { ...options, netlayer: { ...options.netlayer, specifiedPort: port } });
  assert.equal(await throughCuts(() => E(counter).increment()), 2);
});
