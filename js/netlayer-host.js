// @ts-check

import { checkMethods, misuse } from './checks.js';
import { codeOf, makeError } from './errors.js';
import { frozen } from './frozen.js';
import { copyLocation, isSamePeer } from './location.js';
import { keepsNothing } from './netlayers/room.js';

/**
 * The netlayers of one client, and their connections: what they hear goes to the core, what the core has to say goes to them.
 *
 * @import { Core } from './core.js'
 * @import { Logger } from './logger.js'
 * @import { OcapnLocation } from './location.js'
 * @import { Act } from './outputs.js'
 * @import { Connection, NetLayer, NetlayerHandlers, SocketOperations } from './netlayers/types.js'
 */

const AUTHENTICATES = { none: 0, dialled: 1, both: 2 };

const { freeze } = Object;

/**
 * What netlayers are given. One that knows when a connection that it dialled is open may say so: then closing it later tells more
 * than that nobody is there. One that hears of its network may say that it is there again.
 *
 * @typedef {NetlayerHandlers & Required<Pick<NetlayerHandlers, 'handleConnectionEstablished' | 'handleNetworkChange'>>} Handlers
 */

/**
 * A connection as the host keeps it.
 *
 * @typedef {object} Line
 * @property {number} conn the core's number, 0 when it knows nothing of it
 * @property {NetLayer} netlayer
 * @property {SocketOperations} socket
 * @property {Connection} connection
 * @property {boolean} isDestroyed
 */

/**
 * @param {unknown} netlayer what the application's maker gave
 * @throws {import('./errors.js').CodedError} `API_MISUSE`
 */
const checkNetlayer = netlayer => {
  const { location, authenticates = 'none' } = Object(netlayer);
  if (location === undefined) {
    misuse('This is no netlayer: it has no location. One has { location, locationId, connect, shutdown }.');
  }
  copyLocation(location);
  checkMethods('The netlayer', netlayer, ['connect', 'shutdown']);
  if (!Object.hasOwn(AUTHENTICATES, authenticates)) {
    misuse("authenticates of a netlayer is 'none', 'dialled' or 'both'.");
  }
};

export class NetlayerHost {
  #getCore;

  #logger;

  /** By transport. @type {Map<string, NetLayer>} */
  #netlayers = new Map();

  /** @type {Map<NetLayer, number>} */
  #ids = new Map();

  /** @type {Map<number, NetLayer>} */
  #byId = new Map();

  /** @type {WeakMap<Connection, Line>} */
  #lines = new WeakMap();

  /** @type {Map<number, Line>} */
  #byConn = new Map();

  /** Why the connection closed whose close is being told to the core. @type {unknown} */
  #closing;

  #isShutDown = false;

  /** @type {Handlers} */
  #handlers;

