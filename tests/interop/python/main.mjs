// @ts-check

import { run } from './run.js';

/**
 * Runs the Python suite alone: against the checkouts that OCAPN_TEST_SUITE_2026_01 and OCAPN_TEST_SUITE_2026_02 name.
 */

let passed = 0;
let failed = 0;

const report = {
  pass: (/** @type {string} */ name) => {
    passed += 1;
    console.log(`ok    ${name}`);
  },
  fail: (/** @type {string} */ name, /** @type {unknown} */ error) => {
    failed += 1;
    console.log(`FAIL  ${name}\n${error}`);
  },
  skip: (/** @type {string} */ name, /** @type {string} */ why) => console.log(`skip  ${name}: ${why}`),
};

for (const dialect of ['2026-01', '2026-02']) {
  const variable = `OCAPN_TEST_SUITE_${dialect.replace('-', '_')}`;
  const checkout = process.env[variable];
  if (checkout === undefined) {
    report.skip(`the suite in ${dialect}`, `${variable} names no checkout`);
  } else {
    await run({ checkout, dialect, report });
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
