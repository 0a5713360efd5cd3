// @ts-check

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The Python test suite of OCapN, as a process.
 */

/** A Python of 3.10 or later, which has the package `cryptography`. */
const PYTHON = process.env.OCAPN_PYTHON ?? 'python3';

const DRIVER = fileURLToPath(new URL('driver.py', import.meta.url));

/** Ms that all tests of the suite may take: a test that waits for what does not come takes a minute. */
const LIMIT = 15 * 60_000;

/** What the suite holds in each of the commits that speak one of our dialects. */
export const COMMITS = /** @type {Record<string, string>} */ ({ '2026-01': 'f0273f2', '2026-02': '5bfcde9' });

export const TESTS = 24;

/** The modules of the suite, by dialect. */
export const MODULES = /** @type {Record<string, string[]>} */ ({
  '2026-01': ['op_abort', 'op_delivers', 'op_gc', 'op_listen', 'op_start_session', 'third_party_handoffs'],
  '2026-02': ['op_abort', 'op_deliver', 'op_gc', 'op_listen', 'op_start_session', 'third_party_handoffs'],
});

/**
 * Insists that a checkout speaks the dialect.
 *
 * @param {string} checkout
 * @param {string} dialect
 */
export const checkCheckout = (checkout, dialect) => {
  const types = readFileSync(join(checkout, 'utils/captp_types.py'), 'utf8');
  const hasPlurals = types.includes('"op:gc-exports"') && types.includes('"op:gc-answers"');
  if (dialect === '2026-01' ? !types.includes('class OpDeliverOnly') || types.includes('wire_deltas') : types.includes('class OpDeliverOnly')) {
    throw Error(`${checkout} is not ocapn-test-suite at ${COMMITS[dialect]}.`);
  }
  if (dialect === '2026-02' && !hasPlurals) {
    throw Error(`In utils/captp_types.py of ${checkout}, the labels op:gc-export and op:gc-answer have to be made plural by hand.`);
  }
};

/**
 * @typedef {object} Outcome
 * @property {string} test
 * @property {'pass' | 'fail' | 'skip'} outcome
 * @property {string | null} detail
 */

/**
 * Runs tests of the suite.
 *
 * @param {object} options
 * @param {string} options.checkout
 * @param {string} options.locator of who is tested
 * @param {string[]} [options.only] beginnings of names
 * @param {(outcome: Outcome) => void} [options.onOutcome]
 * @returns {Promise<Outcome[]>}
 */
export const runSuite = async ({ checkout, locator, only = [], onOutcome = () => {} }) => {
  const child = spawn(PYTHON, [DRIVER, checkout, locator, ...only], { stdio: ['ignore', 'pipe', 'pipe'] });
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
      throw Error(`${PYTHON} ${DRIVER} ended with ${code}; it needs Python 3.10 and the package cryptography (OCAPN_PYTHON names another Python): ${errors}`);
    }
  } finally {
    clearTimeout(limit);
  }
  return outcomes;
};
