// @ts-check

/** For a process whose memory is measured: what is in use once garbage is collected. Started by rounds.js, with `--expose-gc`. */

import { requireWasm } from '../../../js/wasm.js';

import { until } from '../support/waiting.js';

const gc = /** @type {() => void} */ (globalThis.gc);

const turn = () => new Promise(resolve => setImmediate(resolve));

/**
 * Collects garbage, and lets finalizers run, until something holds.
 *
 * @param {() => boolean} isTrue
 * @param {string} what
 */
export const collectUntil = (isTrue, what) =>
  until(async () => {
    gc();
    await turn();
    return isTrue();
  }, what);

/** @returns {Promise<import('./rounds.js').Used>} */
const measure = async () => {
  let heap = Infinity;
  for (let count = 0; count < 4; count += 1) {
    gc();
    await turn();
    await turn();
    heap = Math.min(heap, process.memoryUsage().heapUsed);
  }
  return { wasm: requireWasm().memory.buffer.byteLength, heap };
};

/**
 * Does a round whenever the test asks for one, and tells what is in use after it.
 *
 * @param {() => Promise<void>} round
 */
export const serveRounds = round => {
  process.on('message', async () => {
    try {
      await round();
      process.send?.({ used: await measure() });
    } catch (error) {
      process.send?.({ error: String(Object(error).stack ?? error) });
    }
  });
};
