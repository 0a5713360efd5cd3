// @ts-check
import { stripVTControlCharacters as withoutColours } from 'node:util';

/**
 * How the tests of a layer went.
 *
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string} [failures] what is to be said of them once more at the end
 */

/** @type {Counts} */
export const NONE = Object.freeze({ passed: 0, failed: 0, skipped: 0 });

/**
 * @param {Counts[]} all
 * @returns {Counts}
 */
export const sum = all =>
  all.reduce(
    (total, { passed, failed, skipped }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
      skipped: total.skipped + skipped,
    }),
    NONE,
  );

/**
 * @param {string} text
 * @param {RegExp} pattern with one group that is a number, and the flag g
 * @returns {number} the sum over all places
 */
const total = (text, pattern) =>
  [...text.matchAll(pattern)].reduce((count, [, number]) => count + Number(number), 0);

/**
 * @param {string} output of `cargo test`: one result line for each test binary
 * @returns {Counts}
 */
export const ofCargoTest = output => {
  const lines = withoutColours(output).match(/^test result: .*$/gm)?.join('\n') ?? '';
  return {
    passed: total(lines, /(\d+) passed/g),
    failed: total(lines, /(\d+) failed/g),
    skipped: total(lines, /(\d+) ignored/g),
  };
};

/**
 * @param {string} output of `cargo nextest run`: one summary line
 * @returns {Counts}
 */
export const ofNextest = output => {
  const line = withoutColours(output).match(/^\s*Summary \[.*$/m)?.[0] ?? '';
  return {
    passed: total(line, /(\d+) passed/g),
    failed: total(line, /(\d+) (?:failed|exec failed|timed out)/g),
    skipped: total(line, /(\d+) skipped/g),
  };
};

/**
 * @param {string} output of `node --test` with the spec or the tap reporter: a line for each number
 * @returns {Counts}
 */
export const ofNodeTest = output => {
  /** @param {string} name */
  const line = name =>
    total(withoutColours(output), new RegExp(`^(?:#|\u2139) ${name} (\\d+)$`, 'gm'));
  return {
    passed: line('pass'),
    failed: line('fail') + line('cancelled'),
    skipped: line('skipped') + line('todo'),
  };
};

/** Lines of a layer's failures that are shown again at the end. */
const MOST_SHOWN = 60;

/**
 * @param {string} output of a command that failed: `node --test` sums up its failures at the end, others end with them
 * @returns {string}
 */
export const failuresIn = output => {
  const text = withoutColours(output);
  const [, summedUp] = text.split(/^.* failing tests:$/m);
  const lines = (summedUp ?? text).trim().split('\n');
  const shown = summedUp === undefined ? lines.slice(-MOST_SHOWN) : lines.slice(0, MOST_SHOWN);
  return shown.join('\n');
};
