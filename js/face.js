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
 * @typedef {import('./options.js').Dialect} Dialect
 * @typedef {import('./options.js').Limits} Limits
 * @typedef {import('./options.js').Times} Times
 * @typedef {import('./errors.js').CodedError} CodedError
 * @typedef {import('./error-codes.js').ErrorCode} ErrorCode
 * @typedef {import('./session.js').SessionEvent} SessionEvent
 * @typedef {import('./authenticate.js').AuthenticateSession} AuthenticateSession
 * @typedef {import('./authenticate.js').SessionAuthDetails} SessionAuthDetails
 * @typedef {import('./location.js').OcapnLocation} OcapnLocation
 * @typedef {import('./locators.js').SturdyRefLocator} SturdyRefLocator
 * @typedef {import('./init.js').CoreSource} CoreSource
 * @typedef {import('./init.js').InitOptions} InitOptions
 * @typedef {import('./logger.js').Logger} Logger
 * @typedef {import('./swissnum.js').SwissNum} SwissNum
 * @typedef {import('./registry.js').SwissnumTable} SwissnumTable
 * @typedef {import('./baggage/types.js').Baggage} Baggage
 * @typedef {import('./baggage/endo.js').EndoBaggage} EndoBaggage
 * @typedef {import('./netlayers/types.js').NetLayer} NetLayer
 * @typedef {import('./netlayers/types.js').NetlayerHandlers} NetlayerHandlers
 * @typedef {import('./netlayers/types.js').NetlayerBaggage} NetlayerBaggage
 * @typedef {import('./netlayers/types.js').Connection} Connection
 * @typedef {import('./netlayers/types.js').SocketOperations} SocketOperations
 */

/**
 * What two peers share: a key pair each, and the numbered slots by which they name each other's objects.
 *
 * @typedef {import('./session.js').Session} Session
 */

/**
 * Whether a session has a connection, waits for one, is over, or is kept aside since its peer refused to resume it.
 *
 * @typedef {import('./session.js').SessionStatus} SessionStatus
 */

/**
 * A location and a swissnum, as one value that can be passed: what `makeSturdyRef` gives and `enlivenSturdyRef` takes.
 *
 * @typedef {import('./sturdyref.js').SturdyRef} SturdyRef
 */

/**
 * What a table of gifts has to be: a `Map` is one. Keys are `<session id>:<gift id>` in hexadecimal.
 *
 * @typedef {import('./gifts.js').GiftTable} GiftTable
 */

/**
 * What `inspectBaggage` shows: sessions, and what else is kept, without secrets.
 *
 * @typedef {import('./inspect/baggage.js').BaggageInspection} BaggageInspection
 */

/**
 * What `encryptedBaggage` can be told.
 *
 * @typedef {import('./baggage/encrypted.js').EncryptedBaggageOptions} EncryptedBaggageOptions
 */

/**
 * @template [V=any]
 * @typedef {import('./baggage/durable-map.js').DurableMap<V>} DurableMap
 */
