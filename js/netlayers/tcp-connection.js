// @ts-check

import { makeError } from '../errors.js';
import { makeDeframer } from './tcp-framing.js';
import { mayOverwrite } from './room.js';
import { makeOutbox } from './tcp-outbox.js';

/**
 * @import { Socket } from 'node:net'
 * @import { Connection, Logger, NetLayer, NetlayerHandlers } from './types.js'
 */

/** Ms that a socket lingers, once this side has ended: without anything moving, or waiting for the peer to close. */
const LINGER_MS = 2000;
/** Ms that a slow peer has to take what was sent. */
const LONGEST_LINGER_MS = 30_000;

/**
 * @typedef {object} ConnectionContext what the connections of one netlayer share
 * @property {NetlayerHandlers} handlers
 * @property {Logger} logger
 * @property {boolean} framed
 * @property {number} maxFrame bytes
 * @property {number} maxUnsent bytes
 * @property {number} writeLatencyMs
 */

/**
 * A view that is no `Buffer`, with `byteOffset` 0, as handlers expect it.
 *
 * @param {Buffer} data
 */
const toBytes = data => {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return bytes.byteOffset === 0 ? bytes : bytes.slice();
};

/**
 * Makes a socket a connection of the client, and reports its messages and its one close.
 *
 * The socket must have been made with `allowHalfOpen`: what was written in the turn of the peer's FIN still goes out.
 *
 * @param {ConnectionContext} context
 * @param {NetLayer} netlayer
 * @param {Socket} socket
 * @param {boolean} isOutgoing
 * @returns {{ connection: Connection, endSoon: () => void }} `endSoon` sends what was written and closes, without waiting for
 *   the peer to close
 * @throws what `handlers.makeConnection` throws; the socket is destroyed then
 */
export const connectSocket = (context, netlayer, socket, isOutgoing) => {
  const { handlers, logger, framed, maxFrame, maxUnsent, writeLatencyMs } = context;
  let isOpen = !isOutgoing;
  let hasEnded = false;
  /** @type {Error | undefined} */
  let reason;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let linger;
  /** @type {Connection} */
  let connection;

  const destroy = () => void socket.destroy();

  const outbox = makeOutbox(socket, {
    framed,
    latency: writeLatencyMs,
    maxUnsent,
    onFull: () => {
      reason ??= makeError('LIMIT_EXCEEDED', `The peer does not read: more than ${maxUnsent} bytes wait for it (maxUnsent).`);
      destroy();
    },
  });

  const end = () => {
    if (!hasEnded) {
      hasEnded = true;
      socket.setTimeout(LINGER_MS + writeLatencyMs, destroy);
      linger = setTimeout(destroy, LONGEST_LINGER_MS);
      socket.once('finish', () => {
        clearTimeout(linger);
        linger = setTimeout(destroy, LINGER_MS);
      });
      outbox.end();
    }
  };

  /** @param {Error} error */
  const fail = error => {
    reason ??= error;
    connection.end();
    end();
  };

  /**
   * @param {Uint8Array} bytes
   * @returns {boolean} whether the connection goes on
   */
  const deliver = bytes => {
    if (!hasEnded && !connection.isDestroyed) {
      handlers.handleMessageData(connection, bytes);
    }
    return !hasEnded;
  };

  const isOverwritten = mayOverwrite(handlers);
  const deframer = framed
    ? makeDeframer({ maxFrame, maxNow: () => connection.maxHello, onFrame: deliver, isOverwritten })
    : undefined;

  try {
    connection = handlers.makeConnection(netlayer, isOutgoing, { write: outbox.write, end });
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  }

  socket.setNoDelay(true);

  socket.on('connect', () => {
    isOpen = true;
    handlers.handleConnectionEstablished?.(connection);
  });

  socket.on('data', data => {
    if (hasEnded) {
      // Read on until the peer closes: unread bytes would turn our FIN into a reset, and lose what was sent before it.
      return;
    }
    try {
      if (deframer) {
        deframer.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      } else {
        deliver(toBytes(data));
      }
    } catch (error) {
      logger.error('Closing a connection:', error);
      fail(/** @type {Error} */ (error));
    }
  });

  socket.on('end', () => {
    if (!hasEnded && deframer?.isInsideFrame()) {
      reason ??= makeError('MALFORMED_MESSAGE', 'The peer closed the connection inside a message.');
    }
    connection.end();
    end();
  });

  socket.on('error', cause => {
    if (!hasEnded) {
      reason ??= isOpen
        ? makeError('CONNECTION_CLOSED', `The connection failed: ${cause.message}`, { cause })
        : makeError('DIAL_FAILED', `Connection closed during handshake: the netlayer could not open it: ${cause.message}`, { cause });
    }
    logger.info('Socket error:', cause.message);
  });

  socket.on('close', () => {
    hasEnded = true;
    clearTimeout(linger);
    try {
      connection.end();
      handlers.handleConnectionClose(connection, reason);
    } catch (error) {
      logger.error('handleConnectionClose failed:', error);
    }
  });

  const endSoon = () => {
    connection.end();
    end();
    if (isOpen) {
      socket.destroySoon();
    } else {
      socket.destroy();
    }
  };

  return { connection, endSoon };
};
