// @ts-check
import { makeMemoryNetwork } from 'ocapn-wasm/netlayer/memory';

/**
 * What OCapN clients have in common: ours and `@endo/ocapn` have the same face, and run over the same network of this process.
 *
 * @import { Connected, ConnectOptions, Handshake } from '../lib/types.mjs'
 */

/** The end of a test is no error to tell of. */
const silent = Object.freeze({ log() {}, info() {}, error() {} });

export const DESIGNATOR = 'target';

/**
 * @param {object} library
 * @param {(options: any) => any} library.makeClient
 * @param {(bytes: Uint8Array) => any} library.swissnumFromBytes
 * @param {any} library.E
 * @param {(options: any) => Promise<any>} library.makeTcpNetLayer
 */
export const makeOcapn = ({ makeClient, swissnumFromBytes, E, makeTcpNetLayer }) => {
  const swissnum = swissnumFromBytes(new TextEncoder().encode(DESIGNATOR));

  /**
   * @param {any} network
   * @param {string} designator
   * @param {any} [options]
   */
  const makePeer = async (network, designator, options) => {
    const client = makeClient({ debugLabel: designator, logger: silent, ...options });
    const netlayer = await client.registerNetlayer((/** @type {any} */ handlers, /** @type {any} */ logger) =>
      network.makeNetLayer({ handlers, logger, designator }),
    );
    return { client, location: netlayer.location };
  };

  /**
   * @param {{ client: any }} peer
   * @param {any} location
   */
  const fetch = async ({ client }, location) => {
    const session = await client.provideSession(location);
    return E(session.getBootstrap()).fetch(swissnum);
  };

  /**
   * @param {ConnectOptions} options
   * @returns {Promise<Connected>}
   */
  const connect = async ({ target, a: optionsA, b: optionsB }) => {
    const network = makeMemoryNetwork();
    const counts = { messages: 0, bytes: 0 };
    const a = await makePeer(network, 'a', optionsA);
    const b = await makePeer(network, 'b', optionsB);
    b.client.registerSturdyRef(DESIGNATOR, target);
    const remote = await fetch(a, b.location);
    return {
      remote,
      network,
      a,
      b,
      close: () => Promise.all([a.client.shutdown(), b.client.shutdown()]),
      takeCounts: () => {
        const taken = { ...counts };
        Object.assign(counts, { messages: 0, bytes: 0 });
        const count = (/** @type {Uint8Array} */ bytes) => {
          counts.messages += 1;
          counts.bytes += bytes.length;
          return bytes;
        };
        network.tamper('a', 'b', count);
        network.tamper('b', 'a', count);
        return taken;
      },
    };
  };

  /** @returns {Handshake} */
  const handshake = () => ({
    fresh: async () => {
      const network = makeMemoryNetwork();
      const [a, b] = [await makePeer(network, 'a'), await makePeer(network, 'b')];
      await a.client.provideSession(b.location);
      return () => Promise.all([a.client.shutdown(), b.client.shutdown()]);
    },
    redial: async () => {
      const network = makeMemoryNetwork();
      const [a, b] = [await makePeer(network, 'a'), await makePeer(network, 'b')];
      const turn = () => new Promise(resolve => setImmediate(resolve));
      return {
        again: async () => {
          await a.client.provideSession(b.location);
          network.cut('a', 'b');
          await turn();
        },
        close: () => Promise.all([a.client.shutdown(), b.client.shutdown()]),
      };
    },
  });

  /**
   * @param {string} designator
   * @param {any} [options]
   */
  const makeTcpPeer = async (designator, options = {}) => {
    const client = makeClient({ debugLabel: designator, logger: silent, ...options });
    /** @type {any} */
    let connection;
    const netlayer = await client.registerNetlayer((/** @type {any} */ handlers, /** @type {any} */ logger) =>
      makeTcpNetLayer({
        handlers: {
          ...handlers,
          makeConnection: (/** @type {any} */ layer, /** @type {boolean} */ isOutgoing, /** @type {any} */ socket) => {
            const made = handlers.makeConnection(layer, isOutgoing, socket);
            if (isOutgoing) connection = made;
            return made;
          },
        },
        logger,
        specifiedDesignator: designator,
      }),
    );
    return { client, location: netlayer.location, endConnection: () => connection.end() };
  };

  /** @param {any} target @param {any} [options] */
  const serveTcp = async (target, options) => {
    const { client, location } = await makeTcpPeer('server', options);
    client.registerSturdyRef(DESIGNATOR, target);
    return location;
  };

  /**
   * @param {any} location
   * @param {ConnectOptions} [options]
   * @returns {Promise<Connected>}
   */
  const dialTcp = async (location, options = {}) => {
    const a = await makeTcpPeer('dialler', options.a);
    const remote = await fetch(a, location);
    return { remote, a, close: () => a.client.shutdown(), cut: async () => a.endConnection() };
  };

  return { makePeer, fetch, connect, handshake, serveTcp, dialTcp };
};
