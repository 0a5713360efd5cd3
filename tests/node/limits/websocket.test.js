// @ts-check

import { challengeOf, dialBare, fetch, startClient } from '../fixtures/websocket-kit.js';
import { Identity } from '../support/identity.js';
import { until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/** Pieces of one message: no piece is too long, and it never ends. @param {any} socket @param {number} bytes */
const sendPieces = (socket, bytes) => {
  for (let sent = 0; sent < bytes; sent += 4096) socket.send(Buffer.alloc(4096), { fin: false });
};

test('helloFrame: over a WebSocket, who has no session may send no more, in pieces neither', async t => {
  const a = await startClient(t, { limits: { helloFrame: 16_384 } });
  a.client.registerSturdyRef('echo', Far('echo', { echo: (/** @type {unknown} */ it) => it }));
  const friend = await startClient(t);
  const echo = await fetch(friend, a.location, 'echo');
  assert.equal(await E(echo).echo('hi'), 'hi');

  // Before it asked whom it talks to, and after.
  for (const isAsking of [false, true]) {
    const { socket, messages, state } = await dialBare(a.netlayer);
    if (isAsking) {
      socket.send(challengeOf(7));
      await until(() => messages.length === 1, 'the proof');
    }
    sendPieces(socket, isAsking ? 40_960 : 12_288);
    await until(() => state.closed !== 0, 'it is closed');
    assert.equal(a.client._debug.inspect().handshakes, 0);
  }

  // With a session it may send what anybody may.
  const { socket, messages, state } = await dialBare(a.netlayer);
  socket.send(challengeOf(8));
  await until(() => messages.length === 1, 'the proof');
  socket.send(new Identity().startSession({ transport: 'websocket', designator: 'x', hints: false }));
  await until(() => messages.length === 2, 'the hello');
  sendPieces(socket, 200_000);
  assert.equal(await E(echo).echo('x'.repeat(200_000)), 'x'.repeat(200_000));
  assert.equal(state.closed, 0);
  socket.terminate();
});
