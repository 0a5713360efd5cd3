// @ts-check
import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { fromRoot } from './paths.mjs';

/** @param {Buffer} bytes */
const kilobytes = bytes => `${(bytes.length / 1000).toFixed(1)} kB`;

/**
 * @param {string} path a file below the root
 * @returns {string} its size as it is, and as it may travel
 */
export const sizes = path => {
  const bytes = readFileSync(fromRoot(path));
  const gzip = gzipSync(bytes, { level: 9 });
  const brotli = brotliCompressSync(bytes);
  return `${path}: ${kilobytes(bytes)} raw, ${kilobytes(gzip)} gzip, ${kilobytes(brotli)} brotli`;
};
