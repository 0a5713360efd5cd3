// @ts-check

/**
 * What is measured. Each is made afresh where that matters, and has a like that JSON can carry.
 */

const immutable = (/** @type {number} */ length) =>
  new Uint8Array(length).fill(7).buffer.sliceToImmutable();

const range = (/** @type {number} */ length) => Array.from({ length }, (_, i) => i);

const record = (/** @type {number} */ i) => ({
  id: BigInt(1000 + i),
  name: `an item with a number ${i}`,
  active: i % 2 === 0,
  score: i * 1.5,
  tags: ['red', 'green'],
});

/**
 * @typedef {object} Sample
 * @property {() => unknown} make a value
 * @property {() => unknown} like the like for JSON: bigints as numbers, bytes as text in base64
 */

/** @type {Record<string, Sample>} */
export const samples = {
  call: {
    make: () => ['echo', { a: 1n, b: 'hello', c: [1.5, true, null], d: immutable(32) }],
    like: () => ['echo', { a: 1, b: 'hello', c: [1.5, true, null], d: 'BwcH'.repeat(11) }],
  },
  'call without bytes': {
    make: () => ['echo', { a: 1n, b: 'hello', c: [1.5, true, null] }],
    like: () => ['echo', { a: 1, b: 'hello', c: [1.5, true, null] }],
  },
  '100 records': {
    make: () => range(100).map(record),
    like: () => range(100).map(i => ({ ...record(i), id: 1000 + i })),
  },
  '1,000 integers': {
    make: () => range(1000).map(i => BigInt(i) * 1_000_003n),
    like: () => range(1000).map(i => i * 1_000_003),
  },
  '1,000 floats': {
    make: () => range(1000).map(i => i + 0.5),
    like: () => range(1000).map(i => i + 0.5),
  },
  '100 kB string': {
    make: () => 'abcdefghij'.repeat(10_000),
    like: () => 'abcdefghij'.repeat(10_000),
  },
  '100 kB string, not ASCII': {
    make: () => 'äbcdefghi'.repeat(10_000),
    like: () => 'äbcdefghi'.repeat(10_000),
  },
  '1 MiB bytes': {
    make: () => immutable(1 << 20),
    like: () => 'BwcH'.repeat((1 << 20) / 3),
  },
};
