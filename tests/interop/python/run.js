// @ts-check

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { plansFor } from './plans.js';
import { SKIPPED } from './skipped.js';
import { runSuite } from './suite.js';

/**
 * All tests of the Python suite against the example server.
 */

const SERVER = fileURLToPath(new URL('../../../examples/test-suite-server/server.mjs', import.meta.url));

/**
 * @typedef {object} Report
 * @property {(name: string) => void} pass
 * @property {(name: string, error: unknown) => void} fail
 * @property {(name: string, why: string) => void} skip
 */

/** @param {string} dialect */
const startServer = async dialect => {
  const args = [SERVER, '--dialect', dialect, '--port', '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const locator = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line)),
    ended.then(([code]) => {
      throw Error(`The server ended with ${code}.`);
    }),
  ]);
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { locator, stop };
};

/**
 * @param {object} options
 * @param {string} options.checkout of ocapn-test-suite
 * @param {string} options.dialect that it speaks: 2026-01 (at f0273f2) or 2026-02 (at 5bfcde9, which runs adapted to 2026-03 too)
 * @param {string} [options.referencing] a checkout of its branch add-referencing-tests, whose tests run as well
 * @param {Report} options.report
 */
export const run = async ({ checkout, dialect, referencing = process.env.OCAPN_TEST_SUITE_REFERENCING, report }) => {
  for (const plan of plansFor({ checkout, dialect, referencing })) {
    const skipped = SKIPPED[plan.dialect] ?? {};
    /** @param {string} test */
    const nameOf = test => `ocapn-test-suite ${plan.title}, ${plan.dialect}: ${test}`;
    const { locator, stop } = await startServer(plan.dialect);
    try {
      const outcomes = await runSuite(plan, locator, ({ test, outcome, detail }) => {
        if (test in skipped) {
          report.skip(nameOf(test), skipped[test]);
        } else if (outcome === 'pass') {
          report.pass(nameOf(test));
        } else {
          report.fail(nameOf(test), Error(detail ?? outcome));
        }
      });
      if (outcomes.length !== plan.count) {
        report.fail(nameOf('all tests'), Error(`${outcomes.length} ran, of ${plan.count}.`));
      }
    } catch (error) {
      report.fail(nameOf('all tests'), error);
    } finally {
      await stop();
    }
  }
};
