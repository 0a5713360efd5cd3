// @ts-check
import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** The core as it travels. */

const WASM = new URL('../../pkg/ocapn_wasm_bg.wasm', import.meta.url);

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = () => [
  {
    once: true,
    rounds: 1,
    outputs: ['as it is', 'gzip', 'brotli'].map(how => ({ row: `the wasm core, ${how}`, unit: 'kB' })),
    open: async side =>
      side.name === 'ocapn-wasm'
        ? {
            sample: () => {
              const wasm = readFileSync(WASM);
              return [wasm, gzipSync(wasm, { level: 9 }), brotliCompressSync(wasm)].map(({ length }) => length / 1000);
            },
            close: () => {},
          }
        : undefined,
  },
];
