// @ts-check
import { findChromium } from '../../tests/browser/support/find-chromium.js';
import { filesIn } from '../lib/hash.mjs';
import { say } from '../lib/log.mjs';
import { NONE } from './counts.mjs';
import { nodeTests } from './node.mjs';

const FOLDER = 'tests/browser';

/**
 * The tests in a real browser. Without one they are skipped, loudly, except where `CI` is set: there it is a failure.
 *
 * @param {() => string | undefined} [find] the path of a browser
 * @returns {Promise<import('./counts.mjs').Counts>}
 */
export const browserTests = async (find = findChromium) => {
  if (find() !== undefined) return nodeTests(FOLDER);
  const files = filesIn(FOLDER).filter(file => file.endsWith('.test.js'));
  say('\n!!! The browser tests do NOT run: there is no Chromium (apt-get install chromium, or set CHROMIUM to its path).');
  for (const file of files) say(`!!! not run: ${file}`);
  const isCi = Boolean(process.env.CI) && process.env.CI !== 'false';
  return isCi ? { ...NONE, failed: files.length } : { ...NONE, skipped: files.length };
};
