// @ts-check

/** In a dedicated, a shared or a service worker: answers a location on a port with what the server said. */

import { encodeSwissnum, init, makeClient } from 'ocapn-wasm';
import { call } from './call.js';

/** @param {any} event */
const serve = async ({ data: { location, port } }) => {
  try {
    await init();
    port.postMessage({ answer: await call({ makeClient, encodeSwissnum }, location) });
  } catch (error) {
    port.postMessage({ error: String(error) });
  }
};

addEventListener('message', serve);
addEventListener('connect', (/** @type {any} */ { ports: [port] }) => {
  port.onmessage = serve;
});
