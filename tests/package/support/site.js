// @ts-check

/** Serves a folder to the browser, under one origin for each site. */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { extname, join, normalize } from 'node:path';

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

/**
 * @param {string} script
 * @param {Record<string, string>} [imports]
 */
export const pageOf = (script, imports) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>${script}</title>
${imports === undefined ? '' : `<script type="importmap">${JSON.stringify({ imports })}</script>`}
<script type="module" src="${script}"></script>
`;

/**
 * @param {string} folder
 * @param {{ index?: string, headers?: http.OutgoingHttpHeaders }} [options] `index`: what `/` is, when the folder has no index.html
 */
export const serveSite = async (folder, { index, headers } = {}) => {
  const server = http.createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = pathname === '/' ? 'index.html' : normalize(decodeURIComponent(pathname));
    try {
      const body = file === 'index.html' && index !== undefined ? index : await readFile(join(folder, file));
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', ...headers }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
