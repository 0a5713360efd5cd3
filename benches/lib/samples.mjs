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

/** 100 records: 8.9 kB as Syrup. */
export const records = (count = 100) => range(count).map(record);

export const MEBIBYTE = 1 << 20;

export const mebibyte = () => new Uint8Array(MEBIBYTE).fill(7);

/**
 * What the codecs are measured with: how to make it, and how many bytes it is as Syrup. For JSON, which has neither bigints
 * nor bytes, there is a like.
 *
 * @type {Record<string, { bytes: number, make: (side: Side) => any, like: () => any }>}
 */
export const codecSamples = {
  '100 records': {
    bytes: 8892,
    make: () => records(),
    like: () => range(100).map(i => ({ ...record(i), id: 1000 + i })),
  },
  '1,000 integers': {
    bytes: 9886,
    make: () => range(1000).map(i => BigInt(i) * 1_000_003n),
    like: () => range(1000).map(i => i * 1_000_003),
  },
  '1,000 floats': {
    bytes: 9002,
    make: () => range(1000).map(i => i + 0.5),
    like: () => range(1000).map(i => i + 0.5),
  },
  '1,000 short strings': {
    bytes: 12_792,
    make: () => range(1000).map(i => `string ${i}`),
    like: () => range(1000).map(i => `string ${i}`),
  },
  'a 100 kB string': {
    bytes: 100_007,
    make: () => 'abcdefghij'.repeat(10_000),
    like: () => 'abcdefghij'.repeat(10_000),
  },
  '1 MiB bytes': {
    bytes: 1_048_584,
    make: side => side.makeBytes(mebibyte()),
    like: () => 'BwcH'.repeat(MEBIBYTE / 3),
  },
};
