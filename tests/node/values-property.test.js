// @ts-check
import assert from 'node:assert/strict';
import { it } from 'node:test';

// First: it brings what the packages of Endo need.
import { makeCodec } from './values/core.js';

import { makeTagged } from '@endo/pass-style';
import fc from 'fast-check';

import { show } from './values/show.js';

const { encodeValue, decodeValue } = makeCodec();

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'then', ''));
const name = text.filter(it => !it.startsWith('@@'));

/** @type {fc.Arbitrary<unknown>} */
const passable = fc.letrec(tie => ({
  any: fc.oneof({ depthSize: 'small' }, tie('leaf'), tie('list'), tie('struct'), tie('tagged')),
  leaf: fc.oneof(
    fc.constantFrom(undefined, null, -0, NaN),
    fc.boolean(),
    fc.double(),
    fc.bigInt(),
    fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
    text,
    name.map(it => Symbol.for(it)),
    fc.uint8Array().map(it => new Uint8Array(it).buffer.sliceToImmutable()),
    text.map(it => Error(it)),
  ),
  list: fc.array(tie('any')),
  struct: fc.array(fc.tuple(text, tie('any'))).map(it => Object.fromEntries(it)),
  tagged: fc.tuple(text, tie('any')).map(([tag, payload]) => makeTagged(tag, /** @type {any} */ (payload))),
})).any;

it('reads back any value as it was', () => {
  fc.assert(
    fc.property(passable, value => {
      const back = decodeValue(encodeValue(value));
      assert.equal(show(back), show(value));
      assert.deepEqual(encodeValue(back), encodeValue(value));
    }),
    { numRuns: 1000 },
  );
});

it('reads any bytes, or says with a code that they are none', () => {
  const valid = passable.map(it => encodeValue(it));
  const damaged = fc.tuple(valid, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
    const copy = bytes.slice();
    copy[at % copy.length] = byte;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), damaged), bytes => {
      try {
        decodeValue(bytes);
      } catch (error) {
        const { code } = /** @type {any} */ (error);
        assert.ok(['MALFORMED_MESSAGE', 'NOT_PASSABLE', 'LIMIT_EXCEEDED'].includes(code), String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
