// @ts-check

/** @param {number[]} numbers */
export const median = numbers => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
};

/**
 * @param {number[]} numbers
 * @returns {number} half of what lies between the lowest and the highest, as a part of the median
 */
export const spread = numbers => {
  const middle = median(numbers);
  return middle === 0 ? 0 : (Math.max(...numbers) - Math.min(...numbers)) / 2 / middle;
};

/**
 * How cost grows with size: 1 is in proportion, 0 not at all.
 *
 * @param {Array<[size: number, cost: number]>} points
 * @returns {number} the slope of the best line through the logarithms
 */
export const exponent = points => {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)]);
  const mean = (/** @type {0 | 1} */ i) => logs.reduce((sum, log) => sum + log[i], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  let above = 0;
  let below = 0;
  for (const [a, b] of logs) {
    above += (a - x) * (b - y);
    below += (a - x) ** 2;
  }
  return above / below;
};

/**
 * Whether more is better.
 *
 * @param {string} unit
 */
export const isRate = unit => unit.endsWith('/s');

/**
 * How many times better one number is than another.
 *
 * @param {string} unit
 * @param {number} ours
 * @param {number} theirs
 */
export const timesBetter = (unit, ours, theirs) => (isRate(unit) ? ours / theirs : theirs / ours);
