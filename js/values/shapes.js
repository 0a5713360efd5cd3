// @ts-check

/**
 * Shapes of records that come again and again: the same keys in the same order. Of one that was met twice, the order
 * on the wire is known, and what goes on the tape for each key.
 *
 * This saves time alone: the core sorts what is not in order, and judges all of it.
 */

/** Shapes that are remembered; a power of two. */
const SLOTS = 128;

/** Records with more keys are not remembered, nor are those with longer keys. */
const MOST_KEYS = 32;
const LONGEST_KEY = 32;

const ASCII = /^[\0-\x7f]*$/;

/**
 * @typedef {object} Shape
 * @property {readonly string[]} names as the record has them
 * @property {readonly string[] | undefined} order as they go on the wire; undefined before it was met again
 * @property {readonly Int32Array[]} images what goes on the tape for each, in that order: length, UTF-8, padding
 */

/** @typedef {'utf16' | 'encoded'} KeyOrder by code units, or by the encoded key with its length in front */

/** @param {string} key ASCII */
const imageOf = key => {
  const count = 1 + Math.ceil(key.length / 4);
  const view = new DataView(new ArrayBuffer(4 * count));
  view.setInt32(0, key.length, true);
  for (let i = 0; i < key.length; i += 1) view.setUint8(4 + i, key.charCodeAt(i));
  return Int32Array.from({ length: count }, (_, i) => view.getInt32(4 * i, true));
};

/** @type {Record<KeyOrder, (a: string, b: string) => number>} */
const comparators = {
  utf16: (a, b) => (a < b ? -1 : 1),
  encoded: (a, b) => (`${a.length}"${a}` < `${b.length}"${b}` ? -1 : 1),
};

/**
 * @param {readonly string[]} a
 * @param {readonly string[]} b
 */
const areSame = (a, b) => {
  const { length } = a;
  if (length !== b.length) return false;
  for (let i = 0; i < length; i += 1) {
    if (a[i] !== b[i]) return false;
  }
  return true;
};

export class Shapes {
  /** @type {(Shape | undefined)[]} */
  #shapes = new Array(SLOTS).fill(undefined);
  #compare;

  /** @param {KeyOrder} order */
  constructor(order) {
    this.#compare = comparators[order];
  }

  /**
   * @param {string[]} names the keys of a record, in its order; kept
   * @returns {(Shape & { order: readonly string[] }) | undefined} if it was met before
   */
  find(names) {
    const { length } = names;
    if (length === 0 || length > MOST_KEYS) return undefined;
    const first = /** @type {string} */ (names[0]);
    const last = /** @type {string} */ (names[length - 1]);
    const slot = (length * 31 + first.length * 7 + last.length * 5 + first.charCodeAt(0)) & (SLOTS - 1);
    const shape = this.#shapes[slot];
    if (shape === undefined || !areSame(shape.names, names)) {
      this.#shapes[slot] = { names, order: undefined, images: [] };
      return undefined;
    }
    if (shape.order === undefined) {
      if (!names.every(isPlain)) return undefined;
      const order = [...names].sort(this.#compare);
      const known = { names, order, images: order.map(imageOf) };
      this.#shapes[slot] = known;
      return known;
    }
    return /** @type {Shape & { order: readonly string[] }} */ (shape);
  }
}

/** @param {string} name a key that can be written without a look at its value */
const isPlain = name => name.length <= LONGEST_KEY && ASCII.test(name) && name !== 'then';
