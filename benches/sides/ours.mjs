// @ts-check
import * as ours from 'ocapn-wasm';
import { makeMemoryNetwork } from 'ocapn-wasm/netlayer/memory';

import harden from '@endo/harden';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

import { makeOcapn } from './ocapn.mjs';

const ocapn = makeOcapn({
  ...ours,
  E,
  makeTcpNetLayer: async options => (await import('ocapn-wasm/netlayer/tcp-testing')).makeTcpNetLayer(options),
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
    // No entry of the package has it.
    await import('../../js/index.js');
    const { codec } = (await import('../../js/wasm.js')).requireWasm();
    return { encode: codec.encodeValue, decode: codec.decodeValue };
  },
  durable: {
    openBaggage: filePath => ours.makeFsDurableBaggage({ filePath }),
    memoryBaggage: ours.makeInMemoryBaggage,
    network: makeMemoryNetwork,
    makePeer: ocapn.makePeer,
    fetch: ocapn.fetch,
    isLasting: true,
  },
  lasting,
};
