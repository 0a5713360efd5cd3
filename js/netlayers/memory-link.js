// @ts-check

import { makeError } from '../errors.js';
import { giveRoom, mayOverwrite, takeRoom } from './room.js';

/**
 * @import { Connection, Logger, NetLayer, NetlayerHandlers } from './types.js'
 */

/**
 * @typedef {object} Peer
 * @property {string} designator
 * @property {NetLayer} netlayer
 * @property {NetlayerHandlers} handlers
 * @property {Logger} logger
 * @property {boolean} isRefusing
 */

/**
 * @callback Tamper
 * @param {Uint8Array} bytes
 * @param {{ id: number, from: string, to: string }} connection who dialled whom, and which connection of the network it is
 * @returns {Uint8Array | Uint8Array[] | undefined | void}
 */

/**
 * What goes from one peer to another, over all connections.
 *
 * @typedef {object} Road
 * @property {string} from
 * @property {string} to
 * @property {boolean} isHeld
 * @property {number} delayMs
 * @property {Tamper | undefined} tamper
 * @property {Set<Lane>} lanes
 * @property {() => void} leftAlone called when it has no lanes any more
 */

/** @typedef {{ wake: () => void }} Lane */

/** @typedef {{ item: Uint8Array<ArrayBuffer> | (() => void), due: number }} Entry `due` in ms of the clock, 0 for at once */

/**
 * @typedef {object} Link one connection
 * @property {number} id
 * @property {string} from designator of who dialled
 * @property {string} to
 * @property {() => void} cut
 * @property {(peer: Peer) => void} endOf ends it from the side of that peer
 * @property {(peer: Peer) => void} crash
 */

/**
 * One end of a link.
 *
 * @typedef {object} End
 * @property {Peer | undefined} peer
 * @property {Connection | undefined} connection
 * @property {boolean} hasEnded takes and gives nothing any more
 */

/** How many microtasks may follow each other before timers and sockets get a turn. */
const MICROTASKS_IN_A_ROW = 1024;

/** @type {(job: () => void) => void} */
const asMacrotask = globalThis.setImmediate ?? (job => setTimeout(job, 0));

/** @returns {(job: () => void) => void} */
export const makeDefer = () => {
  let count = 0;
  return job => {
    count += 1;
    if (count % MICROTASKS_IN_A_ROW === 0) {
      asMacrotask(job);
    } else {
      queueMicrotask(job);
    }
  };
};

/**
 * One direction of a link: a queue of messages, and of the dial and the close around them.
 *
 * @param {Road} road
 * @param {(job: () => void) => void} defer
 * @param {(item: Uint8Array<ArrayBuffer> | (() => void)) => void} arrive
 */
const makeLane = (road, defer, arrive) => {
  /** @type {Entry[]} */
  let queue = [];
  let isAwake = false;

  const wake = () => {
    if (!isAwake && queue.length > 0 && !road.isHeld) {
      isAwake = true;
      defer(drain);
    }
  };

  const drain = () => {
    isAwake = false;
    const batch = queue;
    queue = [];
    for (let index = 0; index < batch.length; index += 1) {
      const { item, due } = /** @type {Entry} */ (batch[index]);
      const wait = due === 0 ? 0 : due - Date.now();
      if (road.isHeld || wait > 0) {
        queue = batch.slice(index).concat(queue);
        if (!road.isHeld) {
          isAwake = true;
          setTimeout(drain, wait);
        }
        return;
      }
      arrive(item);
    }
  };

  const lane = {
    wake,
    /** @param {Uint8Array<ArrayBuffer> | (() => void)} item */
    push(item) {
      queue.push({ item, due: road.delayMs > 0 ? Date.now() + road.delayMs : 0 });
      wake();
    },
    close() {
      queue = [];
      if (road.lanes.delete(lane) && road.lanes.size === 0) {
        road.leftAlone();
      }
    },
  };
  road.lanes.add(lane);
  return lane;
};

/**
 * Dials: makes the dialler's end at once, and the other end when the dial arrives.
 *
 * @param {object} options
 * @param {number} options.id
 * @param {Peer} options.dialler
 * @param {() => Peer | undefined} options.findPeer asked when the dial arrives
 * @param {Road} options.there
 * @param {Road} options.back
 * @param {Set<Link>} options.links where it is listed while it is open
 * @param {(job: () => void) => void} options.defer
 * @returns {Connection} the dialler's
 */
