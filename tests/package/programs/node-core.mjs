// @ts-check

import { readFileSync } from 'node:fs';
import { encodeSwissnum, init, makeClient } from 'ocapn-wasm/inline';
import { makeWebSocketDialNetLayer } from 'ocapn-wasm/netlayer/ws-dial';
import { WebSocket } from 'ws';
import { call } from './call.js';

await init({ module: WebAssembly.compile(readFileSync(new URL(import.meta.resolve('ocapn-wasm/core.wasm')))) });
const location = JSON.parse(String(process.argv[2]));
// Node 20 has no WebSocket of its own.
console.log(await call({ makeClient, encodeSwissnum }, location, options => makeWebSocketDialNetLayer({ ...options, WebSocket })));
