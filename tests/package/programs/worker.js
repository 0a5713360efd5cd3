// @ts-check

/** In a dedicated, a shared or a service worker: answers a location on a port with what the server said. */

import { encodeSwissnum, init, makeClient } from 'ocapn-wasm';
import { call } from './call.js';

/** @param {any} event */
const answer = async ({ data: { location, port } }) => {
  try {
    await init();
    port.postMessage({ in: globalThis.constructor.name, answer: await call({ makeClient, encodeSwissnum }, location) });
  } catch (error) {
    port.postMessage({ error: String(error) });
  }
};

/** @param {any} event A service worker lives for as long as an event of it is under way. */
const serve = event => {
  const answered = answer(event);
  event.waitUntil?.(answered);
};

addEventListener('message', serve);
addEventListener('connect', (/** @type {any} */ { ports: [port] }) => {
  port.onmessage = serve;
});