export const makeLink = ({ id, dialler, findPeer, there, back, links, defer }) => {
  const about = Object.freeze({ id, from: there.from, to: there.to });
  /** @type {End} */
  const near = { peer: dialler, connection: undefined, hasEnded: false };
  /** @type {End} */
  const far = { peer: undefined, connection: undefined, hasEnded: false };

  /**
   * @param {End} end
   * @param {Error} [reason]
   */
  const close = (end, reason) => {
    if (end.hasEnded) {
      return;
    }
    end.hasEnded = true;
    if (near.hasEnded && far.hasEnded) {
      links.delete(link);
      lanes.there.close();
      lanes.back.close();
    }
    defer(() => {
      const { peer, connection } = end;
      if (peer && connection) {
        try {
          connection.end();
          peer.handlers.handleConnectionClose(connection, reason);
        } catch (error) {
          peer.logger.error('handleConnectionClose failed:', error);
        }
      }
    });
  };

  const cut = () => {
    lanes.there.close();
    lanes.back.close();
    close(near, makeError('CONNECTION_CLOSED', 'The connection was cut.'));
    close(far, makeError('CONNECTION_CLOSED', 'The connection was cut.'));
  };

  /**
   * @param {End} to
   * @param {Uint8Array} bytes
   */
  const deliver = ({ hasEnded, peer, connection }, bytes) => {
    if (hasEnded || !peer || !connection || connection.isDestroyed) {
      return;
    }
    try {
      peer.handlers.handleMessageData(connection, bytes);
    } catch (error) {
      peer.logger.error('Closing a connection:', error);
      cut();
    }
  };

  /**
   * @param {End} to
   * @param {Road} road
   * @returns {boolean} whether nobody has the bytes of a message once it was delivered
   */
  const isReused = ({ peer }, { tamper }) => tamper === undefined && peer !== undefined && mayOverwrite(peer.handlers);

  /**
   * @param {Road} road
   * @param {End} to
   */
  const makeWay = (road, to) =>
    makeLane(road, defer, item => {
      if (typeof item === 'function') {
        item();
      } else if (road.tamper) {
        for (const bytes of [road.tamper(item, about) ?? []].flat()) {
          deliver(to, bytes);
        }
      } else {
        deliver(to, item);
        if (isReused(to, road)) giveRoom(item);
      }
    });

  const lanes = { there: makeWay(there, far), back: makeWay(back, near) };

  /**
   * @param {End} end
   * @param {End} other
   * @param {{ push: (item: Uint8Array<ArrayBuffer> | (() => void)) => void, close: () => void }} lane from one to the other
   */
  const leave = (end, other, lane) => {
    if (!end.hasEnded) {
      lane.push(() => {
        lane.close();
        leave(other, end, lane === lanes.there ? lanes.back : lanes.there);
      });
      close(end);
    }
  };

  const leaveNear = () => leave(near, far, lanes.there);
  const leaveFar = () => leave(far, near, lanes.back);

  /** @param {Peer} peer */
  const endOf = peer => {
    if (near.peer === peer) {
      leaveNear();
    }
    if (far.peer === peer) {
      leaveFar();
    }
  };

  /**
   * @param {End} end
   * @param {() => void} endIt
   * @param {End} to
   */
  const socket = (end, endIt, to) => {
    const [lane, road] = to === far ? [lanes.there, there] : [lanes.back, back];
    return {
      /** @param {Uint8Array} bytes */
      write(bytes) {
        if (end.hasEnded) {
          return;
        }
        if (isReused(to, road)) {
          const room = takeRoom(bytes.length);
          room.set(bytes);
          lane.push(room);
        } else {
          // The constructor copies, also where `slice` would not (a Buffer).
          lane.push(new Uint8Array(bytes));
        }
      },
      end: endIt,
    };
  };

  /** @type {Link} */
  const link = {
    ...about,
    cut,
    endOf,
    crash(peer) {
      endOf(peer);
      for (const end of [near, far]) {
        if (end.peer === peer) {
          end.connection = undefined;
        }
      }
    },
  };
  links.add(link);

  lanes.there.push(() => {
    const peer = findPeer();
    if (!peer || peer.isRefusing) {
      far.hasEnded = true;
      lanes.back.push(() => close(near, makeError('DIAL_FAILED', `No peer '${there.to}' accepts connections.`)));
      return;
    }
    try {
      far.peer = peer;
      far.connection = peer.handlers.makeConnection(peer.netlayer, false, socket(far, leaveFar, near));
    } catch (error) {
      peer.logger.error('Refusing a connection:', error);
      leaveFar();
    }
  });
  const connection = dialler.handlers.makeConnection(dialler.netlayer, true, socket(near, leaveNear, far));
  near.connection = connection;
  return connection;
};
