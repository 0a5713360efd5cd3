// @ts-check

import net from 'node:net';
import { setImmediate } from 'node:timers';

import harden from '@endo/harden';

import { makeError } from '../errors.js';
import { isText } from '../location.js';
import { locationIdOf } from './location-id.js';
import { readNetlayerOptions } from './options.js';
import { connectSocket } from './tcp-connection.js';
import { provideAddress } from './tcp-identity.js';
import { COPIES_BELOW } from './tcp-outbox.js';

/**
 * @import { Socket } from 'node:net'
 * @import { OcapnLocation } from '../location.js'
 * @import { Connection, Logger, NetLayer, NetlayerBaggage, NetlayerHandlers } from './types.js'
 */

const TRANSPORT = 'tcp-testing-only';

/**
 * @typedef {object} TcpNetLayerDebug
 * @property {(location: OcapnLocation) => { connection: Connection, socket: Socket }} establishConnection
 */

/** @typedef {NetLayer & { shutdown: () => Promise<void>, _debug: TcpNetLayerDebug }} TcpNetLayer */

/** @type {Logger} */
const silent = { log: () => {}, error: () => {}, info: () => {} };

/**
 * @param {OcapnLocation} location
 * @returns {{ host: string, port: number }}
 */
const dialable = ({ transport, hints }) => {
  if (transport !== TRANSPORT) {
    throw makeError('NOT_DIALABLE', `Unsupported transport: ${transport}`);
  }
  const { host, port } = Object(hints);
  if (typeof host !== 'string' || host === '' || host.length > 255 || typeof port !== 'string') {
    throw makeError('NOT_DIALABLE', 'Host and port hints are required for remote connections');
  }
  const number = /^[1-9][0-9]{0,4}$/.test(port) ? Number(port) : Infinity;
  if (number > 65535) {
    throw makeError('NOT_DIALABLE', `Invalid port in hints: ${port.slice(0, 20)}`);
  }
  return { host, port: number };
};

/**
 * @param {net.Server} server
 * @param {string} host
 * @param {number} port
 * @returns {Promise<net.AddressInfo>}
 */
const listen = (server, host, port) =>
  new Promise((resolve, reject) => {
    /** @param {Error & { code?: string }} cause */
    const refuse = cause =>
      reject(
        cause.code === 'EADDRINUSE'
          ? makeError('PORT_IN_USE', `Port ${port} of ${host} is in use: end what holds it. No other port is taken in its place.`, { cause })
          : makeError('LISTEN_FAILED', `Could not listen on port ${port} of ${host}: ${cause.message}`, { cause }),
      );
    server.once('error', refuse);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', refuse);
      resolve(/** @type {net.AddressInfo} */ (server.address()));
    });
  });

/** The options of makeTcpNetLayer. */
const OPTIONS = /** @type {const} */ ({
  handlers: true,
  logger: true,
  baggage: true,
  label: true,
  specifiedPort: true,
  specifiedHostname: true,
  specifiedDesignator: true,
  writeLatencyMs: true,
  framing: true,
  maxFrame: true,
  maxUnsent: true,
  trustClaims: true,
});

/**
 * A netlayer over plain TCP: no encryption, and no proof of who is at either end. For tests, and for networks where
 * everyone is trusted.
 *
 * Each `connect` opens a socket of its own. A socket that this side has ended still delivers what was
 * written, unless nothing moves for 2 s.
 *
 * @param {object} options
 * @param {NetlayerHandlers} options.handlers of the client
 * @param {Logger} [options.logger]
 * @param {NetlayerBaggage} [options.baggage] keeps designator, host and port, which a restart takes again; without one the
 *   designator is random at each start
 * @param {string} [options.label] tells the netlayers of several clients in one baggage apart
 * @param {number} [options.specifiedPort] 0 for the kept one, or any
 * @param {string} [options.specifiedHostname] to listen on; 127.0.0.1 where none is kept
 * @param {string} [options.specifiedDesignator]
 * @param {number} [options.writeLatencyMs] delays everything that is written, for tests
 * @param {'syrup' | 'none'} [options.framing] `'syrup'`: each message as `<decimal length>:<payload>`; `'none'`: bare, and
 *   `handleMessageData` gets chunks as they come
 * @param {number} [options.maxFrame] bytes of the longest message taken in, with `'syrup'`; 16 MiB
 * @param {number} [options.maxUnsent] bytes that may wait for a peer that does not read, before its connection is given up;
 *   256 MiB
 * @param {boolean} [options.trustClaims] whether the location that an incoming peer claims is believed, as the OCapN
 *   specification does
 * @returns {Promise<TcpNetLayer>} `shutdown` resolves when all sockets are closed
 * @throws {import('../errors.js').CodedError} `PORT_IN_USE`; `LISTEN_FAILED`; `ADDRESS_MISMATCH` when an option contradicts what
 *   the baggage keeps; `STORE_DAMAGED`, `STORE_NEWER`, `STORE_FAILED`; `API_MISUSE`
 */
