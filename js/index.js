// @ts-check

/**
 * OCapN in one client, whose sessions outlive their sockets and their processes: the entry for Node.
 *
 * Everything is ready on import. Where lockdown is used, import `@endo/init` before this module.
 */

import './shims.js';

export { init } from './wasm-node.js';
export { makeFsDurableBaggage } from './baggage/fs-durable.js';
export * from './face.js';
