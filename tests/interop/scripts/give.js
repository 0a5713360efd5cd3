// @ts-check

import { E } from '@endo/eventual-send';
import assert from 'node:assert/strict';

import { swissnum } from './calls.js';

/**
 * What one peer has is given to another. Parameters: `exporter`, `receiver`.
 *
 * @import { World } from '../record/world.js'
 */

/** @param {World} world */
export const run = async world => {
  const { client } = await world.start();
  const { exporter, receiver } = world.parameters;
  const fetch = async (/** @type {any} */ peer, /** @type {string} */ name) =>
    E((await client.provideSession(peer)).getBootstrap()).fetch(swissnum(name));
  const maker = await fetch(exporter, 'maker');
  const keeper = await fetch(receiver, 'keeper');
  const thing = await E(maker).thing();
  assert.equal(await E(keeper).number(thing), 7n);
  assert.equal(await E(keeper).number(await E(maker).make(2n)), 2n);
  assert.equal(await E(keeper).back(maker, thing), true);
};
