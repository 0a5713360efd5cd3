// @ts-check

import { crash } from '../../crash/crash.js';

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';

/** Each kill finds the bug as likely as not. */
const KILLS = 40;

for (const plant of /** @type {const} */ (['lost', 'doubled'])) {
  test(`kills find a planted bug: ${plant === 'lost' ? 'commits that come later than they say' : 'calls that are repeated'}`, async t => {
    const seed = randomInt(2 ** 29);
    t.diagnostic(`seed ${seed}`);
    const { figures, faults } = await crash({ kills: KILLS, seed, plant });
    assert.ok(figures[plant] > 0, `seed ${seed}: ${JSON.stringify(figures)} ${faults}`);
  });
}
