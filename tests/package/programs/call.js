// @ts-check

/** A session and a call with the server, from any host: what it imports of the package is passed, since entries differ. */

import { makeWebSocketDialNetLayer } from 'ocapn-wasm/netlayer/ws-dial';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/**
 * @param {Pick<typeof import('ocapn-wasm'), 'makeClient' | 'encodeSwissnum'>} ours
 * @param {any} location of the server
 * @param {(options: any) => any} [makeNetLayer]
 * @returns {Promise<string>}
 */
export const call = async ({ makeClient, encodeSwissnum }, location, makeNetLayer = makeWebSocketDialNetLayer) => {
  const client = makeClient();
  await client.registerNetlayer((handlers, logger) => makeNetLayer({ handlers, logger }));
  const greeter = await client.enlivenSturdyRef(client.makeSturdyRef(location, encodeSwissnum('greeter')));
  const answer = await E(greeter).greet('you', Far('ear', { hear: text => `${text}, heard` }));
  await client.shutdown();
  return answer;
};
