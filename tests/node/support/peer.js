// @ts-check

import { encodeSwissnum, makeClient, makeFsDurableBaggage } from '../../../js/index.js';
import { makeTcpNetLayer } from '../../../js/netlayers/tcp.js';
import { makeWebSocketNetLayer } from '../../../js/netlayers/websocket.js';
import { Log } from './waiting.js';

/**
 * A client over TCP, or WebSocket, in this process.
 *
 * @import { Baggage } from '../../../js/baggage/types.js'
 * @import { ClientOptions } from '../../../js/options.js'
 * @import { OcapnLocation } from '../../../js/location.js'
 * @import { NetLayer, NetlayerHandlers } from '../../../js/netlayers/types.js'
 * @import { SessionEvent } from '../../../js/session.js'
 */

/** Short waits, so that tests do not wait. */
export const quickTimes = { retryLeast: 10, retryMost: 80, handshake: 8000 };

/**
 * A netlayer that dials where a test says, whatever the location says.
 *
 * @param {NetlayerHandlers} handlers
 * @param {(location: OcapnLocation) => string | number | undefined} via the port to dial instead
 * @param {(handlers: NetlayerHandlers) => Promise<NetLayer>} make
 */
const makeRouted = async (handlers, via, make) => {
  const inner = await make({
    ...handlers,
    makeConnection: (_inner, isOutgoing, socket) => handlers.makeConnection(outer, isOutgoing, socket),
  });
  /** @type {NetLayer} */
  const outer = {
    ...inner,
    connect: location => {
      const port = via(location);
      const hints = port === undefined ? location.hints : { ...location.hints, port: String(port) };
      return inner.connect({ ...location, hints });
    },
  };
  return outer;
};

/**
 * @typedef {object} PeerOptions
 * @property {string} [directory] of its baggage; then it is durable
 * @property {Baggage} [baggage] the same without a directory
 * @property {boolean} [isNew] whether `directory` is to be used without its sessions
 * @property {boolean} [keepsAddress] whether the netlayer keeps who it is in the baggage; it does where there is one
 * @property {'tcp' | 'websocket'} [transport]
 * @property {Record<string, any>} [netlayer] options of the netlayer
 * @property {ClientOptions} [client]
 * @property {(location: OcapnLocation) => string | number | undefined} [via] the port to dial instead of the one in the hints
 */

/** @param {PeerOptions} [options] */
export const makePeer = async ({ directory, baggage: given, isNew, keepsAddress = true, transport = 'tcp', netlayer: traits, client: more, via } = {}) => {
  const baggage = directory === undefined ? given : makeFsDurableBaggage({ filePath: directory, forgetSessions: isNew });
  /** @type {Log<SessionEvent>} */
  const events = new Log();
  /** What should not have been logged. @type {unknown[][]} */
  const troubles = [];
  const client = makeClient({
    ...(baggage === undefined ? {} : { baggage, tryResumeSession: true }),
    debugMode: true,
    onSessionEvent: event => events.push(event),
    ...more,
    logger: {
      log: () => {},
      info: () => {},
      error: (...args) => {
        if (/unexpected|wasm module|could not be broken/.test(String(args[0]))) troubles.push(args);
      },
    },
    times: { ...quickTimes, ...more?.times },
  });
  const netlayer = await client.registerNetlayer((handlers, logger) => {
    /** @param {NetlayerHandlers} wrapped */
    const make = wrapped => {
      const makeNetLayer = transport === 'tcp' ? makeTcpNetLayer : makeWebSocketNetLayer;
      return makeNetLayer({ handlers: wrapped, logger, baggage: keepsAddress ? baggage : undefined, ...traits });
    };
    return via === undefined ? make(handlers) : makeRouted(handlers, via, make);
  });
  const shutdown = async () => {
    await client.shutdown();
    await baggage?.close?.();
  };
  return {
    client,
    baggage,
    netlayer,
    location: netlayer.location,
    events,
    troubles,
    inspect: () => client._debug.inspect(),
    /** @param {string} [prefix] */
    keys: (prefix = '') => [...(baggage?.keys(prefix) ?? [])].filter(key => key.startsWith(prefix)),
    /** The types of all session events so far. */
    eventTypes: () => events.all.map(({ type }) => type),
    shutdown,
  };
};

/** @typedef {Awaited<ReturnType<typeof makePeer>>} Peer */

/**
 * A peer for one test: it is shut down when that is over.
 *
 * @param {any} t
 * @param {PeerOptions} [options]
 */
export const makeTestPeer = async (t, options) => {
  const peer = await makePeer(options);
  t.after(async () => {
    await peer.shutdown();
    if (peer.troubles.length > 0) throw Error(`The client was in trouble: ${peer.troubles.map(String)}`);
  });
  return peer;
};

/**
 * @param {Peer} peer
 * @param {any} location
 * @param {string} swissnum
 * @returns {Promise<any>}
 */
export const enliven = ({ client }, location, swissnum) =>
  client.enlivenSturdyRef(client.makeSturdyRef(location, encodeSwissnum(swissnum)));
