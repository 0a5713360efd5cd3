// @ts-check

import { makeError } from '../errors.js';
import { LONGEST_AUTH, answerChallenge, isChallenge } from './websocket-auth.js';
import { makeLine } from './websocket-line.js';

/**
 * @import { Context } from './websocket-dialler.js'
 * @import { Line, Socket } from './websocket-line.js'
 * @import { Connection, NetLayer } from './types.js'
 */

/** Sockets that may be open without having said who they want to talk to. */
const MOST_SILENT = 1024;

/**
 * Takes sockets of peers who dialled. Each becomes a connection of the client once it has asked for the proof of our
 * designator.
 *
 * @param {Context} context
 * @param {object} options
 * @param {(message: Uint8Array) => Uint8Array} options.sign
 * @param {number} options.authTimeout ms
 * @returns {(netlayer: NetLayer, socket: Socket) => Line & { maxHello: () => number | undefined }} `maxHello`: bytes that the peer
 *   may have sent by now, if it has no session
 */
export const makeAcceptor = ({ handlers, logger, maxFrame, maxUnsent }, { sign, authTimeout }) => {
  let silent = 0;

  return (netlayer, socket) => {
    /** @type {Connection | undefined} */
    let connection;
    let isSilent = true;
    silent += 1;

    const speaks = () => {
      if (isSilent) {
        isSilent = false;
        silent -= 1;
        clearTimeout(patience);
      }
    };

    const line = makeLine(
      socket,
      { maxFrame: Math.max(maxFrame, LONGEST_AUTH), maxUnsent },
      {
        message: bytes => {
          if (connection) {
            if (!connection.isDestroyed) {
              handlers.handleMessageData(connection, bytes);
            }
            return;
          }
          if (!isChallenge(bytes)) {
            throw makeError('MALFORMED_MESSAGE', 'The first message of a dialler is <init:peer-auth random>.');
          }
          speaks();
          const answer = answerChallenge(bytes, sign);
          connection = handlers.makeConnection(netlayer, false, { write: line.send, end: line.end });
          // Without room for it who we are is not said: whoever dialled would take the close for an answer of ours, and repeated
          // long enough for the end of their session.
          if (!connection.isDestroyed) {
            line.send(answer);
          }
        },
        ended: reason => {
          speaks();
          if (reason) {
            logger.info('A connection from a peer ended:', reason);
          }
          if (connection) {
            connection.end();
            handlers.handleConnectionClose(connection, reason);
          }
        },
      },
    );
    const patience = setTimeout(
      () => line.fail(makeError('HANDSHAKE_TIMEOUT', 'A peer connected, and said nothing.')),
      authTimeout,
    );
    if (silent > MOST_SILENT) {
      line.fail(makeError('LIMIT_EXCEEDED', `More than ${MOST_SILENT} peers connected, and said nothing.`));
    }
    return { ...line, maxHello: () => (connection ? connection.maxHello : LONGEST_AUTH) };
  };
};
