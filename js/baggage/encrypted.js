// @ts-check

import harden from '@endo/harden';
import { codeOf, makeError } from '../errors.js';
import { randomBytes } from '../random.js';
import { requireWasm } from '../wasm.js';
import { Envelope, HIDDEN } from './encrypted-envelope.js';
import { decodeHeader, encodeHeader, HEADER, ID_BYTES } from './encrypted-header.js';
import { assertKey, compareKeys, copyValue, MAX_NAME_BYTES, showKey } from './entries.js';
import { SESSION_PREFIXES } from './session-keys.js';

/** @import { Baggage } from './types.js' */
/** @import { Random } from '../random.js' */

const KEY_BYTES = 32;

const encoder = new TextEncoder();

/**
 * @typedef {object} EncryptedBaggageOptions
 * @property {boolean} [hideKeys] whether keys are encrypted, too (default true); what a store was made with stays
 * @property {Random} [random] the host's source of randomness
 * @property {boolean} [forgetSessions] drop all sessions (not the sturdyrefs, and not what the application stored): for a
 *   store that was copied, or restored from a backup
 */

/**
 * @param {string} why
 * @returns {never}
 */
const misuse = why => {
  throw makeError('API_MISUSE', why);
};

/** @param {unknown} value */
const isThenable = value => typeof Object(value).then === 'function';

/**
 * Opens what a baggage was encrypted with, or begins, where it is empty.
 *
 * @param {Baggage} baggage
 * @param {Uint8Array} key
 * @param {boolean} hideKeys
 * @param {Random} random
 * @returns {{ envelope: Envelope, header: Uint8Array | undefined }} the header is to be written before anything else
 */
const openEnvelope = (baggage, key, hideKeys, random) => {
  const { sealing } = requireWasm();
  const stored = baggage.get(HEADER);
  if (!stored) {
    const [other] = baggage.keys();
    if (other !== undefined) {
      throw other.startsWith(HIDDEN)
        ? makeError('STORE_DAMAGED', `The record under ${showKey(HEADER)} is missing: restore it from a copy.`)
        : makeError('API_MISUSE', `This baggage holds what is not encrypted, at ${showKey(other)}: begin with an empty one.`);
    }
  }
  const header = stored && decodeHeader(stored);
  const id = header?.id ?? random(ID_BYTES);
  if (id.length !== ID_BYTES) misuse(`random(${ID_BYTES}) gave ${id.length} bytes.`);
  const isHidden = header?.isHidden ?? hideKeys;
  const sealer = sealing.make(key, id);
  const check = sealing.check(sealer, encoder.encode(isHidden ? 'hidden' : 'shown'));
  if (header && check.some((byte, i) => byte !== header.check[i])) {
    sealing.free(sealer);
    throw makeError('WRONG_KEY', 'This is not the key that the baggage was encrypted with.');
  }
  return {
    envelope: new Envelope(sealing, sealer, isHidden, random),
    header: header ? undefined : encodeHeader({ id, isHidden, check }),
  };
};

/**
 * @param {Baggage} baggage
 * @param {Uint8Array} key
 * @param {EncryptedBaggageOptions} options
 * @param {(key: string, damage: unknown) => void} [skip] told of a key that cannot be read; without it that is thrown
 * @returns {Baggage & Required<Pick<Baggage, 'init' | 'close'>>}
 */
