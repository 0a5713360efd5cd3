// @ts-check

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * The Python test suite of OCapN, as a process.
 *
 * @import { Plan } from './plans.js'
 */

/** A Python of 3.10 or later, which has the package `cryptography`. */
const PYTHON = process.env.OCAPN_PYTHON ?? 'python3';

const DRIVER = fileURLToPath(new URL('driver.py', import.meta.url));

/** Ms that all tests of a plan may take: a test that waits for what does not come takes a minute. */
const LIMIT = 15 * 60_000;

/**
 * @typedef {object} Outcome
 * @property {string} test
 * @property {'pass' | 'fail' | 'skip'} outcome
 * @property {string | null} detail
 */

/**
 * Runs tests of the suite.
 *
 * @param {Plan} plan
 * @param {string} locator of who is tested
 * @param {(outcome: Outcome) => void} [onOutcome]
 * @returns {Promise<Outcome[]>}
 */
export const runSuite = async ({ checkout, dialect, tests, modules }, locator, onOutcome = () => {}) => {
  const from = tests === undefined ? [] : ['--tests', tests];
  const args = [DRIVER, checkout, locator, '--dialect', dialect, ...from, '--only', ...modules];
  const child = spawn(PYTHON, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT);
  /** @type {Outcome[]} */
  const outcomes = [];
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', text => {
    errors += text;
  });
  createInterface({ input: child.stdout }).on('line', line => {
    if (line.startsWith('{')) {
      const outcome = JSON.parse(line);
      outcomes.push(outcome);
      onOutcome(outcome);
    }
  });
  try {
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) {
      throw Error(
        `${PYTHON} ended with ${code}; it has to be Python 3.10 with the package cryptography (OCAPN_PYTHON names another). ${errors}`,
      );
    }
  } finally {
    clearTimeout(limit);
  }
  return outcomes;
};
