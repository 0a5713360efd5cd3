// @ts-check
// Stands between a client and its netlayer, and between a client and its baggage, and tells what passes: all of it through
// what both promise to the public.

import { peek } from './peek.js';

/**
 * @import { Baggage, NetlayerHandlers } from 'ocapn-wasm'
 * @import { Peeked } from './peek.js'
 */

/**
 * @typedef {Peeked & { direction: 'sent' | 'received', size: number, connection: object }} SeenMessage
 */

/**
 * Handlers that do the same, and tell of each message.
 *
 * @param {NetlayerHandlers} handlers
 * @param {(message: SeenMessage) => void} tell
 * @returns {NetlayerHandlers}
 */
export const watchMessages = (handlers, tell) => ({
  ...handlers,
  makeConnection: (netlayer, isOutgoing, socket) => {
    const connection = handlers.makeConnection(netlayer, isOutgoing, {
      write: bytes => {
        // First: the bytes are the netlayer's afterwards.
        const seen = { ...peek(bytes), size: bytes.length };
        socket.write(bytes);
        tell({ ...seen, direction: 'sent', connection });
      },
      end: () => socket.end(),
    });
    return connection;
  },
  handleMessageData: (connection, data) => {
    tell({ ...peek(data), size: data.length, direction: 'received', connection });
    handlers.handleMessageData(connection, data);
  },
});

/**
 * A baggage that is the same, and tells of each commit once it is durable.
 *
 * @template {Baggage} B
 * @param {B} baggage
 * @param {(commit: { writes: number, ms: number }) => void} tell
 * @returns {B}
 */
export const watchCommits = (baggage, tell) => {
  let writes = 0;
  return {
    ...baggage,
    set: (key, value) => {
      writes += 1;
      return baggage.set(key, value);
    },
    delete: key => {
      writes += 1;
      return baggage.delete(key);
    },
    commit: () => {
      const covered = writes;
      const start = performance.now();
      writes = 0;
      const done = baggage.commit?.();
      if (done === undefined) return undefined;
      return done.then(() => {
        if (covered > 0) tell({ writes: covered, ms: performance.now() - start });
      });
    },
  };
};
