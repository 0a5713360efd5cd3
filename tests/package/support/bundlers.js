// @ts-check

/** The bundlers, each with as little configuration as it takes. All write into one folder, and tell what is in it. */

import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import * as vite from 'vite';
import webpack from 'webpack';

import { pageOf } from './site.js';

/**
 * @callback Bundler
 * @param {string} folder of the program
 * @param {string} entry a file of it
 * @param {string} out
 * @returns {Promise<void>}
 */

/** @type {Bundler} */
const withVite = async (folder, entry, out) => {
  writeFileSync(join(folder, `${entry}.html`), pageOf(`/${entry}`));
  await vite.build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    build: { outDir: out, emptyOutDir: true, rollupOptions: { input: join(folder, `${entry}.html`) } },
    worker: { format: 'es' },
  });
};

/** @type {Bundler} */
const withEsbuild = async (folder, entry, out) => {
  const entryPoints = [entry, ...(entry.endsWith('-worker.js') ? ['worker.js'] : [])].map(name => join(folder, name));
  await esbuild.build({ entryPoints, outdir: out, bundle: true, format: 'esm', minify: true, logLevel: 'error' });
};

/** @type {Bundler} */
const withWebpack = (folder, entry, out) =>
  new Promise((resolve, reject) => {
    const compiler = webpack({
      mode: 'production',
      context: folder,
      entry: `./${entry}`,
      output: { path: out, filename: entry },
      // Which modules are dropped does not depend on it, and it takes most of the time.
      optimization: { minimize: false },
      performance: false,
    });
    compiler?.run((error, stats) => {
      const { errors = [], warnings = [] } = stats?.toJson({ errors: true, warnings: true }) ?? {};
      compiler.close(() => {
        const trouble = [...errors, ...warnings].map(({ message }) => message).join('\n');
        if (error || trouble !== '') reject(error ?? Error(trouble));
        else resolve();
      });
    });
  });

export const bundlers = { Vite: withVite, esbuild: withEsbuild, webpack: withWebpack };

/**
 * @param {string} out
 * @param {string} entry
 * @returns {string} the page to serve as `/`
 */
export const indexOf = (out, entry) =>
  existsSync(join(out, `${entry}.html`)) ? readFileSync(join(out, `${entry}.html`), 'utf8') : pageOf(`/${entry}`);

/**
 * @param {string} out
 * @returns {{ code: string, wasm: number }} all JavaScript of a bundle, and how many wasm files are beside it
 */
export const contentOf = out => {
  const names = readdirSync(out, { recursive: true }).map(String);
  return {
    code: names.filter(name => name.endsWith('.js')).map(name => readFileSync(join(out, name), 'utf8')).join('\n'),
    wasm: names.filter(name => name.endsWith('.wasm')).length,
  };
};

/**
 * Vite's dev server.
 *
 * @param {string} folder
 * @param {string} entry
 * @param {string} cache a folder
 * @param {import('vite').DepOptimizationOptions} [optimizeDeps]
 */
export const startVite = async (folder, entry, cache, optimizeDeps = {}) => {
  writeFileSync(join(folder, `${entry}.html`), pageOf(`/${entry}`));
  const server = await vite.createServer({
    root: folder,
    cacheDir: cache,
    configFile: false,
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0 },
    optimizeDeps: { entries: [`${entry}.html`], ...optimizeDeps },
  });
  await server.listen();
  const address = /** @type {import('node:net').AddressInfo} */ (server.httpServer?.address());
  return { url: `http://127.0.0.1:${address.port}/${entry}.html`, close: () => server.close() };
};
