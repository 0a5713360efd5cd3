// @ts-check

import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { makeProxy } from '../support/proxy.js';
import { throughCuts, until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

/** @import { Fate, Heard } from '../support/proxy.js' */

/** Which step of a resume a message is: 1 the dial, 2 the answer, 3 the confirmation. @param {Heard} heard */
const stepOf = ({ isFromDialler, index }) => (isFromDialler ? 1 + index * 2 : 2 + index * 2);

test('flaw 03: a lost reply, a lost confirmation or a crash between them leaves no count behind', async t => {
  const root = makeDirectory();
  // It does not dial by itself, so that all goes through the proxy.
  const start = () => startPeer(t, { directory: `${root}/b`, client: { reconnect: 'on-demand' } });
  let b = await start();
  const proxy = await makeProxy({ port: () => Number(b.location.hints.port) });
  t.after(() => proxy.close());
  const a = await makeTestPeer(t, { directory: `${root}/a`, via: () => proxy.port });
  const counter = await enliven(a, b.location, 'counter');
  let acknowledged = await E(counter).increment();

  /**
   * Cuts, and does something at one message of the first resume that follows.
   *
   * @param {number} step
   * @param {() => Fate | Promise<Fate>} happen
   */
  const disturb = async (step, happen) => {
    let isDone = false;
    proxy.judge = async heard => {
      if (isDone || heard.label !== 'op:resume-session' || stepOf(heard) !== step) return 'pass';
      isDone = true;
      return happen();
    };
    proxy.cutAll();
    await until(() => isDone, 'the message of the resume');
    const value = await throughCuts(() => E(counter).increment());
    assert.ok(value > acknowledged, `${value} after ${acknowledged}`);
    acknowledged = value;
  };
  const killAndStart = async () => {
    await b.kill();
    b = await start();
    return /** @type {Fate} */ ('cut');
  };

  await disturb(2, () => 'cut');
  await disturb(3, () => 'cut');
  await disturb(2, killAndStart);
  await disturb(3, killAndStart);
  await disturb(1, killAndStart);
  await disturb(2, () => 'cut');
  // One session from beginning to end: nothing was refused, or started afresh.
  const types = new Set(a.eventTypes().slice(1));
  assert.deepEqual(types, new Set(['suspended', 'resumed']));
  assert.equal(new Set(a.events.all.map(({ sessionId }) => sessionId)).size, 1);
  const [shown] = a.inspect().sessions;
  assert.ok(shown.sent >= 12, 'each attempt had a number of its own');
});
