// @ts-check

import harden from '@endo/harden';
import { base64url } from '../base-text.js';
import { makeError } from '../errors.js';
import { requireWasm } from '../wasm.js';
import { decodeHeader, encodeHeader, HEADER, ID_BYTES } from './encrypted-header.js';
import { assertKey, compareKeys, copyValue, MAX_NAME_BYTES, showKey } from './entries.js';
import { SESSION_PREFIXES } from './session-prefixes.js';

/** @import { Baggage } from './types.js' */
/** @import { Sealing } from '../sealing.js' */

const KEY_BYTES = 32;
const RANDOM_BYTES = 24;

/** What a hidden key begins with. */
const HIDDEN = 'e:';

const encoder = new TextEncoder();

/**
 * @typedef {object} EncryptedBaggageOptions
 * @property {boolean} [hideKeys] whether keys are encrypted, too (default true); what a store was made with stays
 * @property {(length: number) => Uint8Array} [random] the host's source of randomness
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

/** Keys and values on their way into the baggage below, and out of it. */
class Envelope {
  /** @type {Sealing} */
  #sealing;

  /** @type {import('../../pkg/ocapn_wasm.js').Sealer | undefined} */
  #sealer;

  #isHidden;

  #random;

  /** Names of keys that are listed, so that each is decrypted once. @type {Map<string, string>} */
  #names = new Map();

  /**
   * @param {Sealing} sealing
   * @param {import('../../pkg/ocapn_wasm.js').Sealer} sealer
   * @param {boolean} isHidden
   * @param {((length: number) => Uint8Array) | undefined} random
   */
  constructor(sealing, sealer, isHidden, random) {
    this.#sealing = sealing;
    this.#sealer = sealer;
    this.#isHidden = isHidden;
    this.#random = random;
  }

  get #live() {
    if (this.#sealer) return this.#sealer;
    throw makeError('STORE_FAILED', 'The encrypted baggage was closed: open it again before going on.');
  }

  /** Throws once it was closed. */
  assertOpen() {
    return void this.#live;
  }

  /** Forgets the key. */
  end() {
    const sealer = this.#sealer;
    this.#sealer = undefined;
    this.#names.clear();
    if (sealer) this.#sealing.free(sealer);
  }

  /**
   * @param {string} name
   * @returns {string} the key below
   */
  keyOf(name) {
    const sealer = this.#live;
    if (!this.#isHidden) return name;
    return `${HIDDEN}${base64url.encode(this.#sealing.sealName(sealer, name))}`;
  }

  /**
   * @param {string} key of the baggage below
   * @returns {string | undefined} undefined for the header
   */
  nameOf(key) {
    const sealer = this.#live;
    if (key === HEADER) return undefined;
    if (!this.#isHidden) return key;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const sealed = key.startsWith(HIDDEN) ? base64url.decode(key.slice(HIDDEN.length)) : undefined;
    const name = sealed && this.#sealing.openName(sealer, sealed);
    if (name === undefined) {
      throw makeError('STORE_DAMAGED', `The key ${showKey(key)} of the baggage below was not encrypted by this one: delete it.`);
    }
    this.#names.set(key, name);
    return name;
  }

  /** @param {string} key of the baggage below */
  forget(key) {
    this.#names.delete(key);
  }

  /**
   * @param {string} name
   * @param {Uint8Array} value
   */
  seal(name, value) {
    const sealer = this.#live;
    const random = this.#random?.(RANDOM_BYTES);
    if (random && random.length !== RANDOM_BYTES) misuse(`random(${RANDOM_BYTES}) gave ${random.length} bytes.`);
    return this.#sealing.seal(sealer, name, value, random);
  }

  /**
   * @param {string} name
   * @param {Uint8Array} sealed
   */
  open(name, sealed) {
    const value = this.#sealing.open(this.#live, name, sealed);
    if (value) return value;
    throw makeError(
      'STORE_DAMAGED',
      `What is under ${showKey(name)} does not decrypt: it was changed, or is from another place. Delete it, or restore it from a copy.`,
    );
  }
}

/**
 * Opens what a baggage was encrypted with, or begins, where it is empty.
 *
 * @param {Baggage} baggage
 * @param {Uint8Array} key
 * @param {boolean} hideKeys
 * @param {((length: number) => Uint8Array) | undefined} random
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
  const id = header?.id ?? random?.(ID_BYTES) ?? sealing.random(ID_BYTES);
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
export const encryptedBaggage = (baggage, key, { hideKeys = true, random, forgetSessions = false } = {}) => {
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
        const name = envelope.nameOf(below);
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
  const { commit, durability } = baggage;
  if (commit) {
    encrypted.commit = () => {
      envelope.assertOpen();
      return baggage.commit?.();
    };
  }
  if (durability) encrypted.durability = durability;

  // A key that cannot be read is found out now, and not in the middle of something.
  for (const name of encrypted.keys()) {
    if (forgetSessions && SESSION_PREFIXES.some(prefix => name.startsWith(prefix))) encrypted.delete(name);
  }
  return harden(encrypted);
};
harden(encryptedBaggage);
