// @ts-check

/**
 * The first call between two clients, by what a library gives.
 *
 * @param {object} library
 * @param {(options: any) => any} library.makeClient
 * @param {() => any} library.makeMemoryNetwork
 * @param {(bytes: Uint8Array) => any} library.swissnumFromBytes
 * @param {any} library.E
 * @param {(name: string, methods: object) => any} library.Far
 * @returns {Promise<unknown>} `hello`
 */
export const firstCall = async ({ makeClient, makeMemoryNetwork, swissnumFromBytes, E, Far }) => {
  const network = makeMemoryNetwork();
  const logger = { log() {}, info() {}, error() {} };
  const make = async (/** @type {string} */ designator) => {
    const client = makeClient({ debugLabel: designator, logger });
    const netlayer = await client.registerNetlayer((/** @type {any} */ handlers) =>
      network.makeNetLayer({ handlers, designator }),
    );
    return { client, location: netlayer.location };
  };
  const [a, b] = [await make('a'), await make('b')];
  b.client.registerSturdyRef('target', Far('target', { echo: (/** @type {any} */ x) => x }));
  const session = await a.client.provideSession(b.location);
  const remote = await E(session.getBootstrap()).fetch(swissnumFromBytes(new TextEncoder().encode('target')));
  return E(remote).echo('hello');
};
