// @ts-check

import { base64url } from '../base-text.js';
import { makeError } from '../errors.js';
import { HEADER } from './encrypted-header.js';
import { showKey } from './entries.js';

/** @import { Random } from '../random.js' */
/** @import { Sealing } from '../sealing.js' */

const RANDOM_BYTES = 24;

/** What a hidden key begins with. */
export const HIDDEN = 'e:';

/** Keys and values on their way into the baggage below, and out of it. */
export class Envelope {
  /** @type {Sealing} */
  #sealing;

  /** @type {import('../sealing.js').RawSealer | undefined} */
  #sealer;

  #isHidden;

  #random;

  /** Names of keys that are listed, so that each is decrypted once. @type {Map<string, string>} */
  #names = new Map();

  /**
   * @param {Sealing} sealing
   * @param {import('../sealing.js').RawSealer} sealer
   * @param {boolean} isHidden
   * @param {Random} random
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
    return this.#sealing.seal(sealer, name, value, this.#random(RANDOM_BYTES));
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
