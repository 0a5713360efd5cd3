// @ts-check

import { Buffer } from 'node:buffer';
import { nextTick } from 'node:process';

import { LONGEST_PREFIX, writePrefix } from './tcp-framing.js';

/** A payload of fewer bytes is copied and joined with its neighbours; a longer one goes to the socket as it is. */
export const COPIES_BELOW = 4096;
const FIRST_SLAB = 1024;
const LARGEST_SLAB = 16384;

/**
 * What one connection has to send. Framed messages of one turn, the promise jobs that follow it included, leave in one
 * write to the socket. Unframed ones leave at once and each by itself, since peers without framing take what one read
 * gives them for whole messages.
 *
 * @param {import('node:net').Socket} socket
 * @param {object} options
 * @param {boolean} options.framed
 * @param {number} options.latency ms, on each write and on the end
 * @param {number} options.maxUnsent bytes that may wait for a peer that does not read
 * @param {() => void} options.onFull there are more: the socket is to be given up
 */
export const makeOutbox = (socket, { framed, latency, maxUnsent, onFull }) => {
  let ended = false;
  let scheduled = false;
  let corked = false;
  // Bytes before `start` are the socket's, those up to `used` are still ours.
  let slab = Buffer.alloc(0);
  let view = new DataView(slab.buffer);
  let start = 0;
  let used = 0;

  // Timers of one duration fire in the order they were made in.
  /** @param {() => void} action */
  const later = action => {
    if (latency > 0) {
      setTimeout(action, latency);
    } else {
      action();
    }
  };

  /** @param {Uint8Array} bytes */
  const emit = bytes =>
    later(() => {
      if (socket.writable && !socket.write(bytes) && socket.writableLength > maxUnsent) {
        onFull();
      }
    });

  const emitSlab = () => {
    if (used > start) {
      emit(slab.subarray(start, used));
      start = used;
    }
  };

  const flush = () => {
    scheduled = false;
    emitSlab();
    if (corked) {
      corked = false;
      socket.uncork();
    }
  };

  const afterThisTurn = () => nextTick(flush);

  /** More than one write follows: gathers them. */
  const cork = () => {
    if (!corked && latency === 0) {
      corked = true;
      socket.cork();
    }
  };

  /** @param {number} size */
  const reserve = size => {
    if (slab.length - used >= size) {
      return;
    }
    if (used > start) {
      cork();
      emitSlab();
    }
    // Small at first, since most of many connections are idle.
    slab = Buffer.allocUnsafeSlow(Math.max(size, Math.min(LARGEST_SLAB, Math.max(FIRST_SLAB, slab.length * 2))));
    view = new DataView(slab.buffer);
    start = 0;
    used = 0;
  };

  return {
    /** @param {Uint8Array} bytes */
    write(bytes) {
      if (ended || !socket.writable) {
        return;
      }
      if (!framed) {
        emit(bytes);
        return;
      }
      const { length } = bytes;
      const isCopied = length < COPIES_BELOW;
      reserve(LONGEST_PREFIX + (isCopied ? length : 0));
      used = writePrefix(view, used, length);
      if (isCopied) {
        slab.set(bytes, used);
        used += length;
      } else {
        cork();
        emitSlab();
        emit(bytes);
      }
      if (!scheduled) {
        scheduled = true;
        // A microtask first: the tick that it asks for then comes after all promise jobs of this turn.
        queueMicrotask(afterThisTurn);
      }
    },

    /** Sends what was written, then a FIN. */
    end() {
      if (!ended) {
        ended = true;
        flush();
        later(() => socket.end());
      }
    },
  };
};
