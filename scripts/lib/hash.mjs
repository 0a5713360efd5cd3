// @ts-check
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';

import { fromRoot } from './paths.mjs';

/**
 * @param {string} path a file or folder below the root; one that is not there has no files
 * @returns {string[]} the files in it, sorted
 */
export const filesIn = path => {
  const stat = statSync(fromRoot(path), { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (!stat.isDirectory()) return [path];
  return readdirSync(fromRoot(path))
    .sort()
    .flatMap(name => filesIn(`${path}/${name}`));
};

/**
 * @param {string[]} paths files and folders below the root
 * @returns {string} a hash over the names and contents of all files in them
 */
export const hashOf = paths => {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(filesIn)) {
    const content = readFileSync(fromRoot(file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
};
