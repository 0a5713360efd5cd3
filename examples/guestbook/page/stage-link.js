// @ts-check
// The way to the stage, which can kill a server, and knows what the servers see of a session.

import { fetchPeers } from './peer.js';

/** @typedef {{ name: string, pid: number | undefined, starts: number }} Actor */

/**
 * @param {object} options
 * @param {string} options.address
 * @param {() => void} options.changed
 * @param {() => void} options.wiped the servers' state was deleted
 */
export const openStageLink = ({ address, changed, wiped }) => {
  /** @type {WebSocket | undefined} */
  let socket;
  /** @type {Actor[]} */
  let actors = [];
  /** The servers' views of sessions. @type {Map<string, any>} */
  const views = new Map();
  /** @type {string[]} */
  let watched = [];

  /** @param {object} order */
  const say = order => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(order));
  };

  /** @param {string} at */
  const open = at => {
    socket = new WebSocket(at);
    socket.addEventListener('open', () => say({ watch: watched }));
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(data);
      if (message.isWiped) wiped();
      actors = message.actors ?? actors;
      // What a process had that is gone, nobody has.
      for (const [id, { name }] of views) {
        if (actors.some(one => one.name === name && one.pid === undefined)) views.delete(id);
      }
      for (const session of message.sessions ?? []) views.set(session.id, session);
      changed();
    });
    socket.addEventListener('close', () => {
      actors = [];
      changed();
    });
  };
  open(address);

  return {
    actors: () => actors,
    /** @param {string} name */
    actor: name => actors.find(one => one.name === name),
    /** @param {string} id of a session */
    view: id => views.get(id),

    /** @param {string[]} ids of the sessions to be told of */
    watch: ids => {
      if (ids.join() === watched.join()) return;
      watched = ids;
      say({ watch: ids });
    },

    /** @param {string} name */
    kill: name => say({ kill: name }),
    wipe: () => say({ wipe: true }),

    /** A server answers: so there is a stage, perhaps another one. */
    refresh: async () => {
      if (socket?.readyState === WebSocket.CLOSED) open((await fetchPeers()).stage);
    },
  };
};

/** @typedef {ReturnType<typeof openStageLink>} StageLink */
