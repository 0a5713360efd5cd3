// @ts-check

/**
 * In workerd, the default entry: a client for a request alone, and one that a Durable Object keeps over many. A location that is
 * posted is answered with what the server said.
 */

import { encodeSwissnum, init, makeClient } from 'ocapn-wasm';
import { makeWebSocketDialNetLayer } from 'ocapn-wasm/netlayer/ws-dial';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';
import { call } from './call.js';

/** How many sessions this process made: a Durable Object that has a session makes none for its next request. */
let sessions = 0;

/** @param {any} location */
const connect = async location => {
  await init();
  sessions += 1;
  const client = makeClient();
  await client.registerNetlayer((handlers, logger) => makeWebSocketDialNetLayer({ handlers, logger }));
  return client.enlivenSturdyRef(client.makeSturdyRef(location, encodeSwissnum('greeter')));
};

export class Keeper {
  /** @type {Promise<any> | undefined} */
  greeter;

  /** @param {Request} request */
  async fetch(request) {
    this.greeter ??= connect(await request.json());
    const answer = await E(await this.greeter).greet('you', Far('ear', { hear: text => `${text}, heard` }));
    return new Response(`${answer}, session ${sessions}`);
  }
}

export default {
  /** @param {Request} request @param {any} env */
  async fetch(request, env) {
    try {
      if (new URL(request.url).pathname === '/kept') return await env.KEEPER.get(env.KEEPER.idFromName('one')).fetch(request);
      await init();
      return new Response(await call({ makeClient, encodeSwissnum }, await request.json()));
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
