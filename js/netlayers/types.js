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
 * A connection, as a client makes one of the operations that its netlayer has for it.
 *
 * @typedef {object} Connection
 * @property {NetLayer} netlayer the one that it is of
 * @property {boolean} isOutgoing whether this side dialled
 * @property {boolean} isDestroyed whether it has ended
 * @property {(bytes: Uint8Array) => void} write sends one message, unless it has ended
 * @property {() => void} end sends what was written, then closes
 * @property {number} [maxHello] bytes that the peer may send as long as there is no session: a netlayer that gathers messages closes
 *   the connection of one that sends more; `undefined` once there is one, and where this side dialled
 */

/**
 * What a client gives the maker of a netlayer, which tells it of connections.
 *
 * @typedef {object} NetlayerHandlers
 * @property {(netlayer: any, isOutgoing: boolean, socket: SocketOperations) => Connection} makeConnection of one that this side dials, or
 *   that a peer has dialled
 * @property {(connection: Connection, data: Uint8Array) => void} handleMessageData a message, or any part of some where the netlayer is
 *   not `framed`
 * @property {(connection: Connection, reason?: Error) => void} handleConnectionClose once for each connection
 * @property {(connection: Connection) => void} [handleConnectionEstablished] a connection that this side dialled has reached its
 *   peer, which has proven itself where the netlayer asks for that
 * @property {() => void} [handleNetworkChange] the network may be there again, or this host have slept: suspended sessions that are to
 *   be dialled are dialled now, and the peers of active ones are asked for a sign of life
 */

/**
 * A way to connect: what `registerNetlayer` is given the maker of.
 *
 * @typedef {object} NetLayer
 * @property {OcapnLocation} location where peers reach this side
 * @property {string} locationId what the client of `@endo/ocapn` calls that location: `ocapn://<designator>.<transport>?<hint>=<value>&...`,
 *   hints in the order of their names. Not the `LocationId` of `locationToLocationId`, and not read by our client
 * @property {(location: OcapnLocation) => Connection} connect dials; what goes wrong later is reported as a close
 * @property {() => void | Promise<void>} shutdown ends all connections, and takes no more; the promise is for when that is done
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
