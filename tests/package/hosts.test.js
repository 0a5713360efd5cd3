// @ts-check

/** The installed package in the hosts that are no browsers: each makes a session with a server, calls, and is called. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';

import { fromRoot } from '../../scripts/lib/paths.mjs';
import { ANSWER, findBinary, useInstalled } from './support/installed.js';

const installed = useInstalled();

const isCi = Boolean(process.env.CI) && process.env.CI !== 'false';

test('Node: import, ready at once, with files', async () => {
  const told = await installed.run(process.execPath, ['node-esm.mjs', installed.location(), installed.makeFolder('esm')]);
  assert.equal(told, ANSWER);
});

test('Node: require', async () => {
  const told = await installed.run(process.execPath, ['node-cjs.cjs', installed.location(), installed.makeFolder('cjs')]);
  assert.equal(told, ANSWER);
});

test('Node: a core that the host loads itself', async () => {
  const told = await installed.run(process.execPath, ['node-core.mjs', installed.location()]);
  assert.equal(told, ANSWER);
});

/** @param {string} entry of the package @returns {Promise<string>} a program in one file, where nothing else is */
const bundleForNode = async entry => {
  const { folder } = installed.get();
  const source = join(folder, `bundle-${entry.replace(/\W/g, '-')}.mjs`);
  writeFileSync(source, `
    import { encodeSwissnum, init, makeClient } from '${entry}';
    import { makeWebSocketNetLayer } from 'ocapn-wasm/netlayer/ws';
    import { call } from './call.js';
    const answer = init().then(() => call({ makeClient, encodeSwissnum }, JSON.parse(process.argv[2]), makeWebSocketNetLayer));
    answer.then(console.log, ({ code, message }) => console.log(code, message));
  `);
  const outfile = join(installed.makeFolder('bundle'), 'program.mjs');
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['lmdb', 'fs-native-extensions'],
    // `ws` requires what is Node's.
    banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return outfile;
};

test('Node: a program that is bundled into one file', async () => {
  const program = await bundleForNode('ocapn-wasm/inline');
  assert.equal(await installed.run(process.execPath, [program, installed.location()]), ANSWER);
});

test('Node: a program that is bundled into one file without its core says which entry to import', async () => {
  const program = await bundleForNode('ocapn-wasm');
  assert.match(await installed.run(process.execPath, [program, installed.location()]), /^WASM_FAILED .*ocapn-wasm\/inline/);
});

for (const [host, find, options] of /** @type {const} */ ([
  [
    'Deno',
    () => findBinary(join(installed.get().root, 'node_modules/@deno'), 'deno'),
    ['run', '--allow-all', '--node-modules-dir=manual', '--no-lock', '--cached-only'],
  ],
  // An `npm ci` that runs scripts moves it.
  ['Bun', () => findBinary(fromRoot('node_modules/@oven'), 'bin/bun') ?? findBinary(fromRoot('node_modules'), 'bin/bun.exe'), ['run']],
])) {
  test(`${host}: import, ready at once`, async t => {
    const binary = find();
    if (binary === undefined && !isCi) {
      t.skip(`!!! there is no ${host} for this platform`);
      return;
    }
    assert.equal(await installed.run(String(binary), [...options, 'host.mjs', installed.location()]), ANSWER);
  });
}
