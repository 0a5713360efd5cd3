// @ts-check

import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import net from 'node:net';

import { frame, takeMessages } from './raw-line.js';
import { read } from './syrup.js';
import { Log } from './waiting.js';

/**
 * A man in the middle of framed connections: hears every message, and may keep, change, delay or swallow it, or cut.
 */

/**
 * @typedef {object} Heard
 * @property {number} connection counted from 0
 * @property {boolean} isFromDialler
 * @property {number} index of the message in its direction
 * @property {string} label
 * @property {Buffer} bytes
 */

/**
 * What becomes of a message. `swallow` loses it, and all that follows in both directions, without a close; `cut` closes both
 * sides without passing it on; bytes take its place.
 *
 * @typedef {string | undefined | Uint8Array} Fate `'pass'`, `'drop'`, `'swallow'`, `'cut'`, or bytes
 */

/** @param {net.Socket} socket */
const quiet = socket => {
  socket.setNoDelay(true);
  socket.on('error', () => {});
  return socket;
};

/**
 * @param {object} options
 * @param {() => number} options.port where it leads to, at each connection
 * @param {(heard: Heard) => Fate | Promise<Fate>} [options.judge] messages of one direction are judged in order; can be
 *   replaced at any time
 */
export const makeProxy = async ({ port, judge = () => 'pass' }) => {
  /** @type {Log<Heard>} */
  const heard = new Log();
  /** @type {Array<{ dialler: net.Socket, acceptor: net.Socket, isSwallowing: boolean }>} */
  const pairs = [];

  /**
   * @param {number} connection
   * @param {boolean} isFromDialler
   */
  const pump = (connection, isFromDialler) => {
    const pair = /** @type {typeof pairs[0]} */ (pairs[connection]);
    const [from, to] = isFromDialler ? [pair.dialler, pair.acceptor] : [pair.acceptor, pair.dialler];
    let rest = Buffer.alloc(0);
    let index = 0;
    let turn = Promise.resolve();

    /** @param {Buffer} bytes */
    const pass = async bytes => {
      const item = { connection, isFromDialler, index, label: read(bytes).value.label, bytes };
      index += 1;
      heard.push(item);
      const fate = await proxy.judge(item);
      if (fate === 'swallow') pair.isSwallowing = true;
      if (fate === 'cut') proxy.cut(connection);
      if (pair.isSwallowing || to.destroyed) return;
      if (fate === undefined || fate === 'pass') to.write(frame(bytes));
      else if (typeof fate !== 'string') to.write(fate);
    };

    from.on('data', data => {
      const taken = takeMessages(Buffer.concat([rest, data]), 'syrup');
      rest = Buffer.from(taken.rest);
      for (const payload of taken.payloads) {
        const copy = Buffer.from(payload);
        turn = turn.then(() => pass(copy));
      }
    });
    from.on('close', () => {
      turn = turn.then(() => {
        if (!pair.isSwallowing) to.destroySoon();
      });
    });
  };

  const server = net.createServer(dialler => {
    const acceptor = net.createConnection({ host: '127.0.0.1', port: proxy.target() });
    pairs.push({ dialler: quiet(dialler), acceptor: quiet(acceptor), isSwallowing: false });
    pump(pairs.length - 1, true);
    pump(pairs.length - 1, false);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const proxy = {
    port: /** @type {net.AddressInfo} */ (server.address()).port,
    target: port,
    judge,
    heard,
    pairs,
    /** @param {number} connection closes both sides of it */
    cut: connection => {
      pairs[connection]?.dialler.destroy();
      pairs[connection]?.acceptor.destroy();
    },
    cutAll: () => pairs.forEach((_pair, connection) => proxy.cut(connection)),
    close: () => {
      server.close();
      proxy.cutAll();
    },
  };
  return proxy;
};
