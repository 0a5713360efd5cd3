// @ts-check

/** The peer of peer.js in a dedicated worker; `in-worker.js` is its other end. */

import { start } from './peer.js';

/** @type {any} */
let peer;

globalThis.onmessage = async ({ data: { id, op, args } }) => {
  try {
    if (op === 'start') peer = await start(args[0]);
    globalThis.postMessage({ id, value: op === 'start' ? undefined : await peer[op](...args) });
  } catch (error) {
    const { message, code } = Object(error);
    globalThis.postMessage({ id, error: { message: message ?? String(error), code } });
  }
};
