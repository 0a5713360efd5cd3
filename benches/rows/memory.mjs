// @ts-check
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { QUIET, execArgvFor } from '../lib/worker.mjs';

/**
 * Memory of both ends together, the core's included: of a session with its two clients, and of an object that one end exports
 * and the other holds. Each sample is taken in a new process.
 *
 * @import { Case } from '../lib/types.mjs'
 */

const MEMORY = fileURLToPath(new URL('../lib/memory.mjs', import.meta.url));

/**
 * @param {object} options
 * @param {string} options.row
 * @param {'sessions' | 'references'} options.what
 * @param {number} options.count
 * @param {string} options.unit
 * @param {number} options.scale of a byte, in the unit
 * @returns {Case}
 */
const memoryOf = ({ row, what, count, unit, scale }) => ({
  rounds: 3,
  outputs: [{ row, unit, series: `memory by ${what}`, size: count }],
  open: async (side, context) => {
    if (side.connect === undefined || side.name === 'floor') return undefined;
    const args = [...execArgvFor(context.side, context.host), MEMORY, context.side, what, String(count)];
    return {
      sample: () => {
        const bytes = execFileSync(process.execPath, args, { env: QUIET, stdio: ['ignore', 'pipe', 'inherit'] });
        return [Number(bytes) * scale];
      },
      close: () => {},
    };
  },
});

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = ({ quick }) => {
  const sessions = quick ? [50, 10, 25] : [300, 30, 100];
  const references = quick ? [2000, 200, 600] : [20_000, 2000, 6000];
  return [
    ...sessions.map((count, i) =>
      memoryOf({
        row: `memory of a session and its two clients${i === 0 ? '' : `, of ${count}`}`,
        what: 'sessions',
        count,
        unit: 'kB each',
        scale: 1e-3,
      }),
    ),
    ...references.map((count, i) =>
      memoryOf({
        row: `memory of a reference, exported and imported${i === 0 ? '' : `, of ${count.toLocaleString('en')}`}`,
        what: 'references',
        count,
        unit: 'B each',
        scale: 1,
      }),
    ),
  ];
};
