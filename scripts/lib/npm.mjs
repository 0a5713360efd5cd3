// @ts-check
import { existsSync, readFileSync } from 'node:fs';

import { fromRoot } from './paths.mjs';
import { npmCommand, runOrFail } from './run.mjs';

/** @typedef {{ version: string, integrity?: string, optional?: boolean }} LockEntry */

/**
 * @param {string} path
 * @returns {Record<string, LockEntry> | undefined} package by folder
 */
const readLock = path => {
  try {
    return JSON.parse(readFileSync(fromRoot(path), 'utf8')).packages;
  } catch {
    return undefined;
  }
};

/**
 * Whether node_modules holds what package-lock.json says. npm records what it installed in a
 * lockfile of its own; packages for other platforms are missing there.
 *
 * @returns {boolean}
 */
const isCurrent = () => {
  const wanted = readLock('package-lock.json');
  const installed = readLock('node_modules/.package-lock.json');
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(([folder, entry]) => {
    if (folder === '') return true;
    const found = installed[folder];
    if (found === undefined) return entry.optional === true;
    return (
      found.version === entry.version &&
      found.integrity === entry.integrity &&
      existsSync(fromRoot(folder, 'package.json'))
    );
  });
};

/**
 * The npm packages, exactly as in the lockfile. No package's own install script runs: none of ours
 * needs one where a prebuilt binary for the platform exists.
 *
 * @type {import('./steps.mjs').Step}
 */
export const npmPackages = {
  name: 'npm packages (npm ci)',
  isCurrent,
  run: async () => {
    const options = ['--ignore-scripts', '--include=dev', '--include=optional', '--no-audit'];
    await runOrFail(...npmCommand(['ci', ...options, '--no-fund']));
  },
};
