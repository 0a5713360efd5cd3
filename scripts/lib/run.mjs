// @ts-check
import { spawn, spawnSync } from 'node:child_process';

import { UserError } from './log.mjs';
import { ROOT } from './paths.mjs';

/**
 * @typedef {object} RunOptions
 * @property {NodeJS.ProcessEnv} [env] variables to add
 * @property {'show' | 'keep' | 'both'} [stdout] show it as it comes (default), keep it, or both
 * @property {'show' | 'both'} [stderr] show it as it comes (default), or keep it too
 */

/**
 * @typedef {object} RunResult
 * @property {number} code exit code; 128 + n after signal n, as a shell has it
 * @property {string} output what was kept of stdout and stderr
 */

/** @param {string} command */
const missing = command => new UserError(`'${command}' was not found on the PATH.`);

/**
 * Runs a command from the root, without standard input, and waits for its end.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export const run = (command, args, options = {}) =>
  new Promise((resolve, reject) => {
    const { env, stdout = 'show', stderr = 'show' } = options;
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: [
        'ignore',
        stdout === 'show' ? 'inherit' : 'pipe',
        stderr === 'show' ? 'inherit' : 'pipe',
      ],
    });
    /** @type {Buffer[]} */
    const kept = [];
    child.stdout?.on('data', chunk => {
      kept.push(chunk);
      if (stdout === 'both') process.stdout.write(chunk);
    });
    child.stderr?.on('data', chunk => {
      kept.push(chunk);
      process.stderr.write(chunk);
    });
    child.on('error', error => {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      reject(code === 'ENOENT' ? missing(command) : error);
    });
    child.on('close', (code, signal) => {
      resolve({ code: code ?? (signal ? 128 : 1), output: Buffer.concat(kept).toString('utf8') });
    });
  });

/**
 * As `run`, and a failure of the command is an error.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} what was kept of its output
 */
export const runOrFail = async (command, args, options) => {
  const { code, output } = await run(command, args, options);
  if (code !== 0) {
    throw new UserError(`'${[command, ...args].join(' ')}' failed with exit code ${code}.`);
  }
  return output;
};

/**
 * Asks a program something short.
 *
 * @param {string} command
 * @param {string[]} args
 * @returns {string | undefined} its standard output; undefined when it is missing or failed
 */
export const ask = (command, args) => {
  const { status, stdout } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout.trim() : undefined;
};

/**
 * How to start npm: the one that started us, or else the one on the PATH.
 *
 * @param {string[]} args
 * @returns {[string, string[]]} command and arguments
 */
export const npmCommand = args => {
  const npm = process.env.npm_execpath;
  return npm?.endsWith('.js') ? [process.execPath, [npm, ...args]] : ['npm', args];
};
