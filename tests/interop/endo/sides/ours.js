// @ts-check

/**
 * This library, as a party.
 *
 * @import { StartOptions } from '../party.mjs'
 */

/** @param {{ lockdown: boolean }} how */
export const loadOurs = async ({ lockdown }) => {
  if (lockdown) await import('@endo/init');
  const ocapn = await import('../../../../js/index.js');
  const { E } = await import('@endo/eventual-send');
  const { Far, makeTagged } = await import('@endo/pass-style');
  const { default: harden } = await import('@endo/harden');
  const { makeFaults } = await import('../faults.js');

  /** @param {StartOptions} options */
  const start = async ({ name, transport, framing, designator, port, dialect, resume, baggage: directory, reconnect, trustClaims }) => {
    /** @type {any[]} */
    const events = [];
    const baggage = directory === undefined ? ocapn.makeInMemoryBaggage() : ocapn.makeFsDurableBaggage({ filePath: directory });
    const client = ocapn.makeClient({
      debugLabel: name,
      debugMode: true,
      dialect,
      ...(resume || directory !== undefined ? { baggage } : {}),
      tryResumeSession: resume,
      reconnect,
      times: { handshake: 5000, retryLeast: 20, retryMost: 200 },
      onSessionEvent: ({ type, code, location }) => events.push({ type, code, designator: location?.designator }),
    });
    const faults = makeFaults();
    const makeNetlayer = async (/** @type {any} */ handlers, /** @type {any} */ logger) => {
      const seen = faults.watch(handlers);
      if (transport === 'websocket') {
        const { makeWebSocketNetLayer } = await import('../../../../js/netlayers/websocket.js');
        return makeWebSocketNetLayer({ handlers: seen, logger });
      }
      const { makeTcpNetLayer } = await import('../../../../js/netlayers/tcp.js');
      return makeTcpNetLayer({ handlers: seen, logger, framing, specifiedDesignator: designator, specifiedPort: port, ...(trustClaims === undefined ? {} : { trustClaims }) });
    };
    const { location } = await client.registerNetlayer(makeNetlayer);
    return { client, location, events, faults };
  };

  return {
    tools: { E, Far, makeTagged, harden },
    encodeSwissnum: ocapn.encodeSwissnum,
    locationToLocationId: ocapn.locationToLocationId,
    start,
  };
};
