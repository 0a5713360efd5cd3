// @ts-check

import harden from '@endo/harden';
import { E } from '@endo/eventual-send';
import { Far, makeTagged } from '@endo/pass-style';

import { makeObjects } from '../endo/objects.js';
import { swissnum } from './calls.js';

/**
 * The objects of the parties of `tests/interop/endo/`, served, for peers that dial: who calls them, and who gives or gets them in
 * a handoff. Cues: `serving` tells where.
 *
 * @import { World } from '../record/world.js'
 */

/** @param {World} world */
export const run = async world => {
  const { client, location } = await world.start();
  const { objects } = makeObjects({
    E,
    Far,
    harden,
    makeTagged,
    makeSturdyRef: (where, name) => client.makeSturdyRef(where, swissnum(name)),
    enliven: client.enlivenSturdyRef,
  });
  for (const [name, object] of Object.entries(objects)) {
    client.registerSturdyRef(name, object);
  }
  world.cue('serving', location);
  await world.finished;
};
