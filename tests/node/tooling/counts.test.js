// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ofCargoTest, ofNextest, ofNodeTest, sum } from '../../../scripts/test/counts.mjs';

test('cargo test: adds up its binaries, and reads nothing that a test printed', () => {
  const output = [
    'running 3 tests',
    'a line with 99 passed in it',
    'test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0s',
    '\u001b[32mtest result: ok. 4 passed; 0 failed; 5 ignored; 0 measured; 7 filtered out\u001b[0m',
  ].join('\n');
  assert.deepEqual(ofCargoTest(output), { passed: 6, failed: 1, skipped: 5 });
});

test('nextest: counts what timed out as failed, and what was slow once', () => {
  const output = [
    '        PASS [   0.004s] (1/9) xtask glue::tests::replaces_what_is_there_once',
    '────────────',
    '     Summary [   0.010s] 9 tests run: 6 passed (1 slow), 2 failed, 1 timed out, 4 skipped',
  ].join('\n');
  assert.deepEqual(ofNextest(output), { passed: 6, failed: 3, skipped: 4 });
});

test('node --test: reads both reporters', () => {
  const numbers = { tests: 9, pass: 3, fail: 1, cancelled: 1, skipped: 2, todo: 2 };
  for (const mark of ['#', '\u2139']) {
    const output = Object.entries(numbers).map(([name, number]) => `${mark} ${name} ${number}`);
    assert.deepEqual(ofNodeTest(output.join('\n')), { passed: 3, failed: 2, skipped: 4 });
  }
});

test('no output has no tests', () => {
  for (const count of [ofCargoTest, ofNextest, ofNodeTest]) {
    assert.deepEqual(count(''), sum([]));
  }
});
