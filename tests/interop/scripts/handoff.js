// @ts-check

import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';
import assert from 'node:assert/strict';

import { swissnum } from './calls.js';

/**
 * A client and two peers, `peer` and `other`: references are handed on in all three roles.
 *
 * @import { World } from '../record/world.js'
 */

/** @param {World} world */
export const run = async world => {
  const { client } = await world.start();
  const { peer, other } = world.parameters;
  const ours = Far('ours', { double: (/** @type {bigint} */ n) => 2n * n });
  /** @param {any} location */
  const benchOf = async location => {
    const session = await client.provideSession(location);
    return E(session.getBootstrap()).fetch(swissnum('bench'));
  };
  const first = await benchOf(peer);
  const second = await benchOf(other);

  // We give: the first peer calls what is the second's.
  const counter = await E(second).makeCounter();
  assert.equal(await E(first).callBack(counter, 'add', 1n), 1n);
  const [one, two] = await E(first).echo(counter, counter);
  assert.equal(await E(one).add(1n), 2n);
  assert.equal(await E(two).add(1n), 3n);

  // We receive: the first peer gives us what is the second's, whom we know already.
  await E(first).keep(E(second).makeCounter());
  const given = await E(first).kept();
  assert.equal(await E(given).add(5n), 5n);

  // We export: the first peer gives the second what is ours.
  assert.equal(await E(first).callBack(second, 'callBack', ours, 'double', 4n), 8n);
  await E(first).callBack(second, 'keep', ours);
  assert.equal(await E(second).kept(), ours);
};
