// @ts-check
import { endoMaster } from '../lib/endo.mjs';
import { makeOcapn } from './ocapn.mjs';

/**
 * `@endo/ocapn`, with the packages that it has itself.
 *
 * @import { EndoPackage } from '../lib/endo.mjs'
 */

const found = /** @type {EndoPackage} */ (endoMaster());
const load = (/** @type {string} */ specifier) => import(found.resolve(specifier));
const file = (/** @type {string} */ path) => import(found.file(path));

// What its packages need where there was no lockdown; they find it done otherwise.
await load('ses/assert-shim.js');
await load('@endo/immutable-arraybuffer/shim.js');
await load('@endo/eventual-send/shim.js');

const { E } = await load('@endo/eventual-send');
const { Far } = await load('@endo/marshal');
const { default: harden } = await load('@endo/harden');
const { makeClient, swissnumFromBytes } = await file('index.js');

const ocapn = makeOcapn({
  makeClient,
  swissnumFromBytes,
  E,
  makeTcpNetLayer: async options => {
    const { makeTcpNetLayer } = await file('src/netlayers/tcp-test-only.js');
    return makeTcpNetLayer(options);
  },
});

/** Its codec of values, for values that are data alone. */
const codec = async () => {
  const { makePassableCodecs } = await file('src/codecs/passable.js');
  const { makeSyrupReader } = await file('src/syrup/decode.js');
  const { makeSyrupWriter } = await file('src/syrup/encode.js');
  const none = { read() {}, write() {}, getChildCodecs: () => ({}) };
  const { PassableCodec } = makePassableCodecs({
    ReferenceCodec: none,
    OcapnSturdyRefCodec: none,
    HandOffUnionCodec: none,
  });
  return {
    encode: (/** @type {any} */ value) => {
      const writer = makeSyrupWriter();
      PassableCodec.write(value, writer);
      return writer.getBytes();
    },
    // Its client hardens what it read.
    decode: (/** @type {Uint8Array} */ bytes) => harden(PassableCodec.read(makeSyrupReader(bytes))),
  };
};

/** @type {import('../lib/types.mjs').Side} */
export const side = {
  name: '@endo/ocapn',
  makeObject: methods => Far('object', methods),
  call: E,
  send: E.sendOnly,
  harden,
  makeBytes: bytes => /** @type {any} */ (bytes.buffer).sliceToImmutable(),
  connect: ocapn.connect,
  handshake: ocapn.handshake,
  serveTcp: ocapn.serveTcp,
  dialTcp: ocapn.dialTcp,
  codec,
};
