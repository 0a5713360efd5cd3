// @ts-check
import { filesIn } from '../lib/hash.mjs';
import { NONE, ofNodeTest } from './counts.mjs';
import { runCounted } from './layer.mjs';

/** How long one file may take, in ms; `watchdog.mjs` limits each of its tests. */
const FILE_LIMIT = 600_000;

const WATCHDOG = new URL('watchdog.mjs', import.meta.url).href;

/**
 * Runs the `*.test.js` files below a folder, each in a process of its own.
 *
 * @param {string} folder
 */
export const nodeTests = async folder => {
  const files = filesIn(folder).filter(file => file.endsWith('.test.js'));
  if (files.length === 0) return NONE;
  const options = ['--test-concurrency=2', `--test-timeout=${FILE_LIMIT}`];
  return runCounted(
    process.execPath,
    ['--import', WATCHDOG, '--test', ...options, '--test-reporter=spec', ...files],
    ofNodeTest,
  );
};
