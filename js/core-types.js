// @ts-check

/**
 * The interface between the wasm core and JavaScript: the raw class that wasm-bindgen makes, and what it leaves to be done.
 * Every time is in milliseconds since the epoch, and never runs backwards.
 *
 * @import { OcapnLocation } from './location.js'
 */

/**
 * What the core reads of the store. It calls these while it runs: they must not enter the client again.
 *
 * @typedef {object} StoreReader
 * @property {(key: string) => Uint8Array | undefined} get
 * @property {(prefix: string) => string[]} keys
 */

/**
 * @typedef {object} RawCore
 * @property {() => number} header_ptr
 * @property {() => number} now milliseconds since the epoch, by the clock that it uses when it is told no time (`NaN`)
 * @property {(now: number) => void} load
 * @property {(transport: string, location: OcapnLocation, authenticates: number, framed: boolean, trust_claims: boolean) => number} add_netlayer
 * @property {(now: number, netlayer: number, dial: number) => number} connection_opened
 * @property {(len: number) => void} grow_input
 * @property {(conn: number) => void} connection_established
 * @property {(now: number, conn: number, len: number) => void} receive
 * @property {(now: number, conn: number, wrongPeer: boolean) => void} connection_closed
 * @property {(conn: number) => number} most_before_session bytes; `NONE` when it has one, or is ours
 * @property {(now: number, dial: number) => void} dial_failed
 * @property {(now: number) => void} timeout
 * @property {(now: number) => void} wake
 * @property {(now: number) => void} flush
 * @property {() => void} wrote
 * @property {() => number} mark
 * @property {(now: number, mark: number) => void} committed
 * @property {(now: number) => void} store_failed
 * @property {(now: number, location: OcapnLocation) => number} provide_session
 * @property {(now: number, session: number, reason: string) => void} abort_session
 * @property {(now: number, session: number) => void} exceeded
 * @property {(now: number) => void} shutdown
 * @property {(session: number) => number} bootstrap
 * @property {(kind: number, description_len: number) => number} alloc_local
 * @property {(now: number, handle: number, description_len: number) => void} describe_local
 * @property {(min: number) => void} grow_scratch
 * @property {(now: number, target: number, len: number, flags: number) => number} call
 * @property {(now: number, answer: number, fulfilled: number, len: number) => void} settle
 * @property {(now: number, handle: number) => void} listen
 * @property {(now: number, target: number, name_len: number) => number} get
 * @property {(now: number, target: number, index: number) => number} index
 * @property {(now: number, target: number, tag_len: number) => number} untag
 * @property {(now: number, handle: number) => void} release_remote
 * @property {(now: number, handle: number) => Uint8Array} ref_token
 * @property {(now: number, len: number) => number} ref_from_token
 * @property {(now: number, len: number) => void} release_token
 * @property {(now: number, hook: number, ok: number) => void} auth_result
 * @property {(swissnum_len: number, description_len: number) => void} encode_swissnum_row both are in the scratch buffer, one after the
 *   other; leaves offset and length of key and value
 * @property {(swissnum_len: number) => void} read_swissnum_row the swissnum is in the scratch buffer; leaves offset and length of the
 *   description, `NONE` for the length when there is no row
 * @property {() => any} inspect
 * @property {() => void} free gives back its memory; nothing may be called after it
 */

/** The first word of each output. */
export const OUTPUT = /** @type {const} */ ({
  TRANSMIT: 1,
  PERSIST: 2,
  DIAL: 3,
  CLOSE: 4,
  TIMEOUT: 5,
  DELIVER: 6,
  SETTLED: 7,
  FAILED: 8,
  RELEASE_LOCAL: 9,
  LISTEN: 10,
  GET: 11,
  INDEX: 12,
  UNTAG: 13,
  REQUEST_OK: 14,
  REQUEST_FAILED: 15,
  SESSION: 16,
  AUTHENTICATE: 17,
  SESSION_INFO: 18,
  DAMAGED: 19,
  PEER_SAID: 20,
  IDENTIFY: 21,
  GIFT: 22,
  FOLLOW: 23,
  GIFT_TABLE: 24,
});

/** What a session has become. */
export const STATUS = /** @type {const} */ ({ FRESH: 1, RESUMED: 2, SUSPENDED: 3, SEVERED: 4, REFUSED: 5 });

/** The word that stands for "there is none", where 0 is a length. */
export const NONE = 0xffffffff;
