// @ts-check

import { codeOf, makeError } from '../errors.js';

/**
 * The part of a WebSocket that browsers and the `ws` package have in common.
 *
 * @typedef {object} Socket
 * @property {number} readyState
 * @property {number} bufferedAmount
 * @property {string} binaryType
 * @property {(type: any, listener: (event: any) => void) => void} addEventListener
 * @property {(data: Uint8Array<ArrayBuffer>) => void} send
 * @property {(code?: number) => void} close
 * @property {() => void} [terminate]
 */

/**
 * What becomes of a line. Each may throw `makeError`: the line fails with that.
 *
 * @typedef {object} LineEvents
 * @property {() => void} [opened]
 * @property {(bytes: Uint8Array) => void} message one whole binary message, in a buffer of its own; none after an end
 * @property {(reason?: Error) => void} ended once; without a reason when one of the sides just closed it
 */

/**
 * @typedef {object} Line
 * @property {(bytes: Uint8Array) => void} send nothing where it is not open
 * @property {() => void} end sends what was written, then closes
 * @property {(error: Error) => void} fail closes it with a reason
 */

const OPEN = 1;

/** Codes of closing that say nothing more than that. */
const PLAIN_CLOSES = [1000, 1001, 1005];

/** Browsers let their pages send 1000, and those from 3000 on. */
const CLOSE_WELL = 1000;
const CLOSE_FAILED = 4000;

/** @param {number} maxFrame */
const tooLong = maxFrame =>
  makeError('LIMIT_EXCEEDED', `The peer sent a message of more than ${maxFrame} bytes (maxFrame).`);

/**
 * Messages over one WebSocket, either side of it, in any host.
 *
 * @param {Socket} socket
 * @param {object} limits
 * @param {number} limits.maxFrame
 * @param {number} limits.maxUnsent
 * @param {LineEvents} events
 * @returns {Line}
 */
export const makeLine = (socket, { maxFrame, maxUnsent }, events) => {
  let isOpen = socket.readyState === OPEN;
  let hasEnded = false;
  let wasTold = false;
  /** @type {Error | undefined} */
  let reason;

  const tell = () => {
    hasEnded = true;
    if (!wasTold) {
      wasTold = true;
      events.ended(reason);
    }
  };

  /** @param {number} code */
  const close = code => {
    hasEnded = true;
    try {
      socket.close(code);
    } catch {
      // It is closed, or never opens.
    }
  };

  /** @param {Error} error */
  const fail = error => {
    if (!hasEnded) {
      reason ??= error;
      close(CLOSE_FAILED);
      // The peer may take its time to close, and whoever sends is in the middle of something.
      queueMicrotask(tell);
    }
  };

  /** @param {() => void} job */
  const attempt = job => {
    try {
      job();
    } catch (error) {
      fail(/** @type {Error} */ (error));
    }
  };

  /** @param {any} cause what the socket says, where it says anything */
  const errorOf = cause => {
    const code = codeOf(cause) ?? '';
    if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
      return tooLong(maxFrame);
    }
    if (code.startsWith('WS_ERR_')) {
      return makeError('MALFORMED_MESSAGE', `The peer does not speak WebSocket: ${cause.message}`, { cause });
    }
    const why = cause?.message ? `: ${cause.message}` : '.';
    return isOpen
      ? makeError('CONNECTION_CLOSED', `The connection failed${why}`, { cause })
      : makeError('DIAL_FAILED', `Connection closed during handshake: the netlayer could not open it${why}`, { cause });
  };

  socket.binaryType = 'arraybuffer';

  socket.addEventListener('open', () => {
    isOpen = true;
    if (!hasEnded) {
      attempt(() => events.opened?.());
    }
  });

  socket.addEventListener('message', ({ data }) => {
    if (hasEnded) {
      return;
    }
    if (!(data instanceof ArrayBuffer)) {
      fail(makeError('MALFORMED_MESSAGE', 'The peer sent a text message: those of OCapN are binary.'));
    } else if (data.byteLength > maxFrame) {
      fail(tooLong(maxFrame));
    } else {
      attempt(() => events.message(new Uint8Array(data)));
    }
  });

  // Not every host says that it is closed after that.
  socket.addEventListener('error', ({ error }) => fail(errorOf(error)));

  socket.addEventListener('close', ({ code }) => {
    if (!hasEnded && !(isOpen && PLAIN_CLOSES.includes(code))) {
      reason ??= errorOf(isOpen ? Error(`closed with code ${code}`) : undefined);
    }
    tell();
  });

  return {
    send(bytes) {
      if (hasEnded || socket.readyState !== OPEN) {
        return;
      }
      socket.send(/** @type {Uint8Array<ArrayBuffer>} */ (bytes));
      if (socket.bufferedAmount > maxUnsent) {
        fail(makeError('LIMIT_EXCEEDED', `The peer does not read: more than ${maxUnsent} bytes wait for it (maxUnsent).`));
        socket.terminate?.();
      }
    },

    end() {
      if (!hasEnded) {
        close(CLOSE_WELL);
      }
    },

    fail,
  };
};
