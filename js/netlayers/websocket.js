// @ts-check

import '../shims.js';
import '../wasm-node.js';

import { setImmediate } from 'node:timers';

import harden from '@endo/harden';
import { WebSocket, WebSocketServer } from 'ws';

import { makeError } from '../errors.js';
import { randomBytes } from '../random.js';
import { locationIdOf } from './location-id.js';
import { readNetlayerOptions } from './options.js';
import { makeAcceptor } from './websocket-acceptor.js';
import { LONGEST_AUTH } from './websocket-auth.js';
import { TRANSPORT, checkLimits, dial, isWebSocketUrl } from './websocket-dialler.js';
import { gatherWrites } from './websocket-gather.js';
import { boundHello } from './websocket-hello.js';
import { provideIdentity } from './websocket-key.js';
import { openServer } from './websocket-listen.js';

/**
 * @import { IncomingMessage, Server } from 'node:http'
 * @import { Server as SecureServer } from 'node:https'
 * @import { Duplex } from 'node:stream'
 * @import { OcapnLocation } from '../location.js'
 * @import { Line } from './websocket-line.js'
 * @import { Logger, NetLayer, NetlayerBaggage, NetlayerHandlers } from './types.js'
 */

/**
 * @typedef {object} WebSocketNetLayerDebug
 * @property {Uint8Array} designatorPublicKey
 */

/** @typedef {NetLayer & { shutdown: () => Promise<void>, _debug: WebSocketNetLayerDebug }} WebSocketNetLayer */

/** @type {Logger} */
const silent = { log: () => {}, error: () => {}, info: () => {} };

/** Ms that a peer has to close, once this side has. */
const CLOSE_MS = 10_000;
/** The same at a shutdown. */
const SHUTDOWN_MS = 1000;

/** The options of makeWebSocketNetLayer. */
const OPTIONS = /** @type {const} */ ({
  handlers: true,
  logger: true,
  baggage: true,
  label: true,
  specifiedPort: true,
  specifiedHostname: true,
  specifiedUrl: true,
  server: true,
  maxFrame: true,
  maxUnsent: true,
  authTimeout: true,
  pingInterval: true,
  random: true,
});

/**
 * A netlayer over WebSockets, as `@endo/ocapn` and Spritely Goblins have it. Each message is one binary message. The
 * designator is a public key, in base32, and the side that was dialled proves that it holds the secret; the side that
 * dials proves nothing. It does not encrypt: behind a proxy that does TLS, or with an https `server`, give its `wss:` url as
 * `specifiedUrl`.
 *
 * @param {object} options
 * @param {NetlayerHandlers} options.handlers of the client
 * @param {Logger} [options.logger]
 * @param {NetlayerBaggage} [options.baggage] keeps the secret, host and port, which a restart takes again; without one the
 *   designator is new at each start
 * @param {string} [options.label] tells the netlayers of several clients in one baggage apart
 * @param {number} [options.specifiedPort] 0 for the kept one, or any
 * @param {string} [options.specifiedHostname] to listen on; 127.0.0.1 where none is kept
 * @param {string} [options.specifiedUrl] where peers reach this side, when it is not where it listens
 * @param {Server | SecureServer} [options.server] takes connections from a server of the host's, which listens where it likes,
 *   and is not closed by `shutdown`; needs `specifiedUrl`
 * @param {number} [options.maxFrame] bytes of the longest message taken in, at least 2048; 16 MiB
 * @param {number} [options.maxUnsent] bytes that may wait for a peer that does not read, before its connection is given up;
 *   256 MiB
 * @param {number} [options.authTimeout] ms that a peer has from its connection to its challenge; 10 s
 * @param {number} [options.pingInterval] ms between pings; 0 for none. A connection whose peer has answered one before, and is
 *   silent for two intervals, is closed; 30 s
 * @param {(length: number) => Uint8Array} [options.random] instead of the host's
 * @returns {Promise<WebSocketNetLayer>} `shutdown` resolves when all sockets are closed
 * @throws {import('../errors.js').CodedError} `PORT_IN_USE`; `LISTEN_FAILED`; `STORE_DAMAGED`, `STORE_NEWER`, `STORE_FAILED`;
 *   `API_MISUSE`
 */
