// @ts-check

import { readFileSync } from 'node:fs';

import { initAtOnce, makeInit } from './init.js';

/**
 * Loads the core in Node, at once: it is ready when this module has been imported. Where the file is not beside this module,
 * as in a bundle, `init()` says so, or takes the core from elsewhere.
 */

/** @type {Uint8Array<ArrayBuffer> | undefined} */
let bytes;
/** @type {unknown} */
let cause;
try {
  // Not `Uint8Array.from`, which takes 50 ms under lockdown to go from byte to byte.
  bytes = new Uint8Array(readFileSync(new URL('../pkg/ocapn_wasm_bg.wasm', import.meta.url)));
} catch (error) {
  cause = error;
}
if (bytes !== undefined) {
  initAtOnce(bytes);
}

export const init = makeInit(() => {
  throw Error("its file is not beside this module: a program that is bundled for Node imports 'ocapn-wasm/inline'", { cause });
});
