// @ts-check
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const SCRIPT = `
  import { browserTests } from ${JSON.stringify(new URL('../../../scripts/test/browser.mjs', import.meta.url).href)};
  console.log(JSON.stringify(await browserTests(() => undefined)));
`;

/** @param {string} ci */
const runWithout = ci => {
  const options = { encoding: /** @type {const} */ ('utf8'), env: { ...process.env, CI: ci } };
  const lines = execFileSync(process.execPath, ['--input-type=module', '--eval', SCRIPT], options).trim().split('\n');
  return { counts: JSON.parse(lines.at(-1) ?? ''), said: lines.join('\n') };
};

test('without a browser its tests are skipped, by name, and fail where CI needs them', () => {
  const { counts, said } = runWithout('');
  assert.ok(counts.skipped > 0);
  assert.deepEqual([counts.passed, counts.failed], [0, 0]);
  assert.match(said, /not run: tests\/browser\/sessions\.test\.js/);
  assert.deepEqual(runWithout('true').counts, { passed: 0, failed: counts.skipped, skipped: 0 });
});
