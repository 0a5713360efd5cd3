// @ts-check

import { showMessages } from './messages.js';

/**
 * Shows the messages of sessions to those who debug. It stands between the netlayers and the client, so that nothing is there
 * without `debugMode`.
 *
 * @import { Connection, NetlayerHandlers, SocketOperations } from '../netlayers/types.js'
 * @import { MessageCodec, ShownMessage } from './messages.js'
 */

/** @typedef {(direction: 'send' | 'receive', message: ShownMessage) => void} MessageObserver */

export class Spy {
  #codec;

  #report;

  /** @type {WeakMap<Connection, Set<MessageObserver>>} */
  #observers = new WeakMap();

  /**
   * @param {MessageCodec} codec
   * @param {(error: unknown) => void} report
   */
  constructor(codec, report) {
    this.#codec = codec;
    this.#report = report;
  }

  /**
   * @param {Connection} connection
   * @param {MessageObserver} observer
   */
  add(connection, observer) {
    const known = this.#observers.get(connection) ?? new Set();
    known.add(observer);
    this.#observers.set(connection, known);
  }

  /**
   * @param {Connection} connection
   * @param {MessageObserver} observer
   */
  remove(connection, observer) {
    this.#observers.get(connection)?.delete(observer);
  }

  /**
   * @param {Connection} connection
   * @param {'send' | 'receive'} direction
   * @param {Uint8Array} bytes
   */
  #tell(connection, direction, bytes) {
    const observers = this.#observers.get(connection);
    if (observers === undefined || observers.size === 0) {
      return;
    }
    try {
      for (const message of showMessages(this.#codec, bytes)) {
        for (const observer of [...observers]) {
          observer(direction, message);
        }
      }
    } catch (error) {
      this.#report(error);
    }
  }

  /**
   * Handlers that do the same, seen.
   *
   * @param {NetlayerHandlers} handlers
   * @returns {NetlayerHandlers}
   */
  watch(handlers) {
    return {
      ...handlers,
      makeConnection: (netlayer, isOutgoing, socket) => {
        /** @type {SocketOperations} */
        const watched = {
          write: bytes => {
            // They may be a view of memory that moves.
            const copy = this.#observers.has(connection) ? bytes.slice() : undefined;
            socket.write(bytes);
            if (copy !== undefined) {
              this.#tell(connection, 'send', copy);
            }
          },
          end: () => socket.end(),
        };
        const connection = handlers.makeConnection(netlayer, isOutgoing, watched);
        return connection;
      },
      handleMessageData: (connection, data) => {
        this.#tell(connection, 'receive', data);
        handlers.handleMessageData(connection, data);
      },
    };
  }
}
