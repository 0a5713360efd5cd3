// @ts-check

/**
 * OCapN in one client, whose sessions outlive their sockets and their processes: the entry for workerd, which runs no wasm
 * but what was deployed as a module.
 *
 * `await init()` before anything else.
 */

import './shims.js';

// @ts-ignore It is a WebAssembly.Module there.
import core from '../pkg/ocapn_wasm_bg.wasm';
import { makeInit } from './init.js';

export const init = /* @__PURE__ */ makeInit(() => core);

export { makeFsDurableBaggage } from './baggage/no-fs.js';
export * from './face.js';
