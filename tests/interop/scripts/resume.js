// @ts-check

import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';
import assert from 'node:assert/strict';

import { swissnum } from './calls.js';

/**
 * A session that goes on over a lost connection, and over a restart of the client. Cues: `cut` breaks the connections.
 *
 * @import { ClientOptions } from '../../../js/options.js'
 * @import { World } from '../record/world.js'
 */

/** @param {World} world */
const start = async world => {
  /** @type {string[]} */
  const events = [];
  /** @type {Set<() => void>} */
  const watchers = new Set();
  /** @type {ClientOptions} */
  const options = {
    baggage: world.baggage(),
    tryResumeSession: true,
    times: { retryLeast: 5 },
    onSessionEvent: ({ type }) => {
      events.push(type);
      watchers.forEach(wake => wake());
      watchers.clear();
    },
  };
  const { client } = await world.start('us', options);
  const ours = Far('ours', { double: (/** @type {bigint} */ n) => 2n * n });
  client.registerSturdyRef('ours', ours);
  /** @param {string} type */
  const saw = async type => {
    while (!events.includes(type)) {
      await new Promise(resolve => watchers.add(() => resolve(undefined)));
    }
    events.length = 0;
  };
  return { client, ours, saw };
};

/** @param {World} world */
export const run = async world => {
  const { peer } = world.parameters;
  const first = await start(world);
  const session = await first.client.provideSession(peer);
  const bench = await E(session.getBootstrap()).fetch(swissnum('bench'));
  const counter = await E(bench).makeCounter();
  assert.equal(await E(bench).callBack(first.ours, 'double', 2n), 4n);
  await E(bench).keep(first.ours);

  world.cue('cut');
  await first.saw('suspended');
  const queued = E(counter).add(1n);
  await world.advance(20);
  assert.equal(await queued, 1n);
  await first.saw('resumed');
  assert.equal(await E(bench).callBack(first.ours, 'double', 3n), 6n);

  await world.stop();
  const second = await start(world);
  const resumed = await second.client.provideSession(peer);
  assert.equal(resumed.sessionId, session.sessionId);
  await second.saw('resumed');
  const again = await E(resumed.getBootstrap()).fetch(swissnum('bench'));
  assert.equal(await E(again).callKept('double', 5n), 10n);
};
