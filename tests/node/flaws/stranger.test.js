// @ts-check

import { makeTestPeer, enliven } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { deliver, exported, startRaw } from '../support/raw-session.js';
import { rowsOf } from '../support/rows.js';
import { sym } from '../support/syrup.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

/** @import { PeerProcess } from '../support/process.js' */

/**
 * Says that it is at a peer's location, with a key of its own, and asks for what that peer was given.
 *
 * @param {PeerProcess} victim
 * @param {any} location of the peer
 * @param {number} positions that it tries, each in a session of its own
 */
const guess = async (victim, location, positions) => {
  for (let position = 1; position <= positions; position += 1) {
    const stranger = await startRaw(victim.location, { location });
    stranger.line.send(deliver(exported(position), [sym('title')], { resolver: stranger.take() }));
    // Whoever says to be A is given A's numbers for what it fetches anew, so its table may begin beyond them: then there is
    // nothing at this one, which is no error of the stranger's.
    const { label, fields } = await stranger.line.next(`what is at position ${position}`);
    if (label === 'op:abort') {
      assert.equal(fields[0], 'internal error');
    } else {
      const [how, reason] = fields[1];
      assert.equal(how, Symbol.for('break'));
      assert.match(reason.fields[0], /^LOST/);
    }
    stranger.line.end();
    await stranger.line.closed;
  }
};

test('flaw 13: a stranger at the location of a peer gets none of its slots, in the same process and after a restart', async t => {
  const root = makeDirectory();
  const start = () => startPeer(t, { directory: `${root}/b`, client: { reconnect: 'on-demand' } });
  let b = await start();
  const a = await makeTestPeer(t, { directory: `${root}/a`, client: { reconnect: 'on-demand' } });
  const maker = await enliven(a, b.location, 'maker');
  await E(maker).make('TOP SECRET');
  const { sessionId } = await a.client.provideSession(b.location);
  const before = await rowsOf(b);
  assert.equal(before.filter(({ side }) => side === 'o+').length, 2);

  // A's place is free: nobody answers there but A, and its connection is gone.
  await a.netlayer.shutdown();
  await b.events.waitFor(({ type }) => type === 'suspended', 'the cut');
  await guess(b, a.location, 4);
  await b.do('durable');
  await b.kill();
  b = await start();
  await guess(b, a.location, 4);

  // Nothing of A's changed, nor is there anything of the stranger's.
  assert.deepEqual(await rowsOf(b), before);
  await a.shutdown();
  const again = await makeTestPeer(t, { directory: `${root}/a` });
  const thing = await E(await enliven(again, b.location, 'maker')).make('TOP SECRET');
  assert.equal(await E(thing).title(), 'TOP SECRET');
  assert.equal((await again.client.provideSession(b.location)).sessionId, sessionId);
  assert.deepEqual(again.eventTypes(), ['resumed']);
});
