// @ts-check
import * as ours from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { requireWasm } from '../../js/wasm.js';

import harden from '@endo/harden';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

import { makeOcapn } from './ocapn.mjs';

const ocapn = makeOcapn({
  ...ours,
  E,
  makeTcpNetLayer: async options => (await import('../../js/netlayers/tcp.js')).makeTcpNetLayer(options),
});

/**
 * Sessions that outlive their connections. They are dialled when the benchmark asks for them, so that what is measured is one
 * attempt, and no wait for the next.
 */
const lasting = (/** @type {any} */ baggage = ours.makeInMemoryBaggage()) => ({
  baggage,
  tryResumeSession: true,
  reconnect: 'on-demand',
});

/** @type {import('../lib/types.mjs').Side & Record<string, any>} */
export const side = {
  name: 'ocapn-wasm',
  makeObject: methods => Far('object', methods),
  call: E,
  send: E.sendOnly,
  harden,
  makeBytes: bytes => /** @type {any} */ (bytes.buffer).sliceToImmutable(),
  connect: ocapn.connect,
  handshake: ocapn.handshake,
  serveTcp: target => ocapn.serveTcp(target, lasting()),
  dialTcp: (where, options) => ocapn.dialTcp(where, { a: lasting(), ...options }),
  codec: async () => {
    const { codec } = requireWasm();
    return { encode: codec.encodeValue, decode: codec.decodeValue };
  },
  durable: {
    openBaggage: filePath => ours.makeFsDurableBaggage({ filePath }),
    memoryBaggage: ours.makeInMemoryBaggage,
    network: makeMemoryNetwork,
    makePeer: ocapn.makePeer,
    fetch: ocapn.fetch,
  },
  lasting,
  wasmBytes: () => requireWasm().memory.buffer.byteLength,
};
