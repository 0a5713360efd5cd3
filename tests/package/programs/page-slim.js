// @ts-check

import { encodeSwissnum, init, makeClient } from 'ocapn-wasm/slim';
import { call } from './call.js';

/** @param {any} location */
const callServer = async location => {
  await init();
  return call({ makeClient, encodeSwissnum }, location);
};
Object.assign(globalThis, { callServer });
