// @ts-check

import assert from 'node:assert/strict';

/** A party's own location is no peer's: its sturdyrefs are enlivened without a connection, and it is not dialled. */
export const self = async ({ E, objects, location, client, makeSturdyRef, enliven }) => {
  const own = await enliven(makeSturdyRef(location, 'echo'));
  assert.equal(own, objects.echo);
  assert.equal(await E(own).echo('hi'), 'hi');
  await assert.rejects(async () => client.provideSession(location), /Refusing to connect to self/);
};
