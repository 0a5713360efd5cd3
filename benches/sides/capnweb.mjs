// @ts-check
import net from 'node:net';

import { RpcSession, RpcTarget, deserialize, serialize } from 'capnweb';

/**
 * Cap'n Web: promise pipelining over JSON, for web clients; no resume and no handshake.
 *
 * @import { Connected } from '../lib/types.mjs'
 */

/** A queue of messages that somebody waits for. */
const makeInbox = () => {
  /** @type {string[]} */
  const messages = [];
  /** @type {{ resolve: (message: string) => void, reject: (error: Error) => void } | undefined} */
  let waiting;
  /** @type {Error | undefined} */
  let over;
  return {
    push: (/** @type {string} */ message) => {
      if (waiting) {
        waiting.resolve(message);
        waiting = undefined;
      } else {
        messages.push(message);
      }
    },
    end: (/** @type {Error} */ error) => {
      over = error;
      waiting?.reject(error);
    },
    receive: () => {
      const message = messages.shift();
      if (message !== undefined) return Promise.resolve(message);
      if (over) return Promise.reject(over);
      return /** @type {Promise<string>} */ (
        new Promise((resolve, reject) => {
          waiting = { resolve, reject };
        })
      );
    },
  };
};

/** @param {any} [target] */
const connect = async target => {
  const counts = { messages: 0, bytes: 0 };
  const [there, back] = [makeInbox(), makeInbox()];
  const transport = (/** @type {any} */ inbox, /** @type {any} */ other) => ({
    send: async (/** @type {string} */ message) => {
      counts.messages += 1;
      counts.bytes += message.length;
      other.push(message);
    },
    receive: inbox.receive,
  });
  const near = new RpcSession(transport(back, there));
  const far = new RpcSession(transport(there, back), target);
  return {
    near,
    /** @type {Connected} */
    connected: {
      remote: near.getRemoteMain(),
      close: () => [there, back].forEach(inbox => inbox.end(Error('closed'))),
      a: near,
      b: far,
      takeCounts: () => {
        const taken = { ...counts };
        Object.assign(counts, { messages: 0, bytes: 0 });
        return taken;
      },
    },
  };
};

/**
 * Messages over a socket, each after its length.
 *
 * @param {net.Socket} socket
 */
const overSocket = socket => {
  const inbox = makeInbox();
  let rest = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('data', chunk => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32LE()) {
      const end = 4 + rest.readUInt32LE();
      inbox.push(rest.toString('utf8', 4, end));
      rest = rest.subarray(end);
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => inbox.end(Error('closed')));
  return {
    send: async (/** @type {string} */ message) => {
      const bytes = Buffer.from(message);
      const head = Buffer.alloc(4);
      head.writeUInt32LE(bytes.length);
      socket.write(Buffer.concat([head, bytes]));
    },
    receive: inbox.receive,
  };
};

/** @type {import('../lib/types.mjs').Side} */
export const side = {
  name: 'capnweb',
  makeObject: methods => {
    class Target extends RpcTarget {}
    Object.assign(Target.prototype, methods);
    return new Target();
  },
  call: remote => remote,
  // A result that nobody awaits is not sent back.
  send: remote =>
    new Proxy(
      {},
      {
        get: (_, name) => (/** @type {any[]} */ ...args) => {
          remote[name](...args)[Symbol.dispose]();
        },
      },
    ),
  drop: promise => promise[Symbol.dispose]?.(),
  harden: value => value,
  makeBytes: bytes => bytes,
  connect: async ({ target }) => (await connect(target)).connected,
  serveTcp: target =>
    new Promise(resolve => {
      const server = net.createServer(socket => void new RpcSession(overSocket(socket), target));
      server.listen(0, '127.0.0.1', () => resolve(server.address()));
    }),
  dialTcp: async ({ port }) => {
    const socket = net.connect(port, '127.0.0.1');
    await new Promise(resolve => socket.once('connect', resolve));
    const session = new RpcSession(overSocket(socket));
    return { remote: session.getRemoteMain(), close: () => socket.destroy() };
  },
  codec: async () => ({ encode: serialize, decode: deserialize }),
};
