// @ts-check

/**
 * Text out of the core's memory. The core has checked that it is UTF-8.
 */

/** @import { CoreMemory } from './memory.js' */

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const { fromCharCode } = String;
const { keys } = Object;

/** Up to this long, characters are put together one by one. Measured: 4 ns each; the engine takes 55 (Node) or 95. */
const SHORT = 12;

/** Names up to this long are remembered. */
const LONGEST_NAME = 24;

/** Names that are remembered; a power of two. */
const SLOTS = 512;

/**
 * @param {CoreMemory} core
 * @param {number} start address
 * @param {number} length bytes
 * @returns {string}
 */
export const utf8 = (core, start, length) => decoder.decode(core.u8.subarray(start, start + length));

/**
 * @param {CoreMemory} core
 * @param {number} start address
 * @param {number} length bytes, all of them ASCII
 * @returns {string}
 */
export const ascii = (core, start, length) => {
  if (length > SHORT) {
    const { latin1 } = core;
    return latin1 === undefined
      ? utf8(core, start, length)
      : latin1.toString('latin1', start, start + length);
  }
  const { view } = core;
  const end = start + length;
  let text = '';
  let at = start;
  for (; at + 4 <= end; at += 4) {
    text += fromCharCode(
      view.getUint8(at),
      view.getUint8(at + 1),
      view.getUint8(at + 2),
      view.getUint8(at + 3),
    );
  }
  switch (end - at) {
    case 3:
      return text + fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2));
    case 2:
      return text + fromCharCode(view.getUint8(at), view.getUint8(at + 1));
    case 1:
      return text + fromCharCode(view.getUint8(at));
    default:
      return text;
  }
};

/**
 * @param {string} text
 * @param {CoreMemory} core
 * @param {number} start address of as many bytes
 * @returns {boolean} whether they are the text, and ASCII
 */
const isTextAt = (text, core, start) => {
  const { view } = core;
  const { length } = text;
  for (let i = 0; i < length; i += 1) {
    if (text.charCodeAt(i) !== view.getUint8(start + i)) return false;
  }
  return true;
};

/**
 * @param {CoreMemory} core
 * @param {number} start address
 * @param {number} length
 * @returns {boolean}
 */
const isAsciiAt = ({ view }, start, length) => {
  let bits = 0;
  for (let i = 0; i < length; i += 1) bits |= view.getUint8(start + i);
  return bits < 0x80;
};

/**
 * Names that come again and again: keys of structs, names of methods. A string that was made once is found by its
 * bytes, and the engine needs not intern it again. A peer that sends ever new names makes this slower, not larger.
 */
export class Names {
  /** @type {string[]} */
  #names = new Array(SLOTS).fill('');
  #unfit;

  /**
   * @param {(name: string) => boolean} [unfit] names never to remember
   */
  constructor(unfit = () => false) {
    this.#unfit = unfit;
  }

  /**
   * The name at an address, if it is remembered or can be from now on: short, ASCII, and not unfit.
   *
   * @param {CoreMemory} core
   * @param {number} start address
   * @param {number} length bytes
   * @returns {string | undefined}
   */
  find(core, start, length) {
    if (length === 0 || length > LONGEST_NAME) return undefined;
    const { view } = core;
    const hash =
      (31 * view.getUint8(start) +
        13 * view.getUint8(start + (length >> 1)) +
        7 * view.getUint8(start + length - 1) +
        length) &
      (SLOTS - 1);
    const known = /** @type {string} */ (this.#names[hash]);
    if (known.length === length && isTextAt(known, core, start)) return known;
    if (!isAsciiAt(core, start, length)) return undefined;
    const name = ascii(core, start, length);
    if (this.#unfit(name)) return undefined;
    // The key of an object is interned: found faster as a key of the next one.
    const interned = /** @type {string} */ (keys({ [name]: 0 })[0]);
    this.#names[hash] = interned;
    return interned;
  }
}
