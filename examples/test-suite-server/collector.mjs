// @ts-check
// The suite waits for releases, so garbage is collected soon after it may have come about.

import v8 from 'node:v8';
import vm from 'node:vm';

/** Ms between two collections. */
const PAUSE = 50;

/** So many follow what was dropped: what is being sent still holds it. */
const ROUNDS = 6;

v8.setFlagsFromString('--expose-gc');
const gc = /** @type {() => void} */ (vm.runInNewContext('gc'));

let left = 0;

const collect = () => {
  gc();
  left -= 1;
  if (left > 0) setTimeout(collect, PAUSE).unref();
};

export const collectSoon = () => {
  if (left <= 0) setTimeout(collect, PAUSE).unref();
  left = ROUNDS;
};
