// @ts-check

import { makePeer, until } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

import { encodeSwissnum } from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';

/**
 * `a` gives what is `b`'s to `c`; `b` has a table of gifts of its host's.
 *
 * @param {{ after: (done: () => unknown) => void }} t
 * @param {any} giftTable
 */
const makeThree = async (t, giftTable) => {
  const network = makeMemoryNetwork();
  const a = await makePeer(network, 'a');
  const b = await makePeer(network, 'b', { giftTable });
  const c = await makePeer(network, 'c');
  t.after(() => Promise.all([a.client.shutdown(), b.client.shutdown(), c.client.shutdown()]));
  const thing = Far('thing', { number: () => 1n });
  b.client.registerSturdyRef('thing', thing);
  c.client.registerSturdyRef('keeper', Far('keeper', { number: (/** @type {any} */ value) => E(value).number() }));
  /** @param {{ location: any }} peer @param {string} name */
  const from = (peer, name) =>
    a.client.enlivenSturdyRef(a.client.makeSturdyRef(peer.location, encodeSwissnum(name)));
  return { network, thing, given: await from(b, 'thing'), keeper: await from(c, 'keeper') };
};

test('a gift stands in the table of the host until its receiver has it', async t => {
  const table = new Map();
  const { network, thing, given, keeper } = await makeThree(t, table);
  network.hold('c', 'b');
  const number = E(keeper).number(given);
  await until(() => table.size === 1, 'the gift is shown');
  const [[key, value]] = table;
  assert.match(key, /^[0-9a-f]{64}:[0-9a-f]{64}$/);
  assert.equal(value, thing);
  network.release('c', 'b');
  assert.equal(await number, 1n);
  assert.equal(table.size, 0);
});

test('a gift that somebody else put into the table is given', async t => {
  /** @type {string[]} */
  const taken = [];
  const other = Far('other', { number: () => 2n });
  const { network, given, keeper } = await makeThree(t, {
    has: () => true,
    get: () => other,
    set: () => assert.fail('no gift arrives'),
    delete: (/** @type {string} */ key) => taken.push(key),
  });
  network.tamper('a', 'b', () => undefined);
  assert.equal(await E(keeper).number(given), 2n);
  assert.equal(taken.length, 1);
});

test('gifts leave the table with the session of their giver', async t => {
  const table = new Map([['of somebody else', 'stays']]);
  const { network, given, keeper } = await makeThree(t, table);
  network.hold('c', 'b');
  const number = E(keeper).number(given);
  number.catch(() => {});
  await until(() => table.size === 2, 'the gift is shown');
  network.cut('a', 'b');
  await until(() => table.size === 1, 'the gift is gone');
  assert.deepEqual([...table.keys()], ['of somebody else']);
  network.release('c', 'b');
  await assert.rejects(number, /no session with its gifter/);
});
