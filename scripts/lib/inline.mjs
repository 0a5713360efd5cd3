// @ts-check
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { fromRoot } from './paths.mjs';
import { fileStep } from './steps.mjs';

const WASM = 'pkg/ocapn_wasm_bg.wasm';
const CODE = 'pkg/ocapn_wasm_inline.js';
const TYPES = 'pkg/ocapn_wasm_inline.d.ts';

/** The core as text, for hosts that load JavaScript and nothing else; `js/inline-core.js` unpacks it. */
export const inlined = fileStep({
  name: 'pkg/ (inlined core)',
  inputs: [WASM, 'scripts/lib/inline.mjs'],
  outputs: [CODE, TYPES],
  run: async () => {
    const packed = gzipSync(readFileSync(fromRoot(WASM)), { level: 9 });
    writeFileSync(fromRoot(CODE), `export default '${packed.toString('base64')}';\n`);
    writeFileSync(fromRoot(TYPES), 'declare const core: string;\nexport default core;\n');
  },
});
