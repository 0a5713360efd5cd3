// @ts-check
// What a page asks of the stage, and is told by it: over a WebSocket of its own, which has nothing to do with OCapN. It is
// there so that the page can kill a server from outside, and show the server's view of a session beside its own.

import { once } from 'node:events';

import { WebSocket, WebSocketServer } from 'ws';

/** What a page may send, in bytes. */
const LONGEST = 4096;

/**
 * @param {object} options
 * @param {string[]} options.origins of the page; other sites' pages are refused
 * @param {(order: { kill?: string, wipe?: boolean }) => void} options.obey
 * @param {() => object} options.greet what is said first
 * @param {(sessionId: string) => any} options.find the servers' views of a session
 */
export const openDoor = async ({ origins, obey, greet, find }) => {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    maxPayload: LONGEST,
    verifyClient: ({ origin }) => origins.includes(origin),
  });
  await once(server, 'listening');

  /** The sessions that each page looks at. @type {Map<WebSocket, string[]>} */
  const watched = new Map();

  /** @param {WebSocket} socket @param {object} message */
  const say = (socket, message) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };

  /** @param {WebSocket} socket */
  const showTo = socket => say(socket, { sessions: (watched.get(socket) ?? []).map(find).filter(Boolean) });

  server.on('connection', socket => {
    watched.set(socket, []);
    socket.on('close', () => watched.delete(socket));
    socket.on('error', () => {});
    socket.on('message', data => {
      try {
        const { watch, ...order } = JSON.parse(String(data));
        if (Array.isArray(watch)) {
          watched.set(socket, watch.map(String));
          showTo(socket);
        }
        obey(order);
      } catch {
        socket.close();
      }
    });
    say(socket, greet());
  });

  return {
    address: `ws://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`,
    /** @param {object} message */
    sayAll: message => watched.forEach((_ids, socket) => say(socket, message)),
    /** Something changed in a server. */
    show: () => watched.forEach((_ids, socket) => showTo(socket)),
    close: () => {
      server.clients.forEach(socket => socket.terminate());
      server.close();
    },
  };
};
