// @ts-check

/** The package as users get it: packed, and installed in a folder of its own. Imports nothing that has to be installed. */

import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { fromRoot } from '../../../scripts/lib/paths.mjs';
import { npmCommand } from '../../../scripts/lib/run.mjs';

const run = promisify(execFile);

/**
 * The other hosts for this platform, those that are there for it. Not among our development dependencies: `npm ci` asks for all
 * platforms of them, and not every registry has these; and workerd is 155 MB.
 */
const HOSTS = {
  'linux x64': ['@deno/linux-x64-glibc@2.9.6', '@cloudflare/workerd-linux-64@1.20260730.1'],
  'darwin arm64': ['@deno/darwin-arm64@2.9.6', '@cloudflare/workerd-darwin-arm64@1.20260730.1'],
}[`${process.platform} ${process.arch}`];

/** @param {string} cwd @param {...string} args */
const npm = async (cwd, ...args) => {
  const [command, all] = npmCommand(args);
  return (await run(command, all, { cwd, maxBuffer: 1 << 26 })).stdout;
};

/** @param {string} path */
const readJson = path => JSON.parse(readFileSync(path, 'utf8'));

/** @param {string} path @param {unknown} value */
const writeJson = (path, value) => writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);

/**
 * Its dependencies are those of our own lockfile: a test of today's packages does not fail because of tomorrow's, and what `npm ci`
 * fetched is in npm's cache.
 *
 * @param {string} name
 * @param {string} spec
 * @param {string} integrity
 */
const lockfileOf = (name, spec, integrity) => {
  const { packages } = readJson(fromRoot('package-lock.json'));
  const { version, dependencies } = readJson(fromRoot('package.json'));
  const needed = Object.entries(packages).filter(([folder, { dev, devOptional }]) => folder !== '' && !dev && !devOptional);
  return {
    name,
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name, dependencies: { 'ocapn-wasm': spec } },
      'node_modules/ocapn-wasm': { version, resolved: spec, integrity, dependencies },
      ...Object.fromEntries(needed),
    },
  };
};

/**
 * @typedef {object} Installed
 * @property {string} root a folder to be removed when all is over
 * @property {string} folder of the program that depends on the package; what is in tests/package/programs is there too
 * @property {string[]} files of the tarball
 */

/** @returns {Promise<Installed>} */
export const installPackage = async () => {
  const root = mkdtempSync(join(tmpdir(), 'ocapn-package-'));
  const folder = join(root, 'program');
  mkdirSync(folder);
  // What `prepack` would build is there: `npm test` built it.
  const [{ filename, integrity, files }] = JSON.parse(
    await npm(fromRoot('.'), 'pack', '--ignore-scripts', '--json', '--pack-destination', root),
  );
  const spec = `file:../${filename}`;
  writeJson(join(folder, 'package.json'), { name: 'program', private: true, type: 'module', dependencies: { 'ocapn-wasm': spec } });
  writeJson(join(folder, 'package-lock.json'), lockfileOf('program', spec, integrity));
  copyFileSync(fromRoot('.npmrc'), join(folder, '.npmrc'));
  await npm(folder, 'install', '--ignore-scripts', '--prefer-offline', `../${filename}`);
  if (HOSTS !== undefined) await npm(root, 'install', '--ignore-scripts', '--no-package-lock', '--prefer-offline', '--no-save', ...HOSTS);
  const programs = fromRoot('tests/package/programs');
  for (const name of readdirSync(programs)) cpSync(join(programs, name), join(folder, name));
  const installed = { root, folder, files: files.map((/** @type {{ path: string }} */ { path }) => path) };
  writeJson(join(root, 'installed.json'), installed);
  return installed;
};

/** @param {string} root @returns {Installed} */
export const readInstalled = root => readJson(join(root, 'installed.json'));
