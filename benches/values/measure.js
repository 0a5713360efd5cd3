// @ts-check

/**
 * Times functions side by side: in rounds, one after the other in each round, so that what slows the machine for a
 * while slows them all.
 */

/** Time of one function in one round, in ms: short, so that some rounds pass without an interruption. */
const SLICE = 4;

/** @typedef {{ best: number, median: number }} Timing ns of one call */

/**
 * @param {() => unknown} run
 * @returns {number} how many calls take about {@link SLICE}
 */
const calibrate = run => {
  let calls = 1;
  for (;;) {
    const start = performance.now();
    for (let i = 0; i < calls; i += 1) run();
    const taken = performance.now() - start;
    if (taken > SLICE / 2) return Math.max(1, Math.round((calls * SLICE) / taken));
    calls *= 4;
  }
};

/**
 * @param {Record<string, () => unknown>} variants
 * @param {number} rounds
 * @returns {Record<string, Timing>}
 */
export const time = (variants, rounds) => {
  const runs = Object.entries(variants).map(([name, run]) => {
    calibrate(run);
    return { name, run, calls: calibrate(run), taken: /** @type {number[]} */ ([]) };
  });
  for (let round = 0; round < rounds; round += 1) {
    for (const { run, calls, taken } of runs) {
      const start = performance.now();
      for (let i = 0; i < calls; i += 1) run();
      taken.push(((performance.now() - start) * 1e6) / calls);
    }
  }
  return Object.fromEntries(
    runs.map(({ name, taken }) => {
      taken.sort((a, b) => a - b);
      const at = (/** @type {number} */ part) => taken[Math.floor((taken.length - 1) * part)] ?? NaN;
      return [name, { best: at(0), median: at(0.5) }];
    }),
  );
};
