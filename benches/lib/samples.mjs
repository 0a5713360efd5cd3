// @ts-check

/**
 * The values that are measured. Each is made afresh where that matters.
 *
 * @import { Side } from './types.mjs'
 */

const range = (/** @type {number} */ length) => Array.from({ length }, (_, i) => i);

const record = (/** @type {number} */ i) => ({
  id: BigInt(1000 + i),
  name: `an item with a number ${i}`,
  active: i % 2 === 0,
  score: i * 1.5,
  tags: ['red', 'green'],
});

export const records = (count = 100) => range(count).map(record);

/** How long so many records are as Syrup. @type {Record<number, string>} */
export const RECORDS_KB = { 10: '0.9', 100: '8.9', 1000: '90' };

export const MEBIBYTE = 1 << 20;

export const mebibyte = () => new Uint8Array(MEBIBYTE).fill(7);

/**
 * @param {any} value data alone; a string for each of its symbols
 * @returns {number} bytes that it has as Syrup
 */
const syrupLength = value => {
  const counted = (/** @type {number} */ length) => String(length).length + 1 + length;
  if (typeof value === 'bigint') return String(value).replace('-', '').length + 1;
  if (typeof value === 'number') return 9;
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'string') return counted(new TextEncoder().encode(value).length);
  if (value instanceof Uint8Array) return counted(value.length);
  const items = Array.isArray(value) ? value : Object.entries(value).flat();
  return items.reduce((sum, item) => sum + syrupLength(item), 2);
};

/**
 * What the codecs are measured with: at which sizes, the one that is shown first, how each is called, and how to make it. For JSON,
 * which has neither bigints nor bytes, there is a like.
 *
 * @typedef {object} Kind
 * @property {string} name
 * @property {number[]} sizes
 * @property {(size: number) => string} called
 * @property {(size: number) => any} make with bytes as a `Uint8Array`
 * @property {(size: number) => any} [like]
 */

const many = (/** @type {string} */ what) => (/** @type {number} */ count) => `${count.toLocaleString('en')} ${what}`;

/** @type {Kind[]} */
const kinds = [
  {
    name: 'records',
    sizes: [100, 10, 1000],
    called: many('records'),
    make: records,
    like: count => range(count).map(i => ({ ...record(i), id: 1000 + i })),
  },
  {
    name: 'integers',
    sizes: [1000, 100, 10_000],
    called: many('integers'),
    make: count => range(count).map(i => BigInt(i) * 1_000_003n),
    like: count => range(count).map(i => i * 1_000_003),
  },
  {
    name: 'floats',
    sizes: [1000, 100, 10_000],
    called: many('floats'),
    make: count => range(count).map(i => i + 0.5),
  },
  {
    name: 'short strings',
    sizes: [1000, 100, 10_000],
    called: many('short strings'),
    make: count => range(count).map(i => `string ${i}`),
  },
  {
    name: 'a string',
    sizes: [100, 10, 1000],
    called: kb => `a ${kb.toLocaleString('en')} kB string`,
    make: kb => 'abcdefghij'.repeat(kb * 100),
  },
  {
    name: 'bytes',
    sizes: [1024, 256, 64],
    called: kib => (kib === 1024 ? '1 MiB bytes' : `${kib} KiB bytes`),
    make: kib => mebibyte().slice(0, kib * 1024),
    like: kib => 'BwcH'.repeat((kib * 1024) / 3),
  },
];

/**
 * @typedef {object} CodecSample
 * @property {string} name
 * @property {string} series the same at other sizes
 * @property {boolean} isMain
 * @property {number} bytes as Syrup
 * @property {(side: Side) => any} make
 * @property {() => any} like for JSON
 */

/** @type {CodecSample[]} */
export const codecSamples = kinds.flatMap(({ name, sizes, called, make, like = make }) =>
  sizes.map(size => {
    const plain = make(size);
    return {
      name: called(size),
      series: name,
      isMain: size === sizes[0],
      bytes: syrupLength(plain),
      make: side => (plain instanceof Uint8Array ? side.makeBytes(make(size)) : make(size)),
      like: () => like(size),
    };
  }),
);
