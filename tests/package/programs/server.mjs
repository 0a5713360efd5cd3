// @ts-check

/** A server of the installed package: prints where it is, and ends with its input. */

import { makeClient } from 'ocapn-wasm';
import { makeWebSocketNetLayer } from 'ocapn-wasm/netlayer/ws';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

const client = makeClient();
const { location } = await client.registerNetlayer((handlers, logger) => makeWebSocketNetLayer({ handlers, logger }));
// It calls back over the same session before it answers.
client.registerSturdyRef('greeter', Far('greeter', { greet: async (name, ear) => E(ear).hear(`Hello ${name}`) }));
console.log(JSON.stringify(location));
process.stdin.resume().on('end', () => client.shutdown());
