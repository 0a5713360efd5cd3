// @ts-check

import { E } from '@endo/eventual-send';
import assert from 'node:assert/strict';

import { swissnum } from './calls.js';

/**
 * A session with a peer that counts resumes as pull request 3175 does: over a lost connection, and over a restart of ours. Cues:
 * `cut` breaks the connection.
 *
 * @import { World } from '../record/world.js'
 */

/** @param {World} world */
const start = async world => {
  /** @type {string[]} */
  const events = [];
  /** @type {Set<() => void>} */
  const watchers = new Set();
  const { client, location } = await world.start('us', {
    baggage: world.baggage(),
    tryResumeSession: true,
    times: { retryLeast: 5 },
    onSessionEvent: ({ type }) => {
      events.push(type);
      watchers.forEach(wake => wake());
      watchers.clear();
    },
  });
  /** @param {string} type */
  const saw = async type => {
    while (!events.includes(type)) await new Promise(resolve => watchers.add(() => resolve(undefined)));
    events.length = 0;
  };
  return { client, location, saw };
};

/** @param {World} world */
export const run = async world => {
  const { peer } = world.parameters;
  const first = await start(world);
  const session = await first.client.provideSession(peer);
  const bench = await E(session.getBootstrap()).fetch(swissnum('bench'));
  const counter = await E(bench).makeCounter();
  assert.equal(await E(counter).add(1n), 1n);

  world.cue('cut', first.location);
  await first.saw('suspended');
  const queued = E(counter).add(1n);
  await world.advance(20);
  assert.equal(await queued, 2n);
  await first.saw('resumed');

  await world.stop();
  const second = await start(world);
  const resumed = await second.client.provideSession(peer);
  assert.equal(resumed.sessionId, session.sessionId);
  await second.saw('resumed');
  const again = await E(resumed.getBootstrap()).fetch(swissnum('bench'));
  assert.deepEqual(await E(again).echo(3n), [3n]);
};
