// @ts-check

/** For Deno and Bun: the default entry, which is ready on import there, and the host's WebSocket. */

import { encodeSwissnum, makeClient } from 'ocapn-wasm';
import { call } from './call.js';

const location = JSON.parse(String(process.argv.at(-1)));
console.log(await call({ makeClient, encodeSwissnum }, location));
process.exit(0);
