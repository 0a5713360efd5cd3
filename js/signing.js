// @ts-check

import { makeError } from './errors.js';

/**
 * Ed25519 as the core does it, which every host has; verification is strict.
 *
 * @typedef {object} Signing
 * @property {(seed: Uint8Array) => Uint8Array} publicKey 32 bytes, of a secret of 32 bytes
 * @property {(seed: Uint8Array, message: Uint8Array) => Uint8Array} sign 64 bytes
 * @property {(key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean} verify never true where a length is wrong
 */

/**
 * @param {Uint8Array | undefined} made
 * @returns {Uint8Array}
 */
const mustBe = made => {
  if (made === undefined) {
    throw makeError('API_MISUSE', 'The secret of a key is 32 bytes.');
  }
  return made;
};

/**
 * @param {object} bindings the core's functions
 * @param {(seed: Uint8Array) => Uint8Array | undefined} bindings.ed25519_public_key
 * @param {(seed: Uint8Array, message: Uint8Array) => Uint8Array | undefined} bindings.ed25519_sign
 * @param {(key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean} bindings.ed25519_verify
 * @returns {Signing}
 */
export const makeSigning = bindings => ({
  publicKey: seed => mustBe(bindings.ed25519_public_key(seed)),
  sign: (seed, message) => mustBe(bindings.ed25519_sign(seed, message)),
  verify: (key, message, signature) => bindings.ed25519_verify(key, message, signature),
});