export const makeTcpNetLayer = async options => {
  const {
    handlers,
    logger = silent,
    baggage,
    label,
    specifiedPort = 0,
    specifiedHostname,
    specifiedDesignator,
    writeLatencyMs = 0,
    framing = 'syrup',
    maxFrame = 16 * 1024 * 1024,
    maxUnsent = 256 * 1024 * 1024,
    trustClaims = true,
  } = readNetlayerOptions('makeTcpNetLayer', options, OPTIONS);
  if (framing !== 'syrup' && framing !== 'none') {
    throw makeError('API_MISUSE', `Unsupported framing: ${framing}`);
  }
  for (const [name, limit] of Object.entries({ maxFrame, maxUnsent })) {
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw makeError('API_MISUSE', `${name} must be a number of bytes: ${limit}`);
    }
  }
  if (!Number.isInteger(specifiedPort) || specifiedPort < 0 || specifiedPort > 65535) {
    throw makeError('API_MISUSE', `Not a port: ${specifiedPort}`);
  }
  if (specifiedDesignator !== undefined && !isText(specifiedDesignator)) {
    throw makeError('API_MISUSE', 'specifiedDesignator must be well-formed text.');
  }
  const { wanted, keep } = provideAddress({
    baggage,
    label,
    port: specifiedPort,
    host: specifiedHostname,
    designator: specifiedDesignator,
  });
  const framed = framing === 'syrup';
  const context = { handlers, logger, framed, maxFrame, maxUnsent, writeLatencyMs };
  /** @type {Map<Socket, () => void>} how to end each open socket */
  const sockets = new Map();
  /** @type {Promise<void> | undefined} */
  let closing;

  /** @param {Socket} socket */
  const track = socket => {
    sockets.set(socket, () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };

  /**
   * @param {Socket} socket
   * @param {boolean} isOutgoing
   */
  const connect = (socket, isOutgoing) => {
    const { connection, endSoon } = connectSocket(context, netlayer, socket, isOutgoing);
    sockets.set(socket, endSoon);
    return connection;
  };

  /** @param {OcapnLocation} location */
  const establishConnection = location => {
    if (closing) {
      throw makeError('SHUT_DOWN', 'This netlayer was shut down.');
    }
    const { host, port } = dialable(location);
    const socket = net.createConnection({ host, port, allowHalfOpen: true });
    track(socket);
    const connection = connect(socket, true);
    return { connection, socket };
  };

  // Sockets that arrive before the client knows this netlayer wait, unread.
  /** @type {Socket[] | undefined} */
  let early = [];

  /** @param {Socket} socket */
  const accept = socket => {
    if (early) {
      socket.on('error', () => {});
      early.push(socket);
      return;
    }
    if (socket.destroyed) {
      return;
    }
    try {
      connect(socket, false);
      socket.resume();
    } catch (error) {
      logger.error('Refusing a connection:', error);
    }
  };

  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.on('connection', socket => {
    track(socket);
    accept(socket);
  });

  const close = async () => {
    const closes = [server, ...sockets.keys()].map(
      one =>
        new Promise(resolve => {
          one.once('close', () => resolve(undefined));
        }),
    );
    server.close();
    for (const end of sockets.values()) {
      end();
    }
    await Promise.all(closes);
  };

  const shutdown = () => {
    closing ??= close();
    return closing;
  };

  const bound = await listen(server, wanted.host, wanted.port);
  server.on('error', error => logger.error('Server error:', error));
  try {
    await keep(bound.port);
  } catch (error) {
    await shutdown();
    throw error;
  }

  /** @type {OcapnLocation} */
  const location = {
    type: 'ocapn-peer',
    transport: TRANSPORT,
    designator: wanted.designator,
    hints: { host: bound.address, port: String(bound.port) },
  };

  /** @type {TcpNetLayer} */
  const netlayer = harden({
    location,
    locationId: locationIdOf(location),
    connect: (/** @type {OcapnLocation} */ to) => establishConnection(to).connection,
    shutdown,
    authenticates: 'none',
    framed,
    trustClaims,
    maxFrame,
    copiesBelow: framed ? COPIES_BELOW : 0,
    _debug: { establishConnection },
  });
  logger.info('Listening on', `${bound.address}:${bound.port}`);

  // Not in this turn: the client registers the netlayer first.
  setImmediate(() => {
    const waiting = early ?? [];
    early = undefined;
    waiting.forEach(accept);
  });
  return netlayer;
};
