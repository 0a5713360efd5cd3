// @ts-check
import { exponent, isRate, median, spread } from './statistics.mjs';

/**
 * One case on all sides, in turns.
 *
 * @import { Case, Output, Result } from './types.mjs'
 * @import { Options } from './options.mjs'
 * @import { Worker } from './worker.mjs'
 */

/**
 * @typedef {object} Measured
 * @property {Output} output
 * @property {string} variant
 * @property {Record<string, number[]>} samples by side
 */

/**
 * @param {Worker} worker
 * @param {string} job
 * @param {any} details
 * @param {(text: string) => void} complain
 */
const tryTo = async (worker, job, details, complain) => {
  try {
    return await worker.ask(job, details);
  } catch (error) {
    complain(`${worker.name}, ${worker.host}: ${/** @type {Error} */ (error).message}`);
    return undefined;
  }
};

/**
 * Measures a case on every worker: all are made ready, then each takes one sample a round.
 *
 * @param {object} what
 * @param {string} what.row the name of its file
 * @param {number} what.index of the case there
 * @param {Case} what.one
 * @param {Worker[]} workers
 * @param {Options} options
 * @param {(text: string) => void} complain
 * @returns {Promise<Measured[]>} one for each output and host
 */
export const measure = async ({ row, index, one }, workers, { quick, rounds, sampleMs }, complain) => {
  const isSlow = (/** @type {Worker} */ { side }) => one.slow?.includes(side) ?? false;
  const asked = workers.filter(worker => (!one.once || worker.host === 'plain') && (!isSlow(worker) || worker.host === 'lockdown'));
  /** @type {Worker[]} */
  const ready = [];
  for (const worker of asked) {
    if (await tryTo(worker, 'open', { row, index, quick, sampleMs }, complain)) ready.push(worker);
    else await tryTo(worker, 'close', {}, complain);
  }
  const hosts = [...new Set(asked.map(({ host }) => host))];
  const measured = hosts.flatMap(host =>
    one.outputs.map(output => ({
      output,
      variant: host,
      samples: /** @type {Record<string, number[]>} */ ({}),
    })),
  );
  for (let round = 0; round < Math.min(rounds, one.rounds ?? rounds); round += 1) {
    for (const worker of ready) {
      if (round > 0 && isSlow(worker)) continue;
      /** @type {Array<number | undefined>} */
      const numbers = (await tryTo(worker, 'sample', {}, complain)) ?? [];
      one.outputs.forEach((output, i) => {
        const { samples } = /** @type {Measured} */ (
          measured.find(entry => entry.output === output && entry.variant === worker.host)
        );
        const number = numbers[i];
        if (number !== undefined) (samples[worker.name] ??= []).push(number);
      });
    }
  }
  for (const worker of ready) await tryTo(worker, 'close', {}, complain);
  return measured;
};

/**
 * @param {Measured} measured
 * @returns {Result}
 */
export const resultOf = ({ output: { row, unit }, variant, samples }) => ({
  row,
  variant,
  unit,
  values: Object.fromEntries(Object.entries(samples).map(([side, numbers]) => [side, median(numbers)])),
});

/** @param {Measured} measured @param {string} side @returns {number | undefined} */
export const spreadOf = ({ samples }, side) => {
  const numbers = samples[side];
  return numbers && numbers.length > 1 ? spread(numbers) : undefined;
};

/**
 * What one run cost, whatever its size was.
 *
 * @param {string} unit
 * @param {number} size
 * @param {number} value
 */
const costOf = (unit, size, value) => {
  if (!isRate(unit)) return / each\b/.test(unit) ? size * value : value;
  return (unit === '/s' ? 1 : size) / value;
};

/**
 * How the cost of each series grows with its size.
 *
 * @param {Measured[]} all
 * @returns {Result[]}
 */
export const growth = all => {
  /** @type {Map<string, Measured[]>} */
  const groups = new Map();
  for (const measured of all) {
    const { output, variant } = measured;
    if (output.series !== undefined) {
      const key = `${variant}\0${output.series}`;
      groups.set(key, [...(groups.get(key) ?? []), measured]);
    }
  }
  return [...groups.values()]
    .filter(group => group.length >= 3)
    .map(group => {
      const { variant, output } = /** @type {Measured} */ (group[0]);
      const sides = [...new Set(group.flatMap(({ samples }) => Object.keys(samples)))];
      /** @param {string} side @returns {Array<[number, number]>} */
      const points = side =>
        group.flatMap(({ output: { size = 1, unit }, samples }) => {
          const numbers = samples[side];
          if (numbers === undefined) return [];
          const value = median(numbers);
          return [/** @type {[number, number]} */ ([size, costOf(unit, size, value)])];
        });
      const found = sides.filter(side => points(side).length >= 3).map(side => [side, exponent(points(side))]);
      const values = found.filter(([, value]) => Number.isFinite(value));
      return { row: `growth: ${output.series}`, variant, unit: 'exponent', values: Object.fromEntries(values) };
    });
};
