// @ts-check

/**
 * The process of one side under one host: it measures what it is told to, one case at a time, and nothing meanwhile.
 *
 *     node benches/child.mjs SIDE   (by benches/lib/worker.mjs)
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadRow } from './lib/rows.mjs';

/** @import { Case, Opened } from './lib/types.mjs' */

const [, , name, host = 'plain'] = process.argv;
const { side } = await import(`./sides/${name}.mjs`);

/** @type {Opened | undefined} */
let opened;
/** @type {string[]} */
const directories = [];

const makeDirectory = () => {
  const directory = mkdtempSync(join(tmpdir(), 'ocapn-bench-'));
  directories.push(directory);
  return directory;
};

const close = async () => {
  await opened?.close();
  opened = undefined;
  for (const directory of directories.splice(0)) {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** @type {Record<string, (message: any) => any>} */
const jobs = {
  open: async ({ row, index, quick, sampleMs }) => {
    const { cases } = await loadRow(row);
    const one = /** @type {Case} */ (cases({ quick })[index]);
    opened = await one.open(side, { quick, sampleMs, host, side: String(name), makeDirectory });
    return opened !== undefined;
  },
  sample: () => opened?.sample(),
  close,
};

process.on('message', async message => {
  const { job } = /** @type {any} */ (message);
  try {
    process.send?.({ result: await jobs[job]?.(message) });
  } catch (error) {
    process.send?.({ error: String(/** @type {any} */ (error)?.stack ?? error) });
  }
});
process.on('disconnect', async () => {
  await close().catch(() => {});
  process.exit();
});
// What is cut fails somewhere that nobody looks at.
process.on('unhandledRejection', () => {});
process.send?.({ result: 'ready' });
