// @ts-check

import { nextTick } from 'node:process';

/**
 * @import { Duplex } from 'node:stream'
 * @import { WebSocket } from 'ws'
 * @import { Socket } from './websocket-line.js'
 */

/**
 * A socket of `ws` as a line uses it. What is written in one turn, the promise jobs that follow it included, leaves in one
 * write to the network.
 *
 * @param {WebSocket} socket
 * @param {() => Duplex | undefined} getStream what lies below it, once it is open
 * @returns {Socket}
 */
export const gatherWrites = (socket, getStream) => {
  let isGathering = false;

  const gather = () => {
    const stream = getStream();
    if (!isGathering && stream) {
      isGathering = true;
      stream.cork();
      // A microtask first: the tick that it asks for then comes after all promise jobs of this turn.
      queueMicrotask(() =>
        nextTick(() => {
          isGathering = false;
          stream.uncork();
        }),
      );
    }
  };

  return {
    get readyState() {
      return socket.readyState;
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    get binaryType() {
      return socket.binaryType;
    },
    set binaryType(/** @type {any} */ type) {
      socket.binaryType = type;
    },
    addEventListener: (type, listener) => socket.addEventListener(type, listener),
    send: data => {
      gather();
      socket.send(data);
    },
    close: code => socket.close(code),
    terminate: () => socket.terminate(),
  };
};
