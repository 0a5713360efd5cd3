// @ts-check

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { SKIPPED } from './skipped.js';
import { checkCheckout, COMMITS, runSuite, TESTS } from './suite.js';

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
  const child = spawn(process.execPath, [SERVER, '--dialect', dialect, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const locator = await Promise.race([
    once(lines, 'line').then(([line]) => line),
    once(child, 'exit').then(([code]) => {
      throw Error(`The server ended with ${code}.`);
    }),
  ]);
  const stop = async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  return { locator: String(locator), stop };
};

/**
 * @param {object} options
 * @param {string} options.checkout of ocapn-test-suite
 * @param {string} options.dialect that it speaks
 * @param {Report} options.report
 */
export const run = async ({ checkout, dialect, report }) => {
  checkCheckout(checkout, dialect);
  const { locator, stop } = await startServer(dialect);
  const skipped = SKIPPED[dialect];
  /** @param {string} test */
  const nameOf = test => `ocapn-test-suite ${COMMITS[dialect]}, ${dialect}: ${test}`;
  try {
    const outcomes = await runSuite({
      checkout,
      locator,
      onOutcome: ({ test, outcome, detail }) => {
        if (test in skipped) {
          report.skip(nameOf(test), skipped[test]);
        } else if (outcome === 'pass') {
          report.pass(nameOf(test));
        } else {
          report.fail(nameOf(test), Error(detail ?? outcome));
        }
      },
    });
    if (outcomes.length !== TESTS) {
      report.fail(nameOf('all tests'), Error(`There are ${outcomes.length} of ${TESTS}.`));
    }
  } finally {
    await stop();
  }
};
