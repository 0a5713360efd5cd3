// @ts-check

import { fromEnvironment } from './plans.js';
import { run } from './run.js';

/**
 * Runs the Python suite alone: against the checkouts that OCAPN_TEST_SUITE_2026_01, OCAPN_TEST_SUITE_2026_02 and
 * OCAPN_TEST_SUITE_REFERENCING name.
 */

const counts = { passed: 0, failed: 0, skipped: 0 };

/** @type {import('./run.js').Report} */
const report = {
  pass: name => {
    counts.passed += 1;
    console.log(`ok    ${name}`);
  },
  fail: (name, error) => {
    counts.failed += 1;
    console.log(`FAIL  ${name}\n${error}`);
  },
  skip: (name, why) => {
    counts.skipped += 1;
    console.log(`skip  ${name}: ${why}`);
  },
};

const { checkouts, missing } = fromEnvironment();
for (const options of checkouts) {
  await run({ ...options, report });
}
for (const name of missing) {
  console.log(`${name} names no checkout.`);
}
console.log(JSON.stringify(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
