// @ts-check

import harden from '@endo/harden';

import { checkNames } from '../checks.js';
import { makeError } from '../errors.js';
import { copyLocation } from '../location.js';
import { locationIdOf } from './location-id.js';
import { makeDefer, makeLink } from './memory-link.js';
import { readNetlayerOptions } from './options.js';

/**
 * @import { OcapnLocation } from '../location.js'
 * @import { Logger, NetLayer, NetlayerHandlers } from './types.js'
 * @import { Link, Peer, Road, Tamper } from './memory-link.js'
 */

/** @type {Logger} */
const silent = { log: () => {}, error: () => {}, info: () => {} };

const NETWORK_OPTIONS = { transport: true, defer: true };

/** The options of makeNetLayer. */
const OPTIONS = /** @type {const} */ ({
  handlers: true,
  logger: true,
  designator: true,
  hints: true,
  authenticates: true,
  trustClaims: true,
});

/**
 * A network inside one process, for tests and benchmarks: messages arrive whole, in order and later, unless the test says
 * otherwise. Peers are named by their designators.
 *
 * @param {object} [options]
 * @param {string} [options.transport]
 * @param {(job: () => void) => void} [options.defer] runs a job later: when messages arrive. By default as a microtask, and now
 *   and then as a macrotask, so that peers who answer each other for ever do not keep timers from firing.
 */
export const makeMemoryNetwork = (options = {}) => {
  checkNames(options, NETWORK_OPTIONS, 'makeMemoryNetwork');
  const { transport = 'memory', defer = makeDefer() } = options;
  /** @type {Map<string, Peer>} */
  const peers = new Map();
  /** @type {Set<Link>} */
  const links = new Set();
  /** @type {Map<string, Map<string, Road>>} */
  const roads = new Map();
  let linksMade = 0;
  let peersMade = 0;

  /**
   * The way from one peer to another: what a test does to it applies to every connection between them, old and new.
   *
   * @param {string} from
   * @param {string} to
   * @returns {Road}
   */
  const provideRoad = (from, to) => {
    let ways = roads.get(from);
    if (!ways) {
      ways = new Map();
      roads.set(from, ways);
    }
    const known = ways.get(to);
    if (known) {
      return known;
    }
    /** @type {Road} */
    const road = {
      from,
      to,
      isHeld: false,
      delayMs: 0,
      tamper: undefined,
      lanes: new Set(),
      leftAlone: () => {
        // What a test did to it is for the next connection, too.
        if (!road.isHeld && road.delayMs === 0 && !road.tamper) {
          ways.delete(to);
          if (ways.size === 0 && roads.get(from) === ways) {
            roads.delete(from);
          }
        }
      },
    };
    ways.set(to, road);
    return road;
  };

  /**
   * @param {string} a
   * @param {string} [b] any peer when absent
   */
  const linksBetween = (a, b) =>
    [...links].filter(
      ({ from, to }) => (from === a && (b === undefined || to === b)) || (to === a && (b === undefined || from === b)),
    );

  /**
   * @param {object} given
   * @param {NetlayerHandlers} given.handlers
   * @param {Logger} [given.logger]
   * @param {string} [given.designator] unlike that of any other live peer; `peer-<n>` by default
   * @param {OcapnLocation['hints']} [given.hints]
   * @param {'none' | 'dialled' | 'both'} [given.authenticates]
   * @param {boolean} [given.trustClaims]
   * @returns {NetLayer}
   * @throws {import('../errors.js').CodedError} `API_MISUSE` when the designator is taken
   */
  const makeNetLayer = given => {
    const {
      handlers,
      logger = silent,
      designator = `peer-${(peersMade += 1)}`,
      hints = {},
      authenticates = 'none',
      trustClaims = true,
    } = readNetlayerOptions('makeNetLayer', given, OPTIONS);
    if (peers.has(designator)) {
      throw makeError('API_MISUSE', `Another peer of this network is called '${designator}'.`);
    }
    const location = copyLocation({ type: 'ocapn-peer', transport, designator, hints });

    /** @param {OcapnLocation} to */
    const connect = to => {
      if (peers.get(designator) !== peer) {
        throw makeError('SHUT_DOWN', 'This netlayer was shut down.');
      }
      if (to.transport !== transport || typeof to.designator !== 'string') {
        throw makeError('NOT_DIALABLE', `Unsupported transport: ${to.transport}`);
      }
      linksMade += 1;
      return makeLink({
        id: linksMade,
        dialler: peer,
        findPeer: () => peers.get(to.designator),
        there: provideRoad(designator, to.designator),
        back: provideRoad(to.designator, designator),
        links,
        defer,
      });
    };

    const shutdown = () => {
      if (peers.get(designator) === peer) {
        peers.delete(designator);
        linksBetween(designator).forEach(link => link.endOf(peer));
      }
    };

    /** @type {NetLayer} */
    const netlayer = harden({
      location,
      locationId: locationIdOf(location),
      connect,
      shutdown,
      authenticates,
      framed: true,
      trustClaims,
      copiesBelow: Infinity,
    });
    /** @type {Peer} */
    const peer = { designator, netlayer, handlers, logger, isRefusing: false };
    peers.set(designator, peer);
    return netlayer;
  };

  return harden({
    makeNetLayer,

    /** The open connections, oldest first: who dialled whom. */
    connections: () => [...links].map(({ id, from, to }) => harden({ id, from, to })),

    /**
     * Breaks connections at once, as a reset does: what is under way is lost, and both ends are told.
     *
     * @param {string} a
     * @param {string} [b] all connections of `a` when absent
     */
    cut(a, b) {
      linksBetween(a, b).forEach(link => link.cut());
    },

    /**
     * Takes a peer away as a crash does: nothing reaches its handlers any more, the others are told after what it had sent.
     * Its designator is free again.
     *
     * @param {string} designator
     */
    crash(designator) {
      const peer = peers.get(designator);
      if (peer) {
        peers.delete(designator);
        linksBetween(designator).forEach(link => link.crash(peer));
      }
    },

    /**
     * Refuses new connections to a peer, or accepts them again.
     *
     * @param {string} designator
     * @param {boolean} [isRefusing]
     */
    refuse(designator, isRefusing = true) {
      const peer = peers.get(designator);
      if (peer) {
        peer.isRefusing = isRefusing;
      }
    },

    /**
     * Keeps back whatever goes from one peer to another, dials and closes too, until `release`.
     *
     * @param {string} from
     * @param {string} to
     */
    hold(from, to) {
      provideRoad(from, to).isHeld = true;
    },

    /**
     * Lets what was held go on, in its order.
     *
     * @param {string} from
     * @param {string} to
     */
    release(from, to) {
      const road = provideRoad(from, to);
      road.isHeld = false;
      road.lanes.forEach(lane => lane.wake());
    },

    /**
     * Makes what is sent from now on arrive later. Order is kept, also when the delay shrinks.
     *
     * @param {string} from
     * @param {string} to
     * @param {number} ms 0 for none
     */
    delay(from, to, ms) {
      provideRoad(from, to).delayMs = ms;
    },

    /**
     * Shows each message to a function, on its arrival, that says what arrives in its stead: other bytes (corrupted), nothing
     * (dropped), or several messages (repeated, injected).
     *
     * @param {string} from
     * @param {string} to
     * @param {Tamper} [tamper] absent: leaves them alone again
     */
    tamper(from, to, tamper) {
      provideRoad(from, to).tamper = tamper;
    },
  });
};

/** @typedef {ReturnType<typeof makeMemoryNetwork>} MemoryNetwork */
