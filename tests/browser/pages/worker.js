// @ts-check

/** The peer of peer.js in a dedicated worker; `in-worker.js` is its other end. */

import { start } from './peer.js';

/** @type {any} */
let peer;

/** What the page tells of its network. */
const network = new EventTarget();

/** @param {string} op @param {any[]} args */
const perform = async (op, args) => {
  switch (op) {
    case 'start':
      peer = await start({ ...args[0], netlayer: { network } });
      return undefined;
    case 'online':
      return void network.dispatchEvent(new Event(op));
    default:
      return peer[op](...args);
  }
};

globalThis.onmessage = async ({ data: { id, op, args } }) => {
  try {
    globalThis.postMessage({ id, value: await perform(op, args) });
  } catch (error) {
    const { message, code } = Object(error);
    globalThis.postMessage({ id, error: { message: message ?? String(error), code } });
  }
};