export const makeWebSocketNetLayer = async options => {
  const {
    handlers,
    logger = silent,
    baggage,
    label,
    specifiedPort = 0,
    specifiedHostname,
    specifiedUrl,
    server: hostServer,
    maxFrame = 16 * 1024 * 1024,
    maxUnsent = 256 * 1024 * 1024,
    authTimeout = 10_000,
    pingInterval = 30_000,
    random = randomBytes,
  } = readNetlayerOptions('makeWebSocketNetLayer', options, OPTIONS);
  checkLimits({ maxFrame, maxUnsent, authTimeout, pingInterval: pingInterval === 0 ? 1 : pingInterval });
  if (!Number.isInteger(specifiedPort) || specifiedPort < 0 || specifiedPort > 65535) {
    throw makeError('API_MISUSE', `Not a port: ${specifiedPort}`);
  }
  if (specifiedUrl === undefined ? hostServer !== undefined : !isWebSocketUrl(specifiedUrl)) {
    throw makeError('API_MISUSE', 'specifiedUrl must be a ws: or wss: url, and must be given with a server.');
  }
  const identity = await provideIdentity({ baggage, label, random });
  const { designator, publicKey, sign } = identity;

  /** @type {{ server: Server | SecureServer, url: string }} */
  let opened;
  try {
    opened = hostServer
      ? { server: hostServer, url: '' }
      : await openServer({ baggage, label, host: specifiedHostname, port: specifiedPort, patience: authTimeout });
  } catch (error) {
    identity.release();
    throw error;
  }
  const { server } = opened;

  const context = { handlers, logger, maxFrame, maxUnsent, random };
  const accept = makeAcceptor(context, { sign, authTimeout });
  const wsOptions = { maxPayload: Math.max(maxFrame, LONGEST_AUTH), perMessageDeflate: false, closeTimeout: CLOSE_MS };
  const upgrader = new WebSocketServer({ ...wsOptions, noServer: true, clientTracking: false });

  /** The sockets that are open. @type {Map<WebSocket, { line: Line, answers: boolean, wasHeard: boolean }>} */
  const sockets = new Map();
  /** Upgraded sockets of which no WebSocket was made yet. @type {Set<Duplex>} */
  const raw = new Set();
  /** @type {Promise<void> | undefined} */
  let closing;

  /**
   * @param {WebSocket} socket
   * @param {Line} line
   */
  const track = (socket, line) => {
    const state = { line, answers: false, wasHeard: true };
    sockets.set(socket, state);
    socket.on('close', () => sockets.delete(socket));
    socket.on('pong', () => {
      state.answers = true;
      state.wasHeard = true;
    });
    socket.on('message', () => {
      state.wasHeard = true;
    });
  };

  /** @param {OcapnLocation} to */
  const connect = to => {
    if (closing) {
      throw makeError('SHUT_DOWN', 'This netlayer was shut down.');
    }
    /** @type {WebSocket} */
    let socket;
    return dial(context, netlayer, to, {
      socket: url => {
        socket = new WebSocket(url, wsOptions);
        /** @type {Duplex | undefined} */
        let stream;
        socket.on('upgrade', response => {
          stream = response.socket;
        });
        return gatherWrites(socket, () => stream);
      },
      began: line => track(socket, line),
      ended: () => {},
    });
  };

  // Not in the turn in which this netlayer is made: the client registers it first.
  /** @type {Promise<void>} */
  const isKnown = new Promise(resolve => {
    setImmediate(resolve);
  });

  /** @type {(request: IncomingMessage, stream: Duplex, head: Buffer) => Promise<void>} */
  const onUpgrade = async (request, stream, head) => {
    const ignore = () => {};
    stream.on('error', ignore);
    raw.add(stream);
    stream.once('close', () => raw.delete(stream));
    await isKnown;
    if (closing || stream.destroyed) {
      stream.destroy();
      return;
    }
    stream.off('error', ignore);
    upgrader.handleUpgrade(request, stream, head, socket => {
      raw.delete(stream);
      const line = accept(netlayer, gatherWrites(socket, () => stream));
      track(socket, line);
      boundHello(stream, line, () => socket.terminate());
    });
  };

  /** @param {Error} error */
  const onServerError = error => logger.error('Server error:', error);

  const heartbeat = () => {
    for (const [socket, state] of sockets) {
      if (state.answers && !state.wasHeard) {
        state.line.fail(makeError('CONNECTION_CLOSED', 'The peer does not answer pings.'));
        socket.terminate();
      } else if (socket.readyState === WebSocket.OPEN) {
        state.wasHeard = false;
        socket.ping();
      }
    }
  };
  const pulse = pingInterval > 0 ? setInterval(heartbeat, pingInterval).unref() : undefined;

  const close = async () => {
    clearInterval(pulse);
    /** @type {Array<{ once: (type: string, listener: () => void) => unknown }>} */
    const open = [...sockets.keys(), ...raw];
    server.off('upgrade', onUpgrade);
    server.off('error', onServerError);
    if (!hostServer) {
      open.push(server);
      server.close();
      // Those that were not upgraded.
      server.closeAllConnections();
    }
    const closes = open.map(
      one =>
        new Promise(resolve => {
          one.once('close', () => resolve(undefined));
        }),
    );
    for (const { line } of sockets.values()) {
      line.end();
    }
    raw.forEach(stream => stream.destroy());
    const deadline = setTimeout(() => {
      for (const socket of sockets.keys()) {
        socket.terminate();
      }
    }, SHUTDOWN_MS);
    await Promise.all(closes);
    clearTimeout(deadline);
    identity.release();
  };

  const shutdown = () => {
    closing ??= close();
    return closing;
  };

  const url = specifiedUrl ?? opened.url;
  /** @type {OcapnLocation} */
  const location = { type: 'ocapn-peer', transport: TRANSPORT, designator, hints: { url } };

  /** @type {WebSocketNetLayer} */
  const netlayer = harden({
    location,
    locationId: locationIdOf(location),
    connect,
    shutdown,
    authenticates: 'dialled',
    framed: true,
    maxFrame,
    _debug: { designatorPublicKey: publicKey },
  });
  server.on('upgrade', onUpgrade);
  server.on('error', onServerError);
  logger.info('Listening for', url);
  return netlayer;
};
