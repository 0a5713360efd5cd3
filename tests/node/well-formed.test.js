// @ts-check

/** Text is judged alike with and without the engine's own judgement, which is younger than the engines that we run in. */

import { isWellFormed } from '../../js/well-formed.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

/** @type {ReadonlyArray<[text: string, isWellFormed: boolean]>} */
const TEXTS = [
  ['', true],
  ['plain é', true],
  ['\u{1F600}', true],
  ['a\uD83D', false],
  ['\uDE00b', false],
  ['\uDE00\uD83D', false],
];

test('with the judgement of the engine', () => {
  assert.equal('isWellFormed' in String.prototype, true);
  for (const [text, expected] of TEXTS) assert.equal(isWellFormed(text), expected, JSON.stringify(text));
});

test('without it', async () => {
  delete (/** @type {any} */ (String.prototype).isWellFormed);
  const { href } = new URL('../../js/well-formed.js?without', import.meta.url);
  /** @type {{ isWellFormed: (text: string) => boolean }} */
  const without = await import(href);
  for (const [text, expected] of TEXTS) assert.equal(without.isWellFormed(text), expected, JSON.stringify(text));
});