  /**
   * @param {() => Core} getCore
   * @param {Logger} logger
   */
  constructor(getCore, logger) {
    this.#getCore = getCore;
    this.#logger = logger;
    this.#handlers = frozen({
      makeConnection: (netlayer, isOutgoing, socket) => this.#makeConnection(netlayer, isOutgoing, socket),
      handleMessageData: keepsNothing((connection, data) => this.#receive(connection, data)),
      handleConnectionClose: (connection, reason) => this.#closed(connection, reason),
      handleConnectionEstablished: connection => this.#established(connection),
      handleNetworkChange: () => this.#wake(),
    });
  }

  /** The cause of what fails right now, where a closed connection is the cause. */
  get cause() {
    return this.#closing;
  }

  /**
   * @template {NetLayer} T
   * @param {(handlers: NetlayerHandlers, logger: Logger) => T | Promise<T>} makeNetlayer
   * @returns {Promise<T>}
   * @throws {import('./errors.js').CodedError} `API_MISUSE`; `SHUT_DOWN` when that came first: then what was made is shut down, too
   */
  async register(makeNetlayer) {
    if (typeof makeNetlayer !== 'function') {
      misuse('registerNetlayer takes a function that makes a netlayer: (handlers, logger) => makeYourNetLayer({ handlers, logger }).');
    }
    this.#checkRuns();
    const netlayer = await makeNetlayer(this.#handlers, this.#logger);
    try {
      checkNetlayer(netlayer);
      this.#checkRuns();
      const { transport } = netlayer.location;
      const known = this.#netlayers.get(transport);
      if (known !== undefined && known !== netlayer) {
        misuse(`Netlayer already registered for transport: ${transport}`);
      }
      this.#provideId(netlayer);
    } catch (error) {
      await this.#discard(netlayer);
      throw error;
    }
    return netlayer;
  }

  /** @param {Partial<NetLayer> | undefined} netlayer that did not come to be registered */
  async #discard(netlayer) {
    try {
      await netlayer?.shutdown?.();
    } catch (error) {
      this.#logger.error('A netlayer failed to shut down', error);
    }
  }

  #checkRuns() {
    if (this.#isShutDown) {
      throw this.#getCore().errorOf('SHUT_DOWN');
    }
  }

  /** @param {NetLayer} netlayer */
  #provideId(netlayer) {
    const known = this.#ids.get(netlayer);
    if (known !== undefined) {
      return known;
    }
    const { location, authenticates = 'none', framed = false, trustClaims = true } = netlayer;
    if (this.#netlayers.has(location.transport)) {
      throw makeError('API_MISUSE', `Netlayer already registered for transport: ${location.transport}`);
    }
    const traits = { authenticates: AUTHENTICATES[authenticates], framed, trustClaims };
    const id = this.#getCore().addNetlayer(copyLocation(location), traits);
    this.#ids.set(netlayer, id);
    this.#byId.set(id, netlayer);
    this.#netlayers.set(location.transport, netlayer);
    return id;
  }

  /**
   * Whether a location is one of our own.
   *
   * @param {OcapnLocation} location
   */
  isSelf(location) {
    const netlayer = this.#netlayers.get(location.transport);
    return netlayer !== undefined && isSamePeer(netlayer.location, location);
  }

  /**
   * @param {string} transport
   * @returns {OcapnLocation | undefined}
   */
  ownLocation(transport) {
    const location = this.#netlayers.get(transport)?.location;
    return location && copyLocation(location);
  }

  /**
   * @param {number} conn
   * @returns {Connection | undefined}
   */
  connectionOf(conn) {
    return this.#byConn.get(conn)?.connection;
  }

  /**
   * @param {NetLayer} netlayer
   * @param {boolean} isOutgoing
   * @param {SocketOperations} socket
   * @returns {Connection}
   */
  #makeConnection(netlayer, isOutgoing, socket) {
    const host = this;
    /** @type {Line} */
    const line = { conn: 0, netlayer, socket, connection: /** @type {any} */ (undefined), isDestroyed: false };
    // The netlayer may be a class of the application's, whose state is its own: it is not frozen with what it is in.
    line.connection = freeze({
      netlayer,
      isOutgoing,
      get isDestroyed() {
        return line.isDestroyed;
      },
      get maxHello() {
        return host.#mostBeforeSession(line);
      },
      write: freeze((/** @type {Uint8Array} */ bytes) => {
        if (!line.isDestroyed) {
          socket.write(bytes);
        }
      }),
      end: freeze(() => this.#end(line)),
    });
    this.#lines.set(line.connection, line);
    if (!isOutgoing) {
      this.#open(line, 0);
    }
    return line.connection;
  }

  /** @param {Line} line */
  #mostBeforeSession({ conn }) {
    return conn === 0 ? undefined : this.#getCore().mostBeforeSession(conn);
  }

  /**
   * @param {Line} line
   * @param {number} dial
   */
  #open(line, dial) {
    const core = this.#getCore();
    if (core.isOver) {
      this.#end(line);
      return;
    }
    let failure;
    try {
      core.connectionOpened(this.#provideId(line.netlayer), dial, conn => {
        line.conn = conn;
        if (conn !== 0) {
          this.#byConn.set(conn, line);
        }
      });
    } catch (error) {
      failure = error;
      this.#logger.error('A connection could not be taken', error);
    }
    if (line.conn === 0) {
      this.#end(line);
      if (dial !== 0) {
        this.#failDial(dial, failure);
      }
    }
  }

  /** @param {Line} line */
  #end(line) {
    if (!line.isDestroyed) {
      line.isDestroyed = true;
      try {
        line.socket.end();
      } catch (error) {
        this.#logger.error('A netlayer failed to end a connection', error);
      }
    }
  }

  /**
   * @param {Connection} connection
   * @param {Uint8Array} data
   */
  #receive(connection, data) {
    const conn = this.#lines.get(connection)?.conn ?? 0;
    if (conn !== 0) {
      this.#getCore().receive(conn, data);
    }
  }

  #wake() {
    const core = this.#getCore();
    if (!core.isOver) {
      core.wake();
    }
  }

  /** @param {Connection} connection */
  #established(connection) {
    const conn = this.#lines.get(connection)?.conn ?? 0;
    if (conn !== 0) {
      this.#getCore().connectionEstablished(conn);
    }
  }

  /**
   * @param {Connection} connection
   * @param {unknown} [reason]
   */
  #closed(connection, reason) {
    const line = this.#lines.get(connection);
    if (line === undefined) {
      return;
    }
    this.#logger.info('connection closed', reason);
    this.#end(line);
    const { conn } = line;
    if (conn !== 0) {
      line.conn = 0;
      this.#byConn.delete(conn);
      this.#because(reason, core => core.connectionClosed(conn, codeOf(reason) === 'PEER_CHANGED'));
    }
  }

  /**
   * Tells the core of something, and whom that makes fail why.
   *
   * @param {unknown} reason
   * @param {(core: Core) => void} tell
   */
  #because(reason, tell) {
    const core = this.#getCore();
    core.whenDone(() => {
      this.#closing = reason;
      try {
        tell(core);
      } finally {
        this.#closing = undefined;
      }
    });
  }

  // What the core wants.

  /**
   * @param {number} dial
   * @param {number} netlayer
   * @param {OcapnLocation} location
   */
  dial(dial, netlayer, location) {
    let line;
    try {
      const connection = /** @type {unknown} */ (/** @type {NetLayer} */ (this.#byId.get(netlayer)).connect(frozen(location)));
      line = this.#lines.get(/** @type {Connection} */ (connection));
      if (line === undefined) {
        // Promises, say: whatever becomes of it is nobody's.
        Promise.resolve(connection).catch(() => {});
        throw makeError('API_MISUSE', 'connect of a netlayer gives what handlers.makeConnection gave.');
      }
    } catch (error) {
      this.#logger.info('dial failed', location, error);
      this.#failDial(dial, error);
      return;
    }
    if (line.isDestroyed || line.conn !== 0) {
      // A netlayer that gives out a live connection once more would have us greet its peer twice.
      this.#failDial(dial, undefined);
      return;
    }
    this.#open(line, dial);
  }

  /**
   * Later, so that what this brings about is done while its reason is known.
   *
   * @param {number} dial
   * @param {unknown} reason
   */
  #failDial(dial, reason) {
    this.#because(reason, core => core.dialFailed(dial));
  }

  /**
   * @param {Act} act
   * @param {(act: Act, mayBeView: boolean) => Uint8Array} bytesOf
   */
  transmit(act, bytesOf) {
    const line = this.#byConn.get(act.a);
    if (line !== undefined && !line.isDestroyed) {
      const { copiesBelow = 0 } = line.netlayer;
      try {
        line.socket.write(bytesOf(act, act.c < copiesBelow));
      } catch (error) {
        this.#logger.error('A netlayer failed to write', error);
        this.#end(line);
        // The core is in the middle of something.
        queueMicrotask(() => this.#closed(line.connection, error));
      }
    }
  }

  /** @param {number} conn */
  close(conn) {
    const line = this.#byConn.get(conn);
    if (line !== undefined) {
      this.#byConn.delete(conn);
      line.conn = 0;
      this.#end(line);
    }
  }

  /** @returns {Promise<void>} settles when all of them have shut down */
  async shutdown() {
    this.#isShutDown = true;
    const netlayers = [...this.#netlayers.values()];
    const results = await Promise.allSettled(netlayers.map(async netlayer => netlayer.shutdown()));
    for (const result of results) {
      if (result.status === 'rejected') {
        this.#logger.error('A netlayer failed to shut down', result.reason);
      }
    }
  }

  /** Closes every connection, without a word. */
  die() {
    for (const line of [...this.#byConn.values()]) {
      this.#byConn.delete(line.conn);
      line.conn = 0;
      this.#end(line);
    }
  }
}
