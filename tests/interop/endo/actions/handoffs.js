// @ts-check

import assert from 'node:assert/strict';

/**
 * As the gifter: gives what the exporter has to the receiver, in every way.
 */

export const giveObject = async ({ E, fetch }, { exporter, receiver }) => {
  const maker = await fetch(exporter, 'maker');
  const keeper = await fetch(receiver, 'keeper');
  const thing = await E(maker).thing();
  assert.equal(await E(keeper).number(thing), 7n);
  const made = await Promise.all([1n, 2n, 3n].map(n => E(maker).make(n)));
  assert.deepEqual(await Promise.all(made.map(one => E(keeper).number(one))), [1n, 2n, 3n]);
  // The same one again, and home again.
  assert.deepEqual(await E(keeper).two(thing, thing), [7n, 7n, true]);
  assert.equal(await E(keeper).back(maker, thing), true);
};

/** An answer that has not come yet. */
export const giveAnswer = async ({ E, fetch }, { exporter, receiver }) => {
  const maker = await fetch(exporter, 'maker');
  const keeper = await fetch(receiver, 'keeper');
  assert.equal(await E(keeper).number(E(maker).thing()), 7n);
};

/** What settles only after it was given. */
export const givePromise = async ({ E, fetch }, { exporter, receiver }) => {
  const maker = await fetch(exporter, 'maker');
  const keeper = await fetch(receiver, 'keeper');
  const [imported] = await E(maker).list();
  const waiting = [E(keeper).wait(E(maker).wait()), E(keeper).wait(imported)];
  await E(keeper).number(E(maker).thing());
  await E(maker).settle();
  assert.deepEqual(await Promise.all(waiting), [7n, 7n]);
};
