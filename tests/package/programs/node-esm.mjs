// @ts-check

import { encodeSwissnum, makeClient, makeFsDurableBaggage } from 'ocapn-wasm';
import { makeWebSocketNetLayer } from 'ocapn-wasm/netlayer/ws';
import { call } from './call.js';

const [location, filePath] = process.argv.slice(2);
const baggage = makeFsDurableBaggage({ filePath: String(filePath) });
// Nothing is awaited before: the core is there.
const makeDurable = () => makeClient({ baggage, tryResumeSession: true });
console.log(await call({ makeClient: makeDurable, encodeSwissnum }, JSON.parse(String(location)), makeWebSocketNetLayer));
