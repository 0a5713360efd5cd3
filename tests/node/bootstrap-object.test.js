// @ts-check

/** The bootstrap object of a client: made when a peer first means it, and one object from then on. */

import { makePair } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

import { encodeSwissnum } from '../../js/index.js';

test('a peer that passes our bootstrap object back passes the same one each time', async t => {
  const { a, b, shutdown } = await makePair();
  t.after(shutdown);
  /** @type {unknown[]} */
  const kept = [];
  b.client.registerSturdyRef('keeper', Far('keeper', { keep: object => void kept.push(object) }));
  const bootstrap = (await a.client.provideSession(b.location)).getBootstrap();
  const keeper = await E(bootstrap).fetch(encodeSwissnum('keeper'));
  await E(keeper).keep(bootstrap);
  await E(keeper).keep(bootstrap);
  assert.equal(kept.length, 2);
  assert.equal(kept[0], kept[1]);
});
