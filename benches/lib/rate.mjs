// @ts-check

/**
 * @import { Case, Context, Side } from './types.mjs'
 */

/** @type {() => void} */
export const collect = /** @type {any} */ (globalThis).gc ?? (() => {});

/** @param {number} [ms] */
export const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

/**
 * @param {(n: number) => unknown} run what it returns, if that is a function, cleans up after it and takes no time
 * @param {number} n
 */
const time = async (run, n) => {
  const start = performance.now();
  const after = await run(n);
  const taken = performance.now() - start;
  if (typeof after === 'function') await after();
  return taken;
};

/**
 * How many times to run something for about `ms`; it is warm after that.
 *
 * @param {(n: number) => unknown} run
 * @param {number} batch
 * @param {number} ms
 */
const calibrate = async (run, batch, ms) => {
  let n = batch;
  for (;;) {
    const taken = await time(run, n);
    if (taken >= ms / 2) {
      return Math.max(batch, Math.round((n * ms) / taken / batch) * batch);
    }
    n *= taken < ms / 20 ? 10 : 2;
  }
};

/**
 * A case whose number is how often something can be done in a second.
 *
 * @param {object} options
 * @param {string} options.row
 * @param {string} [options.unit]
 * @param {number} [options.scale] how much one time is worth, in the unit
 * @param {number} [options.batch] so many times at least, or a multiple of it
 * @param {number} [options.rounds]
 * @param {import('./types.mjs').SideKey[]} [options.slow]
 * @param {string} [options.series] rows that are the same at other sizes
 * @param {number} [options.size]
 * @param {string} [options.native] the script of benches/work/timed.rs that does the same
 * @param {(side: Side, context: Context) => Promise<{ run: (n: number) => unknown, close: () => unknown } | undefined>} options.open
 * @returns {Case}
 */
export const rate = ({ row, unit = '/s', scale = 1, batch = 1, rounds, slow, series, size, native, open }) => ({
  outputs: [series === undefined ? { row, unit } : { row, unit, series, size }],
  rounds,
  slow,
  open: async (side, context) => {
    if (side.native !== undefined) {
      const { native: run } = side;
      return native === undefined ? undefined : { sample: () => [run(native, context.sampleMs) * scale], close: () => {} };
    }
    const opened = await open(side, context);
    if (opened === undefined) return undefined;
    const { run, close } = opened;
    const n = await calibrate(run, batch, context.sampleMs);
    return {
      sample: async () => {
        collect();
        const taken = await time(run, n);
        return [(n * scale * 1000) / taken];
      },
      close,
    };
  },
});

/**
 * Calls, so many of them under way at once.
 *
 * @param {() => Promise<unknown>} call
 * @param {number} inFlight
 */
export const inFlight = (call, inFlight) => async (/** @type {number} */ n) => {
  for (let done = 0; done < n; done += inFlight) {
    const calls = [];
    for (let i = 0; i < inFlight; i += 1) calls.push(call());
    await Promise.all(calls);
  }
};

/** @param {() => Promise<unknown>} call */
export const oneByOne = call => async (/** @type {number} */ n) => {
  for (let i = 0; i < n; i += 1) await call();
};
