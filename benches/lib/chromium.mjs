// @ts-check
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { findChromium } from '../../tests/browser/support/find-chromium.js';
import { endoMaster } from './endo.mjs';
import { PACKAGES } from './packages.mjs';

/**
 * New pages of one Chromium that load a side and make its first call. Each side is bundled by esbuild: what a page loads before
 * the clock starts, which is the Endo packages, and lockdown where that is wanted, and what it loads after it.
 */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** `@endo/ocapn` takes its randomness from Node: in a page it needs this. */
const RANDOM = 'export const randomBytes = length => crypto.getRandomValues(new Uint8Array(length));';

const ENDO = `
import { E } from '@endo/eventual-send';
import { Far } from '@endo/marshal';
import { firstCall } from 'bench:first-call.mjs';
`;

/** What a side runs, as benches/starts/ has it for Node; its module gives `run`. @type {Record<string, string>} */
const RUNS = {
  ours: `${ENDO}
import { init, makeClient, swissnumFromBytes } from 'ocapn-wasm/slim';
import { makeMemoryNetwork } from 'ocapn-wasm/netlayer/memory';
export const run = async () => {
  await init({ module: '/core.wasm' });
  return firstCall({ makeClient, makeMemoryNetwork, swissnumFromBytes, E, Far });
};`,
  endo: `${ENDO}
import { makeClient, swissnumFromBytes } from 'bench:endo';
import { makeMemoryNetwork } from 'bench:network';
export const run = () => firstCall({ makeClient, makeMemoryNetwork, swissnumFromBytes, E, Far });`,
  capnweb: "export { run } from 'bench:capnweb.mjs';",
};

/**
 * @param {string} side
 * @param {string} host
 * @param {string} outdir
 */
const bundle = async (side, host, outdir) => {
  const { build } = await import('esbuild');
  const endo = side === 'endo' ? endoMaster() : undefined;
  /** The side's own packages. @type {import('esbuild').Plugin} */
  const sources = {
    name: 'sides',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^node:crypto$/ }, () => ({ path: 'bench:random', namespace: 'bench' }));
      onResolve({ filter: /^bench:network$/ }, () => ({ path: join(ROOT, 'js/netlayers/memory.js') }));
      onResolve({ filter: /^bench:.*\.mjs$/ }, ({ path }) => ({ path: join(ROOT, 'benches/starts', path.slice('bench:'.length)) }));
      onResolve({ filter: /^bench:/ }, ({ path }) =>
        path === 'bench:endo' ? { path: fileURLToPath(String(endo?.file('index.js'))) } : { path, namespace: 'bench' },
      );
      // In a checkout, the package itself may not see all that it is loaded with.
      onResolve({ filter: /^(ses|@endo)\//, namespace: 'bench' }, ({ path }) =>
        endo === undefined ? undefined : { path: fileURLToPath(endo.resolve(path)) },
      );
      onLoad({ filter: /.*/, namespace: 'bench' }, ({ path }) => {
        const lockdown = host === 'lockdown' ? ["import '@endo/init';"] : [];
        const capnweb = side === 'capnweb' && host === 'lockdown' ? ["import 'capnweb';"] : [];
        const packages = side === 'capnweb' ? [] : PACKAGES.map(name => `import '${name}';`);
        /** @type {Record<string, string>} */
        const texts = {
          'bench:random': RANDOM,
          'bench:shims': [...capnweb, ...lockdown, ...packages.filter(text => text.includes('shim'))].join('\n'),
          'bench:before': packages.join('\n'),
          'bench:side': String(RUNS[side]),
        };
        // Bare names are found from where the side's packages are.
        return { contents: texts[path], resolveDir: endo?.folder ?? ROOT };
      });
    },
  };
  /** @type {import('esbuild').BuildOptions} */
  const options = {
    absWorkingDir: ROOT,
    outdir,
    plugins: [sources],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    minify: true,
    logLevel: 'error',
    // The shims are imported for what they do, whatever their packages say.
    ignoreAnnotations: true,
  };
  // Apart, since what several entries share would be run before them.
  await build({ ...options, entryPoints: { shims: 'bench:shims' } });
  await build({ ...options, entryPoints: { before: 'bench:before', side: 'bench:side' }, splitting: true });
};

/** How a page starts a side. Not a function for Playwright: `import()` in a text that is evaluated is refused after lockdown. */
const START = `
globalThis.start = async isLockedDown => {
  await import('/shims.js');
  if (Object.isFrozen(Array.prototype) !== isLockedDown) throw Error('lockdown is not as it should be');
  await import('/before.js');
  const start = performance.now();
  const { run } = await import('/side.js');
  if ((await run()) !== 'hello') throw Error('a wrong answer');
  return performance.now() - start;
};
`;

const PAGE = `<!doctype html><title>bench</title><link rel="icon" href="data:,"><script type="module">${START}</script>`;

/** @param {string} directory */
const serve = async directory => {
  const server = createServer((request, response) => {
    const { pathname } = new URL(String(request.url), 'http://localhost');
    const file = pathname === '/core.wasm' ? join(ROOT, 'pkg/ocapn_wasm_bg.wasm') : join(directory, pathname);
    const isPage = pathname === '/';
    if (!isPage && !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const type = isPage ? 'text/html' : pathname.endsWith('.wasm') ? 'application/wasm' : 'text/javascript';
    response.writeHead(200, { 'content-type': type }).end(isPage ? PAGE : readFileSync(file));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { address: `http://localhost:${port}/`, close: () => server.close() };
};

/**
 * @param {string} side
 * @param {string} host
 * @param {string} directory for what is bundled
 * @returns {Promise<{ start: () => Promise<number>, close: () => Promise<void> } | undefined>} `start` gives the ms that one new
 *   page took; `undefined` without a Chromium
 */
export const openPages = async (side, host, directory) => {
  if (findChromium() === undefined) return undefined;
  await bundle(side, host, directory);
  const { launchChromium } = await import('../../tests/browser/support/chromium.js');
  const { address, close } = await serve(directory);
  const browser = await launchChromium();
  return {
    start: async () => {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(address);
      const taken = await page.evaluate(wanted => /** @type {any} */ (globalThis).start(wanted), host === 'lockdown');
      await context.close();
      return taken;
    },
    close: async () => {
      await browser.close();
      close();
    },
  };
};
