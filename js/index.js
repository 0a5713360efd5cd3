// @ts-check

/**
 * OCapN in one client, whose sessions outlive their sockets and their processes.
 *
 * In Node everything is ready on import. Where lockdown is used, import `@endo/init` before this module.
 */

import './shims.js';
import './wasm-node.js';

export { makeClient, makeDurableClient } from './client.js';
export { makeInMemoryBaggage } from './baggage/memory.js';
export { makeFsDurableBaggage } from './baggage/fs.js';
export { fromEndoBaggage } from './baggage/endo.js';
export { encryptedBaggage } from './baggage/encrypted.js';
export { provideFromBaggage, provideMapStoreFromBaggage } from './baggage/provide.js';
export { inspectBaggage } from './inspect/baggage.js';
export { locationToLocationId } from './location.js';
export { formatLocator, formatSturdyRefUri, parseLocator, parseSturdyRefUri } from './locators.js';
export { makeSlot, parseSlot, toHex } from './slots.js';
export { decodeSwissnum, encodeSwissnum, swissnumFromBytes, swissnumToBytes } from './swissnum.js';

/**
 * Makes the core ready. In Node it is ready already.
 *
 * @returns {Promise<void>}
 */
export const init = async () => {};

/**
 * @typedef {import('./client.js').Client} Client
 * @typedef {import('./options.js').ClientOptions} ClientOptions
 * @typedef {import('./session.js').Session} Session
 * @typedef {import('./session.js').SessionEvent} SessionEvent
 * @typedef {import('./authenticate.js').SessionAuthDetails} SessionAuthDetails
 * @typedef {import('./location.js').OcapnLocation} OcapnLocation
 * @typedef {import('./locators.js').SturdyRefLocator} SturdyRefLocator
 * @typedef {import('./logger.js').Logger} Logger
 * @typedef {import('./sturdyref.js').SturdyRef} SturdyRef
 * @typedef {import('./swissnum.js').SwissNum} SwissNum
 * @typedef {import('./baggage/types.js').Baggage} Baggage
 * @typedef {import('./baggage/endo.js').EndoBaggage} EndoBaggage
 * @typedef {import('./inspect/baggage.js').BaggageInspection} BaggageInspection
 * @typedef {import('./netlayers/types.js').NetLayer} NetLayer
 * @typedef {import('./netlayers/types.js').NetlayerHandlers} NetlayerHandlers
 */
