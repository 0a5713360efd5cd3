// @ts-check

/** In workerd, with an entry that was not made for it: it has to be given the core, since it may not compile what the entry has. */

import { encodeSwissnum, init, makeClient } from 'ocapn-wasm/inline';
import module from 'ocapn-wasm/core.wasm';
import { call } from './call.js';

export default {
  /** @param {Request} request */
  async fetch(request) {
    try {
      await init(new URL(request.url).pathname === '/given' ? { module } : {});
      return new Response(await call({ makeClient, encodeSwissnum }, await request.json()));
    } catch (error) {
      return new Response(/** @type {any} */ (error).code, { status: 500 });
    }
  },
};
