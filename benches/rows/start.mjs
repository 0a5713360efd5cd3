// @ts-check
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { endoMaster } from '../lib/endo.mjs';
import { QUIET, execArgvFor } from '../lib/worker.mjs';

/**
 * A new process: from the import of a side to the answer of its first call between two clients, beyond the import of the Endo
 * packages, which an application of theirs has anyway.
 *
 * @import { Context } from '../lib/types.mjs'
 */

const START = fileURLToPath(new URL('../lib/start.mjs', import.meta.url));

const PACKAGES = [
  'ses/assert-shim.js',
  '@endo/immutable-arraybuffer/shim.js',
  '@endo/eventual-send/shim.js',
  '@endo/eventual-send',
  '@endo/harden',
  '@endo/marshal',
];

/** What is loaded before the clock starts: the packages as this side finds them. @param {string} side */
const warmFor = side => {
  if (side === 'capnweb') return [];
  const resolve = side === 'endo' ? endoMaster()?.resolve : undefined;
  return PACKAGES.map(specifier => resolve?.(specifier) ?? import.meta.resolve(specifier));
};

/** @param {Context} context */
const startOnce = ({ side, host }) => {
  const args = [...execArgvFor(side, host), START, side, ...warmFor(side)];
  return Number(execFileSync(process.execPath, args, { env: QUIET, stdio: ['ignore', 'pipe', 'inherit'] }));
};

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = () => [
  {
    rounds: 5,
    outputs: [{ row: 'import to first call, beyond the Endo packages', unit: 'ms' }],
    open: async (side, context) => {
      if (side.connect === undefined || side.name === 'floor') return undefined;
      startOnce(context);
      return { sample: () => [startOnce(context)], close: () => {} };
    },
  },
];
