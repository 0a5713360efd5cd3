// @ts-check

/** Serves the repository to a page, as files, without a bundler. */

import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { extname, normalize } from 'node:path';

import { fromRoot } from '../../../scripts/lib/paths.mjs';
import { makeImports } from '../../../scripts/lib/import-map.mjs';

/** @type {Record<string, string>} */
const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

/** Workers know no import map: below this prefix modules are served with addresses in place of names. */
const RESOLVED = '/resolved';

/** A page there has an origin of its own, which may keep nothing. */
export const SANDBOX = '/sandbox/';

const SANDBOXED = { 'content-security-policy': 'sandbox allow-scripts' };

const HEADERS = { 'access-control-allow-origin': '*' };

/** A page is 150 files, and many are loaded: those of the repository stay as they are meanwhile. */
const KEPT = { 'cache-control': 'max-age=3600' };
const NOT_KEPT = { 'cache-control': 'no-store' };

/** @param {string} title @param {Record<string, string>} imports */
const pageOf = (title, imports) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>${title}</title>
<script type="importmap">${JSON.stringify({ imports })}</script>
`;

/**
 * @param {string} code
 * @param {Record<string, string>} imports
 */
const resolveNames = (code, imports) =>
  code.replace(/(\b(?:from|import)\s*\(?\s*)'([^'./][^']*)'/g, (whole, before, name) =>
    imports[name] === undefined ? whole : `${before}'${RESOLVED}${imports[name]}'`,
  );

/**
 * @typedef {object} FileServer
 * @property {number} port
 * @property {string[]} requests the paths that were asked for
 * @property {Map<string, string>} extra what is served besides the files of the repository, by path
 * @property {() => Promise<void>} close
 */

/**
 * Serves an empty page, with the import map, at each path that ends with `/`.
 *
 * @returns {Promise<FileServer>}
 */
export const serveFiles = async () => {
  const imports = makeImports();
  /** @type {string[]} */
  const requests = [];
  /** @type {Map<string, string>} */
  const extra = new Map();

  /**
   * @param {string} path
   * @returns {Promise<[type: string, body: string | Buffer, keep: Record<string, string>]>}
   */
  const find = async path => {
    const given = extra.get(path);
    if (given !== undefined) return [TYPES[extname(path)] ?? 'text/plain', given, NOT_KEPT];
    if (path.endsWith('/')) return [TYPES['.html'] ?? '', pageOf(path, imports), NOT_KEPT];
    const isResolved = path.startsWith(`${RESOLVED}/`);
    const file = normalize(isResolved ? path.slice(RESOLVED.length) : path);
    const body = await readFile(fromRoot(file));
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    return [type, isResolved && type === TYPES['.js'] ? resolveNames(body.toString(), imports) : body, KEPT];
  };

  const server = http.createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    requests.push(pathname);
    try {
      const [type, body, keep] = await find(decodeURIComponent(pathname));
      response.writeHead(200, { ...HEADERS, ...keep, ...(pathname === SANDBOX && SANDBOXED), 'content-type': type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    port,
    requests,
    extra,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
