// @ts-check
import { timesBetter } from './statistics.mjs';
import { SIDES } from './worker.mjs';

/**
 * Results as a table: values of each side, and how many times better ours is.
 *
 * @import { Result } from './types.mjs'
 */

export const OURS = SIDES.ours;

/** @param {number | undefined} value */
export const showValue = value => {
  if (value === undefined || !Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(size >= 10 ? 1 : 2);
};

/** @param {number | undefined} ratio */
export const showRatio = ratio =>
  ratio === undefined || !Number.isFinite(ratio) ? '-' : `${ratio >= 10 ? ratio.toFixed(0) : ratio.toPrecision(2)} x`;

/**
 * @param {Result[]} results
 * @returns {string[]} the sides that they have, ours first
 */
export const sidesOf = results => {
  const all = new Set(results.flatMap(({ values }) => Object.keys(values)));
  /** @type {string[]} */
  const known = Object.values(SIDES);
  return [...known.filter(side => all.has(side)), ...[...all].filter(side => !known.includes(side))];
};

/**
 * @param {Result} result
 * @param {string} side
 * @returns {number | undefined}
 */
export const ratioTo = ({ unit, values }, side) => {
  const [ours, theirs] = [values[OURS], values[side]];
  // Which exponent is better is for the reader.
  if (ours === undefined || theirs === undefined || unit === 'exponent') return undefined;
  return timesBetter(unit, ours, theirs);
};

/**
 * @param {Result[]} results
 * @param {(result: Result, side: string) => string} [cell] what is shown of a value
 * @returns {string[][]} the head, then a line for each
 */
export const cells = (results, cell = ({ values }, side) => showValue(values[side])) => {
  const sides = sidesOf(results);
  const others = sides.filter(side => side !== OURS);
  const head = ['row', 'unit', ...sides, ...others.map(side => `to ${side}`)];
  const lines = results.map(result => [
    result.row,
    result.unit,
    ...sides.map(side => cell(result, side)),
    ...others.map(side => showRatio(ratioTo(result, side))),
  ]);
  return [head, ...lines];
};

/**
 * @param {string[][]} lines of cells
 * @returns {string} columns of even width; the first two are text, the others numbers
 */
export const align = lines => {
  const widths = lines[0]?.map((_, i) => Math.max(...lines.map(line => line[i]?.length ?? 0))) ?? [];
  return lines
    .map(line =>
      line.map((text, i) => (i < 2 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join('  '),
    )
    .join('\n');
};
