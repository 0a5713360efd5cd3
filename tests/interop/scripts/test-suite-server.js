// @ts-check

import { makeTestObjects } from '../../../examples/test-suite-server/objects.mjs';

/**
 * The objects of the Python test suite, served. Cues: `serving` tells where.
 *
 * @import { World } from '../record/world.js'
 */

/** @param {World} world */
export const run = async world => {
  const { client, location } = await world.start('us');
  const objects = makeTestObjects({ enliven: client.enlivenSturdyRef, drop: references => world.letGo(references) });
  for (const [swissnum, object] of objects) {
    client.registerSturdyRef(swissnum, object);
  }
  world.cue('serving', location);
  await world.finished;
};
