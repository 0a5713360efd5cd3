const { encodeSwissnum, makeClient, makeFsDurableBaggage } = require('ocapn-wasm');
const { makeTcpNetLayer } = require('ocapn-wasm/netlayer/tcp-testing');
const { makeWebSocketNetLayer } = require('ocapn-wasm/netlayer/ws');
const { call } = require('./call.js');

const [location, filePath] = process.argv.slice(2);
if (typeof makeTcpNetLayer !== 'function') throw Error('no TCP');
const baggage = makeFsDurableBaggage({ filePath });
const makeDurable = () => makeClient({ baggage, tryResumeSession: true });
call({ makeClient: makeDurable, encodeSwissnum }, JSON.parse(location), makeWebSocketNetLayer).then(console.log);
