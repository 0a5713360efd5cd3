// @ts-check

/**
 * What every entry gives, whichever host it is for: all but the loading of the core, and what is kept in files.
 */

export { makeClient, makeDurableClient } from './client.js';
export { fromEndoBaggage } from './baggage/endo.js';
export { encryptedBaggage } from './baggage/encrypted.js';
export { makeInMemoryBaggage, makeInMemoryBaggage as makeInMemoryDurableBaggage } from './baggage/memory.js';
export { provideFromBaggage, provideMapStoreFromBaggage } from './baggage/provide.js';
export { repairBaggage } from './baggage/repair.js';
export { inspectBaggage } from './inspect/baggage.js';
export { locationToLocationId } from './location.js';
export { formatLocator, formatSturdyRefUri, parseLocator, parseSturdyRefUri } from './locators.js';
export { makeSlot, parseSlot, toHex } from './slots.js';
export { decodeSwissnum, encodeSwissnum, swissnumFromBytes, swissnumToBytes } from './swissnum.js';

/**
 * @typedef {import('./client.js').Client} Client
 * @typedef {import('./options.js').ClientOptions} ClientOptions
 * @typedef {import('./session.js').Session} Session
 * @typedef {import('./session.js').SessionEvent} SessionEvent
 * @typedef {import('./authenticate.js').SessionAuthDetails} SessionAuthDetails
 * @typedef {import('./location.js').OcapnLocation} OcapnLocation
 * @typedef {import('./locators.js').SturdyRefLocator} SturdyRefLocator
 * @typedef {import('./init.js').CoreSource} CoreSource
 * @typedef {import('./init.js').InitOptions} InitOptions
 * @typedef {import('./logger.js').Logger} Logger
 * @typedef {import('./sturdyref.js').SturdyRef} SturdyRef
 * @typedef {import('./swissnum.js').SwissNum} SwissNum
 * @typedef {import('./baggage/types.js').Baggage} Baggage
 * @typedef {import('./baggage/encrypted.js').EncryptedBaggageOptions} EncryptedBaggageOptions
 * @typedef {import('./baggage/endo.js').EndoBaggage} EndoBaggage
 * @typedef {import('./inspect/baggage.js').BaggageInspection} BaggageInspection
 * @typedef {import('./netlayers/types.js').NetLayer} NetLayer
 * @typedef {import('./netlayers/types.js').NetlayerHandlers} NetlayerHandlers
 */
