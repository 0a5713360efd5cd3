// @ts-check

import { findEndo } from '../../../../benches/lib/endo.mjs';

/**
 * `@endo/ocapn` of a checkout, with the packages that it has itself.
 *
 * @import { StartOptions } from '../party.mjs'
 */

/** @param {{ checkout: string }} where */
export const loadEndo = async ({ checkout }) => {
  const found = findEndo(checkout);
  if (found === undefined) throw Error('No checkout of endojs/endo is named.');
  const load = (/** @type {string} */ specifier) => import(found.resolve(specifier));
  const file = (/** @type {string} */ path) => import(found.file(path));
  await load('@endo/init');
  const { E } = await load('@endo/eventual-send');
  const { Far, makeTagged } = await load('@endo/marshal');
  const { default: harden } = await load('@endo/harden');
  const { makeClient } = await file('index.js');
  const { encodeSwissnum, locationToLocationId } = await file('src/client/util.js');
  const { makeTcpNetLayer } = await file('src/netlayers/tcp-test-only.js');

  /**
   * The client of pull request 3175 whose tables outlast its sessions, in memory.
   *
   * @param {any} options
   */
  const makeDurable = async options => {
    const { makeDurableClient, makeInMemoryDurableBaggage } = await file('../ocapn-durable-client/index.js');
    return makeDurableClient({ ...options, baggage: makeInMemoryDurableBaggage(), tryResumeSession: true });
  };

  /** @param {StartOptions} options */
  const start = async ({ name, transport, framing, designator, port, resume, onOurs }) => {
    const options = { debugLabel: name, debugMode: true };
    const client = resume ? await makeDurable(options) : makeClient(options);
    const makeNetlayer = async (/** @type {any} */ handlers, /** @type {any} */ logger) => {
      if (onOurs && transport === 'websocket') {
        const { makeWebSocketNetLayer } = await import('../../../../js/netlayers/websocket.js');
        return makeWebSocketNetLayer({ handlers, logger });
      }
      if (onOurs) {
        const ours = await import('../../../../js/netlayers/tcp.js');
        return ours.makeTcpNetLayer({ handlers, logger, framing, specifiedDesignator: designator });
      }
      if (transport === 'websocket') {
        const { makeWebSocketNetLayer } = await file('src/netlayers/websocket.js');
        return makeWebSocketNetLayer({ handlers, logger });
      }
      return makeTcpNetLayer({
        handlers,
        logger,
        specifiedPort: port,
        ...(designator === undefined ? {} : { specifiedDesignator: designator }),
        ...(framing === undefined ? {} : { framing }),
      });
    };
    const { location } = await client.registerNetlayer(makeNetlayer);
    return { client, location, events: [], faults: undefined };
  };

  return { tools: { E, Far, makeTagged, harden }, encodeSwissnum, locationToLocationId, start };
};