export const openEncrypted = (baggage, key, { hideKeys = true, random = randomBytes, forgetSessions = false }, skip) => {
  if (!(key instanceof Uint8Array) || key.length !== KEY_BYTES) misuse(`The key of an encrypted baggage is ${KEY_BYTES} random bytes.`);
  const { envelope, header } = openEnvelope(baggage, key, hideKeys, random);
  let isBegun = header === undefined;

  /**
   * @param {unknown} name
   * @returns {name is string}
   */
  const isName = name => {
    try {
      assertName(name);
    } catch {
      return false;
    }
    return true;
  };

  /**
   * @param {unknown} name
   * @returns {asserts name is string}
   */
  function assertName(name) {
    assertKey(name, MAX_NAME_BYTES);
    if (name === HEADER) misuse(`${showKey(HEADER)} is this baggage's own.`);
  }

  /** @param {string} below */
  const nameOf = below => {
    try {
      return envelope.nameOf(below);
    } catch (error) {
      if (!skip || codeOf(error) !== 'STORE_DAMAGED') throw error;
      skip(below, error);
      return undefined;
    }
  };

  /** @type {Promise<void> | undefined} */
  let closed;

  const close = async () => {
    envelope.end();
    await baggage.close?.();
  };

  /** @type {Baggage & Required<Pick<Baggage, 'init' | 'close'>>} */
  const encrypted = {
    has: name => isName(name) && baggage.has(envelope.keyOf(name)),
    get: name => {
      if (!isName(name)) return undefined;
      const sealed = baggage.get(envelope.keyOf(name));
      return sealed && envelope.open(name, sealed);
    },
    set: (name, value) => {
      assertName(name);
      const below = envelope.keyOf(name);
      const sealed = envelope.seal(name, copyValue(name, value));
      if (isBegun) return baggage.set(below, sealed);
      const first = baggage.set(HEADER, /** @type {Uint8Array} */ (header));
      isBegun = true;
      const second = baggage.set(below, sealed);
      return isThenable(first) || isThenable(second) ? Promise.all([first, second]) : second;
    },
    delete: name => {
      if (!isName(name)) return undefined;
      const below = envelope.keyOf(name);
      const result = baggage.delete(below);
      envelope.forget(below);
      return result;
    },
    keys: (prefix = '') => {
      /** @type {string[]} */
      const names = [];
      for (const below of baggage.keys()) {
        const name = nameOf(below);
        if (name?.startsWith(prefix)) names.push(name);
      }
      return names.sort(compareKeys);
    },
    init: (name, value) => {
      if (encrypted.has(name)) throw makeError('API_MISUSE', `There is a value under ${showKey(name)} already.`);
      encrypted.set(name, value);
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
  const { commit, durability, bootId } = baggage;
  if (commit) {
    encrypted.commit = () => {
      envelope.assertOpen();
      return baggage.commit?.();
    };
  }
  if (durability) encrypted.durability = durability;
  if (bootId !== undefined) encrypted.bootId = bootId;

  // A key that cannot be read is found out now, and not in the middle of something.
  try {
    for (const name of encrypted.keys()) {
      if (forgetSessions && SESSION_PREFIXES.some(prefix => name.startsWith(prefix))) encrypted.delete(name);
    }
  } catch (error) {
    envelope.end();
    throw error;
  }
  return harden(encrypted);
};

/**
 * Encrypts what is kept in another baggage, which has to be empty at first, and used through this one alone.
 *
 * Values are sealed with XChaCha20-Poly1305: one that was changed, cut off, or moved from another key or another store is a
 * `STORE_DAMAGED` that names its key. Whoever can write the baggage below can still delete entries, or bring back the value
 * that a key once had. Keys are hidden unless said otherwise: then their number and lengths are seen, and which ones change.
 *
 * Commits, and what the data survives, are those of the baggage below. Closing it closes that, and forgets the key.
 *
 * @param {Baggage} baggage
 * @param {Uint8Array} key 32 random bytes, which are copied; not a password, and nowhere in the baggage
 * @param {EncryptedBaggageOptions} [options]
 * @returns {Baggage & Required<Pick<Baggage, 'init' | 'close'>>}
 * @throws {import('../errors.js').CodedError} `WRONG_KEY`; `STORE_DAMAGED`, naming what does not hold together; `STORE_NEWER`;
 *   `API_MISUSE` when the baggage holds what is not encrypted
 */
export const encryptedBaggage = (baggage, key, options = {}) => openEncrypted(baggage, key, options);
harden(encryptedBaggage);
