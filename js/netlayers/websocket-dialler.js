// @ts-check

import { makeError } from '../errors.js';
import { requireWasm } from '../wasm.js';
import { LONGEST_AUTH, fromDesignator, isAnswer, makeChallenge } from './websocket-auth.js';
import { makeLine } from './websocket-line.js';

/**
 * @import { OcapnLocation } from '../location.js'
 * @import { Line, Socket } from './websocket-line.js'
 * @import { Connection, Logger, NetLayer, NetlayerHandlers } from './types.js'
 */

export const TRANSPORT = 'websocket';

const LONGEST_URL = 2048;

/**
 * What the connections of one netlayer share.
 *
 * @typedef {object} Context
 * @property {NetlayerHandlers} handlers
 * @property {Logger} logger
 * @property {number} maxFrame bytes
 * @property {number} maxUnsent bytes
 * @property {(length: number) => Uint8Array} random
 */

/**
 * @param {Record<string, number>} limits
 * @throws {import('../errors.js').CodedError} `API_MISUSE`
 */
export const checkLimits = limits => {
  for (const [name, limit] of Object.entries(limits)) {
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw makeError('API_MISUSE', `${name} must be a whole number from 1 on: ${limit}`);
    }
  }
};

/**
 * @param {unknown} url
 * @returns {url is string} whether a WebSocket takes it
 */
export const isWebSocketUrl = url => {
  if (typeof url !== 'string' || url.length > LONGEST_URL) {
    return false;
  }
  try {
    const { protocol, hash, username, password } = new URL(url);
    return ['ws:', 'wss:'].includes(protocol) && hash === '' && username === '' && password === '';
  } catch {
    return false;
  }
};

/**
 * @param {OcapnLocation} location
 * @returns {{ url: string, key: Uint8Array }}
 */
const dialable = ({ transport, designator, hints }) => {
  if (transport !== TRANSPORT) {
    throw makeError('NOT_DIALABLE', `Unsupported transport: ${transport}`);
  }
  const key = fromDesignator(designator);
  if (key === undefined) {
    throw makeError('NOT_DIALABLE', 'The designator of a WebSocket peer is a key of 32 bytes in lower-case base32.');
  }
  const { url } = Object(hints);
  if (!isWebSocketUrl(url)) {
    throw makeError('NOT_DIALABLE', 'A hint url, ws: or wss:, is required for connections to a WebSocket peer.');
  }
  return { url, key };
};

/**
 * Dials a peer. What the client writes waits until the peer has proven its designator.
 *
 * @param {Context} context
 * @param {NetLayer} netlayer
 * @param {OcapnLocation} location
 * @param {object} open
 * @param {(url: string) => Socket} open.socket
 * @param {(line: Line) => void} open.began
 * @param {(line: Line) => void} open.ended
 * @returns {Connection}
 * @throws {import('../errors.js').CodedError} `NOT_DIALABLE`, `DIAL_FAILED`
 */
export const dial = (context, netlayer, location, open) => {
  const { handlers, logger, maxFrame, maxUnsent, random } = context;
  const { url, key } = dialable(location);
  const { signing } = requireWasm();
  const challenge = makeChallenge(random);
  let isProven = false;
  /** @type {Uint8Array[]} */
  let waiting = [];
  let waitingBytes = 0;
  /** @type {Connection} */
  let connection;

  /** @type {Socket} */
  let socket;
  try {
    socket = open.socket(url);
  } catch (cause) {
    throw makeError('DIAL_FAILED', `No WebSocket could be made: ${/** @type {Error} */ (cause).message}`, { cause });
  }

  /** @param {Uint8Array} message */
  const prove = message => {
    if (!isAnswer(signing, key, challenge, message)) {
      throw makeError('PEER_CHANGED', 'What answers at this url did not prove that it is the peer of this designator.');
    }
    isProven = true;
    handlers.handleConnectionEstablished?.(connection);
    waiting.forEach(line.send);
    waiting = [];
  };

  const line = makeLine(
    socket,
    { maxFrame: Math.max(maxFrame, LONGEST_AUTH), maxUnsent },
    {
      opened: () => line.send(challenge),
      message: bytes => {
        if (!isProven) {
          prove(bytes);
        } else if (!connection.isDestroyed) {
          handlers.handleMessageData(connection, bytes);
        }
      },
      ended: reason => {
        waiting = [];
        open.ended(line);
        if (reason) {
          logger.info('A connection that was dialled ended:', reason);
        }
        connection.end();
        handlers.handleConnectionClose(connection, reason);
      },
    },
  );

  /** @param {Uint8Array} bytes */
  const write = bytes => {
    if (isProven) {
      line.send(bytes);
      return;
    }
    waiting.push(bytes);
    waitingBytes += bytes.length;
    if (waitingBytes > maxUnsent) {
      line.fail(makeError('LIMIT_EXCEEDED', `More than ${maxUnsent} bytes wait for the peer's proof (maxUnsent).`));
    }
  };

  try {
    connection = handlers.makeConnection(netlayer, true, { write, end: line.end });
  } catch (error) {
    connection = /** @type {any} */ ({ end: () => {} });
    line.end();
    throw error;
  }
  open.began(line);
  return connection;
};
