// @ts-check
import { say } from '../lib/log.mjs';
import { sum } from './counts.mjs';

/**
 * @typedef {object} Result
 * @property {string} name of the layer
 * @property {number} seconds
 * @property {import('./counts.mjs').Counts} counts
 */

/** @param {import('./counts.mjs').Counts} counts */
const line = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

/**
 * Shows what failed, a line for each layer, and the one line over all at the end.
 *
 * @param {Result[]} results
 * @returns {number} the exit code
 */
export const report = results => {
  const width = Math.max(...results.map(({ name }) => name.length));
  for (const { name, counts } of results) {
    if (counts.failures) say(`\nFailures of ${name}:\n${counts.failures}`);
  }
  say('');
  for (const { name, seconds, counts } of results) {
    const mark = counts.failed > 0 ? 'FAILED' : 'ok    ';
    say(`${mark} ${name.padEnd(width)} ${seconds.toFixed(1).padStart(6)} s  ${line(counts)}`);
  }
  const all = sum(results.map(({ counts }) => counts));
  say('');
  say(line(all));
  return all.failed > 0 ? 1 : 0;
};
