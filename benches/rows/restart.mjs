// @ts-check
import { openDurable } from '../lib/durable.mjs';

/**
 * A client opens its directory again, resumes its session, and has its first call answered, in a process that is warm.
 *
 * @import { Case } from '../lib/types.mjs'
 */

/**
 * @param {number} slots
 * @returns {Case}
 */
const restart = slots => ({
  rounds: 5,
  outputs: [
    {
      row: `restart to the first answered call, ${slots.toLocaleString('en')} exports`,
      unit: 'ms',
      series: 'restart to the first answered call',
      size: slots,
    },
  ],
  open: async (side, { makeDirectory }) => {
    if (side.durable === undefined) return undefined;
    const durable = await openDurable(side, makeDirectory());
    const first = await durable.openNear();
    await first.give(slots);
    await first.close();
    const again = async () => {
      const start = performance.now();
      const { remote, close } = await durable.openNear();
      await side.call(remote).echo('hello');
      const taken = performance.now() - start;
      await close();
      return [taken];
    };
    await again();
    return { sample: again, close: durable.close };
  },
});

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = ({ quick }) => (quick ? [10, 1000, 10_000] : [10, 10_000, 100_000]).map(restart);
