// @ts-check
// The page's files, as they are: no bundler stands between the sources and the browser, only an import map.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { makeImports } from '../../../scripts/lib/import-map.mjs';
import { fromRoot } from '../../../scripts/lib/paths.mjs';

/** @type {Record<string, string>} */
const TYPES = {
  '.css': 'text/css',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

const here = (/** @type {string} */ folder) => fileURLToPath(new URL(`../${folder}`, import.meta.url));

/** What may be asked for: the page, the library, and the packages that it needs. */
const FOLDERS = {
  '/page/': here('page/'),
  '/common/': here('common/'),
  '/js/': fromRoot('js/'),
  '/pkg/': fromRoot('pkg/'),
  '/node_modules/': fromRoot('node_modules/'),
};

/** Names of files and folders: nothing that leads out of them. */
const PATH = /^(?:\/@?[\w-][\w.-]*)+$/;

/** @param {string} nonce */
const policy = nonce =>
  [
    "default-src 'none'",
    // The core is WebAssembly; the import map stands in the page.
    `script-src 'self' 'wasm-unsafe-eval' 'nonce-${nonce}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self' ws://127.0.0.1:*",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/**
 * @param {object} peers what the page has to know of whom it talks with
 * @returns {import('node:http').RequestListener}
 */
export const makeSite = peers => {
  // The page has no business with the inlined core: it fetches the file.
  const imports = { ...makeImports(), 'ocapn-wasm': '/js/index-slim.js' };

  /**
   * @param {string} path
   * @returns {Promise<[type: string, body: string | Buffer, headers?: Record<string, string>]>}
   */
  const find = async path => {
    if (path === '/peers.json') return ['application/json', JSON.stringify(peers)];
    if (path === '/') {
      const nonce = randomBytes(16).toString('base64');
      const page = await readFile(`${FOLDERS['/page/']}index.html`, 'utf8');
      const map = `<script type="importmap" nonce="${nonce}">${JSON.stringify({ imports })}</script>`;
      return ['text/html; charset=utf-8', page.replace('<!-- import map -->', () => map), { 'content-security-policy': policy(nonce) }];
    }
    const [prefix, folder] = Object.entries(FOLDERS).find(([start]) => path.startsWith(start)) ?? [];
    if (prefix === undefined || folder === undefined || !PATH.test(path)) throw Error('There is nothing here.');
    return [TYPES[extname(path)] ?? 'application/octet-stream', await readFile(folder + path.slice(prefix.length))];
  };

  return async (request, response) => {
    try {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const [type, body, headers] = await find(pathname);
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  };
};
