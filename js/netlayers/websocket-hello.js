// @ts-check

import { makeError } from '../errors.js';

/**
 * @import { Duplex } from 'node:stream'
 */

/** Bytes for the frames around messages, and for pongs. */
const SLACK = 1024;

/**
 * Closes the connection of a peer that sends more than a hello before it has a session: `ws` would gather its messages up to
 * the longest that anyone may send.
 *
 * @param {Duplex & { bytesRead?: number }} stream below the WebSocket
 * @param {{ fail: (error: Error) => void, maxHello: () => number | undefined }} line
 * @param {() => void} terminate
 */
export const boundHello = (stream, line, terminate) => {
  const before = stream.bytesRead;
  if (before === undefined) {
    return;
  }
  const look = () => {
    const most = line.maxHello();
    if (most === undefined) {
      stream.off('data', look);
    } else if (/** @type {number} */ (stream.bytesRead) - before > most + SLACK) {
      stream.off('data', look);
      line.fail(makeError('LIMIT_EXCEEDED', `A peer sent more than ${most} bytes before it had a session.`));
      terminate();
    }
  };
  stream.on('data', look);
};
