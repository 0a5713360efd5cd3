// @ts-check

import { makeTestPeer } from './support/peer.js';
import { listenRaw } from './support/raw-line.js';
import { acceptRaw, startRaw } from './support/raw-session.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

for (const trustClaims of [true, false]) {
  test(`over TCP, a peer that says where it is ${trustClaims ? 'is believed' : 'is not believed with trustClaims: false'}`, async t => {
    const victim = await makeTestPeer(t, { netlayer: { trustClaims } });
    const server = await listenRaw();
    t.after(() => server.close());
    const claimant = await startRaw(victim.location, { location: server.location });
    const provided = victim.client.provideSession(server.peerLocation);
    if (trustClaims) {
      assert.equal((await provided).sessionId, claimant.id.toString('hex'));
      assert.equal(server.lines.all.length, 0);
    } else {
      // Who is there is asked, and that is the session.
      const real = await acceptRaw(await server.next('the dial'), server.location);
      assert.equal((await provided).sessionId, real.id.toString('hex'));
      assert.notEqual(real.id.toString('hex'), claimant.id.toString('hex'));
    }
  });
}
