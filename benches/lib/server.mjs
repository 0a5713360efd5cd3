// @ts-check
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { QUIET, execArgvFor } from './worker.mjs';

/**
 * The other process of the rows over TCP: it has the target of one side, and ends with the process that started it.
 *
 *     node benches/lib/server.mjs SIDE   (by startServer)
 */

const [, script, name] = process.argv;
const SELF = fileURLToPath(import.meta.url);

if (script === SELF && process.send) {
  const { side } = await import(`../sides/${name}.mjs`);
  const target = side.makeObject({ echo: (/** @type {any} */ x) => x });
  process.on('disconnect', () => process.exit());
  process.on('unhandledRejection', () => {});
  process.send(await side.serveTcp(target));
}

/**
 * @param {string} side
 * @param {string} host
 * @returns {Promise<{ where: any, stop: () => void }>}
 */
export const startServer = async (side, host) => {
  const child = fork(SELF, [side], {
    execArgv: execArgvFor(side, host),
    env: QUIET,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const where = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', code => reject(Error(`the server of ${side} ended with ${code}`)));
  });
  return { where, stop: () => child.disconnect() };
};
