// @ts-check

/** The installed package in a real Chromium: what each bundler makes of it, and what a page without one does. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { makeImports } from '../../scripts/lib/import-map.mjs';
import { launchChromium } from '../browser/support/chromium.js';
import { findChromium } from '../browser/support/find-chromium.js';
import { bundlers, contentOf, indexOf, startVite } from './support/bundlers.js';
import { ANSWER, useInstalled } from './support/installed.js';
import { pageOf, serveSite } from './support/site.js';

const installed = useInstalled();

const isCi = Boolean(process.env.CI) && process.env.CI !== 'false';
const skip = findChromium() === undefined && !isCi && '!!! there is no Chromium: install one, or set CHROMIUM to its path';

/** What the core as text begins with. */
const PACKED = 'H4sI';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  if (!skip) browser = await launchChromium();
});
after(() => browser?.close());

/**
 * Opens a page and has it call the server. What it says as an error is an error, but what `mayFail` matches.
 *
 * @param {any} t
 * @param {string} url
 * @param {RegExp} [mayFail]
 */
const callFrom = async (t, url, mayFail) => {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  // The test's own limit is enough.
  page.setDefaultTimeout(0);
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', error => errors.push(String(error)));
  page.on('console', message => message.type() === 'error' && errors.push(message.text()));
  await page.goto(url);
  await page.waitForFunction(() => 'callServer' in globalThis);
  const told = await page.evaluate(
    // A wrapper, since a rejection would not carry its code.
    location => /** @type {any} */ (globalThis).callServer(JSON.parse(location)).catch((/** @type {any} */ { code, message }) => ({ code, message })),
    installed.location(),
  );
  assert.deepEqual(errors.filter(error => !mayFail?.test(error)), []);
  return told;
};

/**
 * @param {any} t
 * @param {keyof typeof bundlers} name
 * @param {string} entry
 * @param {import('node:http').OutgoingHttpHeaders} [headers]
 */
const bundleAndServe = async (t, name, entry, headers) => {
  const out = installed.makeFolder('bundle');
  await bundlers[name](installed.get().folder, entry, out);
  const site = await serveSite(out, { index: indexOf(out, entry), headers });
  t.after(() => site.close());
  return { out, url: site.url };
};

for (const name of /** @type {Array<keyof typeof bundlers>} */ (Object.keys(bundlers))) {
  test(`${name}: a page, which ships nothing of Node's`, { skip }, async t => {
    const { out, url } = await bundleAndServe(t, name, 'page.js');
    assert.equal(await callFrom(t, url), ANSWER);
    const { code, wasm } = contentOf(out);
    assert.deepEqual([wasm, code.includes(PACKED)], [0, true], 'the core is in the code');
    // The core as text may have any four letters in it.
    const read = code.replace(/[A-Za-z0-9+/]{1000,}/g, '');
    for (const word of ['lmdb', 'fs-native-extensions', 'node:fs', 'WebSocketServer', 'indexedDB']) {
      assert.equal(read.includes(word), false, word);
    }
  });
}

/** What is imported in each kind of worker is the same file; which bundlers understand the address of it differs. */
for (const [kind, entry, scope, names] of /** @type {const} */ ([
  ['dedicated', 'page-worker.js', 'DedicatedWorkerGlobalScope', ['Vite', 'esbuild', 'webpack']],
  ['shared', 'page-shared-worker.js', 'SharedWorkerGlobalScope', ['Vite', 'esbuild', 'webpack']],
  ['service', 'page-service-worker.js', 'ServiceWorkerGlobalScope', ['esbuild', 'webpack']],
])) {
  for (const name of names) {
    test(`${name}: a page whose ${kind} worker has the client`, { skip }, async t => {
      const { url } = await bundleAndServe(t, name, entry);
      assert.deepEqual(await callFrom(t, url), [scope, ANSWER]);
    });
  }
}

for (const name of /** @type {const} */ (['Vite', 'webpack'])) {
  test(`${name}: ocapn-wasm/slim, whose core is a file beside the code`, { skip }, async t => {
    const { out, url } = await bundleAndServe(t, name, 'page-slim.js');
    assert.equal(await callFrom(t, url), ANSWER);
    const { code, wasm } = contentOf(out);
    assert.equal(wasm, 1);
    assert.equal(code.includes(PACKED), false);
  });
}

test('esbuild: ocapn-wasm/slim says that the file is not there', { skip }, async t => {
  const { url } = await bundleAndServe(t, 'esbuild', 'page-slim.js');
  const { code } = await callFrom(t, url, /404/);
  assert.equal(code, 'WASM_FAILED');
});

test('esbuild: ocapn-wasm/inline', { skip }, async t => {
  const { url } = await bundleAndServe(t, 'esbuild', 'page-inline.js');
  assert.equal(await callFrom(t, url), ANSWER);
});

for (const [what, allowed] of /** @type {const} */ ([['with', " 'wasm-unsafe-eval'"], ['without', '']])) {
  test(`a Content-Security-Policy ${what} wasm-unsafe-eval`, { skip }, async t => {
    const { url } = await bundleAndServe(t, 'esbuild', 'page.js', { 'content-security-policy': `script-src 'self'${allowed}` });
    const told = await callFrom(t, url, /Content Security Policy/);
    if (allowed === '') assert.equal(told.code, 'WASM_FAILED');
    else assert.equal(told, ANSWER);
  });
}

for (const entry of ['page.js', 'page-slim.js', 'page-worker.js']) {
  test(`Vite's dev server, as docs/packaging.md has it: ${entry}`, { skip }, async t => {
    const { folder } = installed.get();
    const server = await startVite(folder, entry, installed.makeFolder('vite'), { exclude: ['ocapn-wasm'] });
    t.after(() => server.close());
    assert.deepEqual(await callFrom(t, server.url), entry === 'page-worker.js' ? ['DedicatedWorkerGlobalScope', ANSWER] : ANSWER);
  });
}

for (const entry of ['page.js', 'page-slim.js']) {
  test(`no bundler, an import map: ${entry}`, { skip }, async t => {
    const { folder } = installed.get();
    const imports = makeImports({ root: folder, folder: 'node_modules/ocapn-wasm' });
    const site = await serveSite(folder, { index: pageOf(`/${entry}`, imports) });
    t.after(() => site.close());
    assert.equal(await callFrom(t, site.url), ANSWER);
  });
}
