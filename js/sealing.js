// @ts-check

import { makeError } from './errors.js';

/**
 * Encryption as the core does it, at once, which every host has.
 */

/**
 * What wasm-bindgen makes. Its own declarations name types that not every host has.
 *
 * @typedef {object} RawSealer
 * @property {(settings: Uint8Array) => Uint8Array} check
 * @property {(name: string, value: Uint8Array, random: Uint8Array) => Uint8Array | undefined} seal
 * @property {(name: string, sealed: Uint8Array) => Uint8Array | undefined} open
 * @property {(name: string) => Uint8Array} seal_name
 * @property {(sealed: Uint8Array) => string | undefined} open_name
 * @property {() => void} free
 */

/**
 * @typedef {object} Sealing
 * @property {(key: Uint8Array, id: Uint8Array) => RawSealer} make of a key of 32 bytes and a store's id of 16
 * @property {(sealer: RawSealer) => void} free forgets the keys
 * @property {(sealer: RawSealer, settings: Uint8Array) => Uint8Array} check what only the same key makes of the same settings
 * @property {(sealer: RawSealer, name: string, value: Uint8Array, random: Uint8Array) => Uint8Array} seal `random` are 24 fresh
 *   random bytes; `API_MISUSE` for any other number of them
 * @property {(sealer: RawSealer, name: string, sealed: Uint8Array) => Uint8Array | undefined} open
 * @property {(sealer: RawSealer, name: string) => Uint8Array} sealName
 * @property {(sealer: RawSealer, sealed: Uint8Array) => string | undefined} openName
 */

/**
 * @param {object} bindings the core's
 * @param {new (key: Uint8Array, id: Uint8Array) => RawSealer} bindings.Sealer
 * @returns {Sealing}
 */
export const makeSealing = bindings => ({
  make: (key, id) => new bindings.Sealer(key, id),
  free: sealer => sealer.free(),
  check: (sealer, settings) => sealer.check(settings),
  seal: (sealer, name, value, random) => {
    const sealed = sealer.seal(name, value, random);
    if (sealed) return sealed;
    throw makeError('API_MISUSE', `random() gave ${random.length} bytes.`);
  },
  open: (sealer, name, sealed) => sealer.open(name, sealed),
  sealName: (sealer, name) => sealer.seal_name(name),
  openName: (sealer, sealed) => sealer.open_name(sealed),
});
