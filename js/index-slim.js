// @ts-check

/**
 * OCapN in one client, whose sessions outlive their sockets and their processes: the entry that fetches the core, for pages
 * without a bundler and for bundlers that understand `new URL(..., import.meta.url)`.
 *
 * `await init()` before anything else. Where lockdown is used, import `@endo/init` before this module.
 */

import './shims.js';

import { makeInit } from './init.js';

export const init = /* @__PURE__ */ makeInit(() => new URL('../pkg/ocapn_wasm_bg.wasm', import.meta.url));

export { makeFsDurableBaggage } from './baggage/no-fs.js';
export * from './face.js';
