// @ts-check

/** What a bundle of the installed package has in it, and what the tarball has. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

import { fromRoot } from '../../scripts/lib/paths.mjs';
import { useInstalled } from './support/installed.js';

const installed = useInstalled();

/**
 * @param {string} contents
 * @returns {Promise<string[]>} the files that something of is in the bundle
 */
const bundled = async contents => {
  const { folder } = installed.get();
  const { metafile } = await build({
    stdin: { contents, resolveDir: folder },
    absWorkingDir: folder,
    bundle: true,
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  const [output] = Object.values(metafile.outputs);
  return Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file.replace('node_modules/ocapn-wasm/', ''));
};

test('a page ships neither what only Node has, nor what it did not import', async () => {
  const files = await bundled("import { init, makeClient } from 'ocapn-wasm'; console.log(init, makeClient);");
  const names = ['js/client.js', 'pkg/ocapn_wasm_inline.js', 'js/baggage/encrypted.js', 'js/inspect/baggage.js', 'js/locators.js'];
  assert.deepEqual(names.filter(name => files.includes(name)), ['js/client.js', 'pkg/ocapn_wasm_inline.js']);
  assert.deepEqual(files.filter(file => /lmdb|fs-native|node_modules\/(?:ws|idb)\/|baggage\/(?:fs|indexeddb)|netlayers\/(?:tcp|websocket|memory)/.test(file)), []);
  // What the shims import runs, whether a name of it is used or not.
  assert.ok(files.some(file => file.startsWith('node_modules/ses/')));
});

test('a page that only handles locators does not ship the core', async () => {
  const files = await bundled("import { parseLocator } from 'ocapn-wasm'; console.log(parseLocator);");
  assert.ok(files.includes('js/locators.js'));
  assert.deepEqual(files.filter(file => /client\.js|ocapn_wasm/.test(file)), []);
});

test('the tarball has what the entries need, the pages that README names, and no sources, tests or pictures', () => {
  const { files } = installed.get();
  const folders = new Set(files.map(file => (file.includes('/') ? file.split('/')[0] : '.')));
  assert.deepEqual([...folders].sort(), ['.', 'dist', 'docs', 'js', 'pkg', 'types']);
  assert.deepEqual(files.filter(file => /\.(?:rs|toml|test\.js|png)$/.test(file)), []);
  /** @param {any} target @returns {string[]} */
  const paths = target => (typeof target === 'string' ? [target.slice(2)] : Object.values(target).flatMap(paths));
  const { exports } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8'));
  assert.deepEqual(paths(exports).filter(path => !files.includes(path)), []);
});

test('sizes are what docs/packaging.md says, within a tenth', () => {
  const docs = readFileSync(fromRoot('docs/packaging.md'), 'utf8').replaceAll('\n', ' ');
  const pkg = join(installed.get().folder, 'node_modules/ocapn-wasm/pkg');
  const [core, text] = ['ocapn_wasm_bg.wasm', 'ocapn_wasm_inline.js'].map(name => readFileSync(join(pkg, name)));
  const said = /wasm file of (\d+) kB \((\d+) kB as brotli\).*?\((\d+) kB, (\d+) kB on the way\)/.exec(docs)?.slice(1).map(Number) ?? [];
  const real = [core, brotliCompressSync(core ?? ''), text, brotliCompressSync(text ?? '')].map(bytes => (bytes?.length ?? 0) / 1000);
  assert.equal(said.length, 4);
  assert.ok(Number(real[1]) <= 150, `the core is ${real[1]} kB as brotli: more than a page should have to load`);
  real.forEach((size, index) => assert.ok(Math.abs(size / Number(said[index]) - 1) < 0.1, `${size} kB, and it says ${said[index]} kB`));
});
