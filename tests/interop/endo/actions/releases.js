// @ts-check

import assert from 'node:assert/strict';

/** Counts on this side of what is fetched and comes back. The peer's side is looked at by the parent. */
export const countImports = async ({ E, fetch, table, shelf }, { peer }) => {
  const echo = await fetch(peer, 'echo');
  const slot = table(peer).getSlotForValue(echo);
  const start = table(peer).getRefCount(slot);
  await E(echo).echo(echo);
  await E(echo).all(echo, echo);
  assert.equal(table(peer).getRefCount(slot), start + 3);
  shelf.set('echo', echo);
  return { slot, count: start + 3 };
};

/** Fetches many, and holds none. */
export const importMany = async ({ E, fetch }, { peer, count }) => {
  const maker = await fetch(peer, 'maker');
  for (let i = 0n; i < count; i += 1n) {
    const made = await E(maker).make(i);
    assert.equal(await E(made).number(), i);
  }
};

/** Exports of this side that the peer lets go of in time, while it collects garbage. */
export const exportsAreReleased = async ({ E, Far, fetch, table, until }, { peer }) => {
  const echo = await fetch(peer, 'echo');
  const mine = Far('mine', {});
  await E(echo).keep(mine, mine);
  await E(echo).echo(mine);
  const slot = table(peer).getSlotForValue(mine);
  assert.ok(table(peer).getRefCount(slot) >= 2, 'it was sent at least twice');
  await E(echo).keep();
  await until(async () => {
    await E(echo).echo(1n);
    return table(peer).getRefCount(slot) === 0;
  }, 'the peer lets go');
};

/** How many of the things that this side made the peer still has. */
export const madeExports = async ({ made, table }, { peer }) =>
  made.filter((/** @type {any} */ one) => table(peer)?.getSlotForValue(one) !== undefined).length;

/** Other traffic: what was last heard may be held until more comes. */
export const stir = async ({ E, fetch }, { peer }) => {
  await E(await fetch(peer, 'maker')).thing();
};
