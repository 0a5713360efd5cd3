// @ts-check
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { openPages } from '../lib/chromium.mjs';
import { endoMaster } from '../lib/endo.mjs';
import { PACKAGES } from '../lib/packages.mjs';
import { QUIET, execArgvFor } from '../lib/worker.mjs';

/**
 * From the import of a side to the answer of its first call between two clients, beyond the import of the Endo packages, which
 * an application of theirs has anyway: in a new process of Node, and in a new page of Chromium, for which each side is bundled
 * by esbuild in the same way.
 *
 * @import { Context } from '../lib/types.mjs'
 */

const START = fileURLToPath(new URL('../lib/start.mjs', import.meta.url));

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

/** The sides that start in a page. */
const IN_PAGES = ['ours', 'endo', 'capnweb'];

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
  {
    rounds: 5,
    outputs: [{ row: 'import to first call in Chromium, beyond the Endo packages', unit: 'ms' }],
    open: async (_, { side, host, makeDirectory }) => {
      if (!IN_PAGES.includes(side)) return undefined;
      const pages = await openPages(side, host, makeDirectory());
      if (pages === undefined) return undefined;
      await pages.start();
      return { sample: async () => [await pages.start()], close: pages.close };
    },
  },
];
