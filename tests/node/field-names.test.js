// @ts-check

import { encodeSwissnum } from '../../js/index.js';
import { makePair } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

test('a name with a lone surrogate is refused, and is not taken for another', async t => {
  const { a, b, shutdown } = await makePair();
  t.after(shutdown);
  const record = { '\ufffd': 'another field', '\u{1f600}': 'a pair' };
  /** @type {string[]} */
  const called = [];
  const object = Far('object', { record: () => record, '\ufffd': () => called.push('another method') });
  b.client.registerSturdyRef('object', object);
  const remote = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('object')));
  for (const name of ['\ud800', '\udc00\ud800', `a long name ${'x'.repeat(40)} \ud800`]) {
    const refused = { code: 'NOT_PASSABLE', message: /lone surrogate/ };
    await assert.rejects(E.get(E(remote).record())[name], refused);
    await assert.rejects(E(remote)[name](), refused);
  }
  assert.equal(await E.get(E(remote).record())['\u{1f600}'], 'a pair');
  assert.equal(await E.get(E(remote).record())['\ufffd'], 'another field');
  assert.deepEqual(called, []);
});
