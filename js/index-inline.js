// @ts-check

/**
 * OCapN in one client, whose sessions outlive their sockets and their processes: the entry for browsers, and for every host
 * that loads JavaScript and nothing else. The core comes as text in a module beside this one.
 *
 * `await init()` before anything else. Where lockdown is used, import `@endo/init` before this module.
 */

import './shims.js';

import { makeInit } from './init.js';
import { inlineCore } from './inline-core.js';

export const init = /* @__PURE__ */ makeInit(inlineCore);

export { makeFsDurableBaggage } from './baggage/no-fs.js';
export * from './face.js';
