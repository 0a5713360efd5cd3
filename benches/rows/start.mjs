// @ts-check
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { openPages } from '../lib/chromium.mjs';
import { endoMaster } from '../lib/endo.mjs';
import { PACKAGES } from '../lib/packages.mjs';
import { QUIET, hostArgs } from '../lib/worker.mjs';

/**
 * From the import of a side to the answer of its first call between two clients, beyond the import of the Endo packages, which
 * an application of theirs has anyway: in a new process of Node, and in a new page of Chromium, for which each side is bundled
 * by esbuild in the same way. What they run is in benches/starts/.
 *
 * @import { Context } from '../lib/types.mjs'
 */

const START = fileURLToPath(new URL('../lib/start.mjs', import.meta.url));

const fileHere = (/** @type {string} */ path) => new URL(path, import.meta.url);

/** What is loaded before the clock starts: the packages as this side finds them, and what is the bench's. @param {string} side */
const before = side => {
  if (side === 'capnweb') return [];
  const resolve = side === 'endo' ? endoMaster()?.resolve : undefined;
  const packages = PACKAGES.map(specifier => resolve?.(specifier) ?? import.meta.resolve(specifier));
  const network = side === 'endo' ? ['../lib/endo.mjs', '../../js/netlayers/memory.js'] : [];
  return [...packages, ...['../starts/first-call.mjs', ...network].map(path => fileHere(path).href)];
};

/** @param {Context} context */
const startOnce = ({ side, host }) => {
  const args = [...hostArgs(side, host), START, side, ...before(side)];
  return Number(execFileSync(process.execPath, args, { env: QUIET, stdio: ['ignore', 'pipe', 'inherit'] }));
};

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = () => [
  {
    rounds: 5,
    outputs: [{ row: 'import to first call, beyond the Endo packages', unit: 'ms' }],
    open: async (_, context) => {
      if (!existsSync(fileHere(`../starts/${context.side}.mjs`))) return undefined;
      startOnce(context);
      return { sample: () => [startOnce(context)], close: () => {} };
    },
  },
  {
    rounds: 5,
    outputs: [{ row: 'import to first call in Chromium, beyond the Endo packages', unit: 'ms' }],
    open: async (_, { side, host, makeDirectory }) => {
      if (!existsSync(fileHere(`../starts/${side}.mjs`))) return undefined;
      const pages = await openPages(side, host, makeDirectory());
      if (pages === undefined) return undefined;
      await pages.start();
      return { sample: async () => [await pages.start()], close: pages.close };
    },
  },
];
