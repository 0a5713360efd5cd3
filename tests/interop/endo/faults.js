// @ts-check

import { Buffer } from 'node:buffer';

/**
 * Losses between a client of ours and its netlayer, where a script can order them.
 *
 * @import { Connection, NetlayerHandlers } from '../../../js/netlayers/types.js'
 */

const RESUME = "'op:resume-session";

/** @param {Uint8Array} bytes */
const isResume = bytes => Buffer.from(bytes).includes(RESUME);

export const makeFaults = () => {
  /** Resumes that are still to be lost, each with its connection. */
  const left = { in: 0, out: 0 };

  /** Resumes that were seen, in order. @type {string[]} */
  const seen = [];

  /**
   * @param {NetlayerHandlers} handlers
   * @returns {NetlayerHandlers}
   */
  const watch = handlers => ({
    ...handlers,
    makeConnection: (netlayer, isOutgoing, socket) => {
      const connection = handlers.makeConnection(netlayer, isOutgoing, {
        write: bytes => {
          if (isResume(bytes)) {
            seen.push('out');
            if (left.out > 0) {
              left.out -= 1;
              connection.end();
              return;
            }
          }
          socket.write(bytes);
        },
        end: () => socket.end(),
      });
      return connection;
    },
    handleMessageData: (connection, data) => {
      if (isResume(data)) {
        seen.push('in');
        if (left.in > 0) {
          left.in -= 1;
          connection.end();
          return;
        }
      }
      handlers.handleMessageData(connection, data);
    },
  });

  return { watch, seen, lose: (/** @type {'in' | 'out'} */ way, times = 1) => void (left[way] = times) };
};
