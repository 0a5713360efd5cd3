// @ts-check
import { run } from '../lib/run.mjs';
import { NONE, failuresIn } from './counts.mjs';

/** @typedef {import('./counts.mjs').Counts} Counts */

/**
 * One layer of the tests.
 *
 * @typedef {object} Layer
 * @property {string} name
 * @property {'lint' | 'rust' | 'node' | 'crash' | 'browser' | 'package' | 'work'} group what `--only` names
 * @property {() => Promise<Counts>} run shows its output as it comes
 */

/** Programs that are not asked otherwise drop their colours when their output is kept too. */
const COLOURS = process.stdout.isTTY ? { CARGO_TERM_COLOR: 'always', FORCE_COLOR: '1' } : {};

/**
 * A command that passes or fails as a whole.
 *
 * @param {string} command
 * @param {string[]} args
 * @returns {() => Promise<Counts>}
 */
export const check = (command, args) => async () => {
  const { code } = await run(command, args);
  return code === 0 ? { ...NONE, passed: 1 } : { ...NONE, failed: 1 };
};

/**
 * Runs a command that counts its tests. One that fails without a failed test counts as one.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {(output: string) => Counts} count
 * @returns {Promise<Counts>}
 */
export const runCounted = async (command, args, count) => {
  const { code, output } = await run(command, args, {
    env: COLOURS,
    stdout: 'both',
    stderr: 'both',
  });
  const counts = count(output);
  if (code === 0) return counts;
  return { ...counts, failed: counts.failed || 1, failures: failuresIn(output) };
};
