// @ts-check

/**
 * The contract between a client and its netlayers: that of `@endo/ocapn`, so that its netlayers work here and ours work
 * there, and a few optional properties that our client reads where a netlayer has them.
 *
 * @import { OcapnLocation } from '../location.js'
 */

/**
 * @typedef {object} Logger
 * @property {(...args: any[]) => void} log
 * @property {(...args: any[]) => void} error
 * @property {(...args: any[]) => void} info
 */

/**
 * What a netlayer gives a client for one connection.
 *
 * @typedef {object} SocketOperations
 * @property {(bytes: Uint8Array) => void} write sends one message; the bytes are the netlayer's from then on, unless they
 *   are fewer than its `copiesBelow`. Ignored once the connection has ended.
 * @property {() => void} end sends what was written, then closes
 */

/**
 * What a client makes of it.
 *
 * @typedef {object} Connection
 * @property {NetLayer} netlayer
 * @property {boolean} isOutgoing whether this side dialled
 * @property {boolean} isDestroyed whether it has ended
 * @property {(bytes: Uint8Array) => void} write
 * @property {() => void} end
 * @property {number} [maxHello] bytes that the peer may send as long as there is no session: a netlayer that gathers messages closes
 *   the connection of one that sends more; `undefined` once there is one, and where this side dialled
 */

/**
 * @typedef {object} NetlayerHandlers
 * @property {(netlayer: any, isOutgoing: boolean, socket: SocketOperations) => Connection} makeConnection
 * @property {(connection: Connection, data: Uint8Array) => void} handleMessageData
 * @property {(connection: Connection, reason?: Error) => void} handleConnectionClose once for each connection
 * @property {(connection: Connection) => void} [handleConnectionEstablished] a connection that this side dialled has reached its
 *   peer, which has proven itself where the netlayer asks for that
 * @property {() => void} [handleNetworkChange] the network may be there again, or this host have slept: suspended sessions that are to
 *   be dialled are dialled now, and the peers of active ones are asked for a sign of life
 */

/**
 * @typedef {object} NetLayer
 * @property {OcapnLocation} location where peers reach this side
 * @property {string} locationId what the client of `@endo/ocapn` calls that location: `ocapn://<designator>.<transport>?<hint>=<value>&...`,
 *   hints in the order of their names. Not the `LocationId` of `locationToLocationId`, and not read by our client
 * @property {(location: OcapnLocation) => Connection} connect dials; what goes wrong later is reported as a close
 * @property {() => void | Promise<void>} shutdown
 * @property {'none' | 'dialled' | 'both'} [authenticates] which side's designator it proves; `'none'` when absent
 * @property {boolean} [framed] whether each `handleMessageData` carries exactly one whole message
 * @property {boolean} [trustClaims] where nothing is authenticated: whether the location that a peer claims is believed
 * @property {number} [maxFrame] bytes of the longest message that it takes in
 * @property {number} [copiesBelow] a message of fewer bytes is copied before `write` returns, so that its bytes may be a
 *   view of memory that is used again; 0 when absent
 */

/**
 * The part of a baggage that a netlayer uses.
 *
 * @typedef {object} NetlayerBaggage
 * @property {(key: string) => boolean} has
 * @property {(key: string) => Uint8Array | undefined} get
 * @property {(key: string, value: Uint8Array) => unknown} set
 * @property {() => Promise<void> | void} [commit]
 */

export {};
