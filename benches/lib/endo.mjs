// @ts-check
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { UserError } from '../../scripts/lib/log.mjs';

/**
 * Where `@endo/ocapn` is found: in a checkout of endojs/endo whose packages are installed, or in a folder with a
 * node_modules that has it.
 *
 * @typedef {object} EndoPackage
 * @property {(specifier: string) => string} resolve the URL of a module, as the package itself would import it
 * @property {(path: string) => string} file the URL of a file of its own
 * @property {string} folder of the package
 */

/**
 * @param {string | undefined} directory
 * @returns {EndoPackage | undefined}
 */
export const findEndo = directory => {
  if (!directory) return undefined;
  const root = resolve(directory);
  const folder = ['packages/ocapn', 'node_modules/@endo/ocapn']
    .map(path => join(root, path))
    .find(path => existsSync(join(path, 'package.json')));
  if (folder === undefined) {
    throw new UserError(`${root} is no checkout of endojs/endo, and its node_modules has no @endo/ocapn.`);
  }
  return {
    folder,
    resolve: specifier => {
      // Where packages see only what they depend on themselves, as in a checkout, each still resolves its own name.
      const own = join(root, 'packages', specifier.replace(/^@endo\//, '').replace(/\/.*/, ''));
      for (const from of [folder, own]) {
        try {
          return pathToFileURL(createRequire(join(from, 'package.json')).resolve(specifier)).href;
        } catch {
          // The next may know it.
        }
      }
      throw new UserError(`${specifier} is not installed for ${folder}.`);
    },
    file: path => pathToFileURL(join(folder, path)).href,
  };
};

/** The one with durable sessions, pull request 3175: `OCAPN_ENDO_PR`. */
export const endoPr = () => findEndo(process.env.OCAPN_ENDO_PR);

/** The released one: `OCAPN_ENDO_MASTER`. */
export const endoMaster = () => findEndo(process.env.OCAPN_ENDO_MASTER);
