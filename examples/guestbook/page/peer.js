// @ts-check
// The tab as a peer: its client, the references that it keeps, and what is seen of its messages and commits.

import { init, makeClient, parseSturdyRefUri, provideMapStoreFromBaggage } from 'ocapn-wasm';
import { makeWebSocketDialNetLayer } from 'ocapn-wasm/netlayer/ws-dial';

import { lookAt } from '../common/look.js';
import { watchCommits, watchMessages } from '../common/watch.js';

/** Whom the page talks with. @typedef {'guestbook' | 'shop'} PeerName */

/** A cut took the call: what is asked here may be asked again. */
const AGAIN = ['MAY_HAVE_RUN', 'DID_NOT_RUN', 'QUEUE_TIMEOUT'];

/** The session is over, or could not begin: the reference has to be fetched anew. */
const ANEW = [
  ...['SESSION_SEVERED', 'SESSION_REFUSED', 'PEER_ABORTED', 'EXPIRED', 'TOKEN_UNKNOWN'],
  ...['DIAL_FAILED', 'CONNECTION_CLOSED', 'HANDSHAKE_TIMEOUT', 'PEER_BUSY'],
];

/** Between two tries, in ms. */
const BREATH = 150;

/** @returns {Promise<{ guestbook: string, shop: string, stage: string }>} */
export const fetchPeers = async () => (await fetch('/peers.json')).json();

/**
 * @typedef {object} Observer
 * @property {(message: import('../common/watch.js').SeenMessage & { peer: PeerName | undefined }) => void} message
 * @property {(commit: { writes: number, ms: number }) => void} commit
 * @property {(event: import('ocapn-wasm').SessionEvent & { peer: PeerName | undefined }) => void} session
 */

/**
 * @param {object} options
 * @param {import('ocapn-wasm').Baggage} options.baggage
 * @param {Awaited<ReturnType<typeof fetchPeers>>} options.peers
 * @param {Observer} options.observer
 * @param {(client: import('ocapn-wasm').Client, baggage: import('ocapn-wasm').Baggage) => void} options.prepare registers what
 *   peers may find, before any can
 */
export const openPeer = async ({ baggage: given, peers, observer, prepare }) => {
  await init();
  const baggage = watchCommits(given, observer.commit);
  const locators = { guestbook: parseSturdyRefUri(peers.guestbook), shop: parseSturdyRefUri(peers.shop) };
  const names = /** @type {PeerName[]} */ (Object.keys(locators));

  const urlOf = (/** @type {PeerName} */ name) => new URL(/** @type {any} */ (locators[name].location.hints).url).href;

  /** @param {(name: PeerName) => boolean} fits */
  const findName = fits => names.find(fits);

  const client = makeClient({
    debugLabel: 'tab',
    baggage,
    tryResumeSession: true,
    debugMode: true,
    times: { retryLeast: 150, retryMost: 1500 },
  });
  client.subscribe(event =>
    observer.session({ ...event, peer: findName(name => locators[name].location.designator === event.location?.designator) }),
  );
  prepare(client, baggage);

  /** The sockets that are open. @type {Set<WebSocket>} */
  const sockets = new Set();
  let dialled = '';
  /** @type {WeakMap<object, string>} */
  const urls = new WeakMap();

  /** The browser's own, counted. */
  class CountedWebSocket extends WebSocket {
    /** @param {string} url */
    constructor(url) {
      super(url);
      dialled = this.url;
      sockets.add(this);
      this.addEventListener('close', () => sockets.delete(this));
    }
  }

  await client.registerNetlayer((handlers, logger) => {
    const watched = watchMessages(handlers, message =>
      observer.message({ ...message, peer: findName(name => urlOf(name) === urls.get(message.connection)) }),
    );
    return makeWebSocketDialNetLayer({
      handlers: {
        ...watched,
        makeConnection: (netlayer, isOutgoing, socket) => {
          const connection = watched.makeConnection(netlayer, isOutgoing, socket);
          urls.set(connection, dialled);
          return connection;
        },
      },
      logger,
      baggage,
      WebSocket: CountedWebSocket,
    });
  });

  const tokens = provideMapStoreFromBaggage(baggage, 'tokens');
  /** @type {Map<PeerName, Promise<any>>} */
  const held = new Map();

  /** @param {PeerName} name */
  const find = async name => {
    const token = tokens.get(name);
    if (token !== undefined) {
      try {
        return await client.refFromToken(token);
      } catch (error) {
        if (error.code !== 'TOKEN_UNKNOWN') throw error;
      }
    }
    const { location, swissNum } = locators[name];
    const reference = await client.enlivenSturdyRef(client.makeSturdyRef(location, swissNum));
    tokens.set(name, await client.refToken(reference));
    return reference;
  };

  /** @param {PeerName} name @returns {Promise<any>} */
  const provide = name => {
    const promise = held.get(name) ?? find(name);
    held.set(name, promise);
    promise.catch(() => held.delete(name));
    return promise;
  };

  /**
   * Does something with a peer's object until it is done: through cuts, and the end of the session. So it must be something
   * that does no harm when it is done twice.
   *
   * @template T
   * @param {PeerName} name
   * @param {(reference: any) => Promise<T> | T} act
   * @returns {Promise<T>}
   */
  const persist = async (name, act) => {
    for (;;) {
      try {
        return await act(await provide(name));
      } catch (error) {
        const isOver = ANEW.includes(error.code);
        if (!isOver && !AGAIN.includes(error.code)) throw error;
        if (isOver) {
          held.delete(name);
          tokens.delete(name);
        }
        await new Promise(resolve => setTimeout(resolve, BREATH));
      }
    }
  };

  return {
    client,
    baggage,
    persist,

    /** What this tab holds of its session with a peer. @param {PeerName} name */
    look: name => {
      const { designator } = locators[name].location;
      return lookAt(client, baggage).find(one => one.designator === designator && one.status !== 'severed');
    },

    /** Closes the socket to a peer, as a network that fails does. @param {PeerName} name */
    cut: name => sockets.forEach(socket => socket.url === urlOf(name) && socket.close()),

    close: async () => {
      await client.shutdown();
      await baggage.close?.();
    },
  };
};

/** @typedef {Awaited<ReturnType<typeof openPeer>>} Peer */
