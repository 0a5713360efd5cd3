// @ts-check

/** The installed package for a test file: the one that `npm test` installed for all of them, or else one of its own. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { promisify } from 'node:util';

import { installPackage, readInstalled } from './install.js';

const run = promisify(execFile);

/** @typedef {import('./install.js').Installed} Installed */

/**
 * A server in Node, of the installed package.
 *
 * @param {string} folder
 */
const startServer = async folder => {
  const child = spawn(process.execPath, ['server.mjs'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let location = '';
  for await (const data of child.stdout) {
    location += data;
    if (location.endsWith('\n')) break;
  }
  return {
    location: location.trim(),
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
};

/** Call it at the top of a test file. */
export const useInstalled = () => {
  const given = process.env.OCAPN_INSTALLED;
  /** @type {Installed} */
  let installed;
  /** @type {Awaited<ReturnType<typeof startServer>>} */
  let server;
  before(async () => {
    installed = given === undefined ? await installPackage() : readInstalled(given);
    server = await startServer(installed.folder);
  });
  after(async () => {
    await server?.stop();
    if (given === undefined && installed !== undefined) rmSync(installed.root, { recursive: true, force: true });
  });
  return {
    get: () => installed,
    /** Where the server is, as JSON. */
    location: () => server.location,
    /** @param {string} name @returns {string} a new folder beside the program */
    makeFolder: name => mkdtempSync(join(installed.root, `${name}-`)),
    /**
     * Runs something in the folder of the program.
     *
     * @param {string} command
     * @param {string[]} args
     * @returns {Promise<string>} what it printed
     */
    run: async (command, args) => (await run(command, args, { cwd: installed.folder, maxBuffer: 1 << 26 })).stdout.trim(),
  };
};

/** What the server answers to tests/package/programs/call.js. */
export const ANSWER = 'Hello you, heard';

/**
 * @param {string} scope a folder of packages, one for each platform, of which those for this one are there
 * @param {string} binary its path in them
 */
export const findBinary = (scope, binary) =>
  existsSync(scope) ? readdirSync(scope).map(name => join(scope, name, binary)).find(path => existsSync(path)) : undefined;
