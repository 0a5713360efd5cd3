// @ts-check

import { E } from '@endo/eventual-send';
import { Far, makeTagged } from '@endo/pass-style';
import assert from 'node:assert/strict';

import { swissnumFromBytes } from '../../../js/index.js';

/**
 * What a client asks of a peer in one session: values, calls, pipelines, promises, fields, errors, releases, both ways.
 *
 * @import { World } from '../record/world.js'
 */

/** @param {string} text */
export const swissnum = text => swissnumFromBytes(new TextEncoder().encode(text));

/** @param {World} world */
export const run = async world => {
  const { client } = await world.start();
  const { peer } = world.parameters;
  const session = await client.provideSession(peer);
  const bench = await E(session.getBootstrap()).fetch(swissnum('bench'));

  // Values. `@endo/ocapn` cannot write what lies beyond U+FFFF.
  const text = world.parameters.isBasic ? 'é' : 'é🚀';
  const values = [undefined, null, true, -1n, 2n ** 64n, 1.5, NaN, text, Symbol.for('red'), [], { aa: 2n, b: 1n }];
  assert.deepEqual(await E(bench).echo(...values), values);
  assert.equal((await E(bench).echo(makeTagged('decimal', '3.14')))[0].payload, '3.14');
  await assert.rejects(E(bench).fail('no way'), /no way/);
  await assert.rejects(E(session.getBootstrap()).fetch(swissnum('nothing there')));

  // Pipelines, and fields of what is not there yet.
  const list = E(bench).echo('first', { name: 'second', items: [7n] });
  assert.equal(await E.get(list)[0], 'first');
  assert.equal(await E.get(E.get(E.get(list)[1]).items)[0], 7n);
  const counter = E(bench).makeCounter();
  const counts = [E(counter).add(1n), E(counter).add(2n), E(E(bench).itself()).echo()];
  assert.deepEqual(await Promise.all(counts), [1n, 3n, []]);
  await assert.rejects(E(E(bench).fail('early')).more(), /early/);

  // Objects and promises of ours.
  const ours = Far('ours', { double: (/** @type {bigint} */ n) => 2n * n, itself: () => ours });
  assert.deepEqual(await E(bench).callBack(ours, 'double', 21n), 42n);
  assert.deepEqual((await E(bench).echo(ours, ours))[1], ours);
  assert.equal(await E(bench).callBack(ours, 'itself'), ours);
  const later = /** @type {any} */ ({});
  const promise = new Promise((resolve, reject) => Object.assign(later, { resolve, reject }));
  const doubled = E(bench).callBack(promise, 'double', 4n);
  later.resolve(ours);
  assert.equal(await doubled, 8n);
  const broken = E(bench).callBack(Promise.reject(Error('broken here')), 'double', 4n);
  await assert.rejects(broken, /broken here/);

  // Promises of the peer's.
  const { promise: theirs, resolver } = await E(bench).makePromise();
  E.sendOnly(resolver).resolve(counter);
  assert.equal(await E(theirs).add(4n), 7n);
  const { promise: doomed, resolver: breaker } = await E(bench).makePromise();
  E.sendOnly(breaker).reject('spoilt');
  await assert.rejects(doomed, reason => reason === 'spoilt');

  // Sturdyrefs, and references that nobody uses any more.
  const sturdyRef = client.makeSturdyRef(peer, swissnum('bench'));
  await E(bench).echo(sturdyRef);
  assert.equal(await client.enlivenSturdyRef(sturdyRef), bench);
  world.letGo(resolver, breaker, await counter);
  const [again] = await E(bench).echo(await E(bench).makeCounter());
  assert.equal(await E(again).add(1n), 1n);
};
