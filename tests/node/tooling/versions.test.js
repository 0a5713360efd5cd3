// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isAtLeast } from '../../../scripts/lib/versions.mjs';

test('versions compare by number, and with what is missing as 0', () => {
  assert.equal(isAtLeast('v20.19.0', '>=20.19'), true);
  assert.equal(isAtLeast('v20.9.0', '>=20.19'), false);
  assert.equal(isAtLeast('v22.1.0', '>=20.19'), true);
  assert.equal(isAtLeast('v18.20.4', '>=20.19'), false);
  assert.equal(isAtLeast('rustc 1.95.0 (59807616e 2026-04-14)', '1.95'), true);
  assert.equal(isAtLeast('rustc 1.94.1 (abc 2026-01-01)', '1.95'), false);
});
