// @ts-check

/** Where a page without a bundler finds the packages: an import map of the whole installation, made of the manifests alone. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from './paths.mjs';

const CONDITIONS = ['browser', 'import', 'module', 'default'];

/** @typedef {string | null | { [condition: string]: Target }} Target */

/**
 * @param {Target} target of an entry
 * @returns {string | undefined} the file for a browser
 */
const choose = target => {
  if (typeof target === 'string' || target === null) return target ?? undefined;
  for (const [condition, inner] of Object.entries(target)) {
    const found = CONDITIONS.includes(condition) ? choose(inner) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
};

/**
 * @param {string} name
 * @param {string} folder
 * @param {any} manifest
 * @returns {Array<[specifier: string, address: string]>}
 */
const addressesOf = (name, folder, { exports, main = './index.js' }) => {
  const entries = typeof exports === 'object' && Object.keys(exports).some(key => key.startsWith('.')) ? exports : { '.': exports ?? main };
  return Object.entries(entries).flatMap(([entry, target]) => {
    const file = choose(target);
    // What has a pattern is not used here.
    if (file === undefined || entry.includes('*')) return [];
    return [[name + entry.slice(1), `/${folder}${folder === '' ? '' : '/'}${file.replace(/^\.\//, '')}`]];
  });
};

/**
 * @param {object} [where]
 * @param {string[]} [where.without] packages that a page has no business with: their absence shows that nothing reaches them
 * @param {string} [where.root] the folder that `/` is
 * @param {string} [where.folder] below it: where the package itself is
 * @returns {Record<string, string>} addresses by specifier
 */
export const makeImports = ({ without = ['fs-native-extensions', 'lmdb', 'ws'], root = ROOT, folder: start = '' } = {}) => {
  /** @type {Map<string, Array<[string, string]>>} */
  const packages = new Map();

  /**
   * @param {string} name
   * @param {string} folder
   */
  const add = (name, folder) => {
    if (packages.has(name) || without.includes(name) || !existsSync(join(root, folder, 'package.json'))) return;
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    packages.set(name, addressesOf(name, folder, manifest));
    for (const dependency of Object.keys(manifest.dependencies ?? {})) add(dependency, `node_modules/${dependency}`);
  };
  add('ocapn-wasm', start);
  return Object.fromEntries([...packages.values()].flat());
};
