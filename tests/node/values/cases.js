// @ts-check
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

// First: it brings what the packages of Endo need.
import { makeCodec } from './core.js';

import harden from '@endo/harden';
import { Far, makeTagged, passStyleOf } from '@endo/pass-style';

import { bytes, encodings, mixed, parsed } from './samples.js';
import { show } from './show.js';

const { encodeValue, decodeValue } = /** @type {any} */ (makeCodec());

const hexOf = (/** @type {Uint8Array} */ data) => Buffer.from(data).toString('hex');
const ofHex = (/** @type {string} */ hex) => new Uint8Array(Buffer.from(hex, 'hex'));
const ofText = (/** @type {string} */ text) => new Uint8Array(Buffer.from(text));

/** @param {any} value */
const assertHardened = value => {
  if (Object(value) !== value) return;
  assert.ok(Object.isFrozen(value), `frozen: ${show(value)}`);
  for (const key of Reflect.ownKeys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    assert.ok(descriptor && 'value' in descriptor);
    assertHardened(descriptor.value);
  }
};

/**
 * @param {() => unknown} run
 * @param {string} code
 * @param {RegExp} message
 */
const refuses = (run, code, message) => {
  assert.throws(run, (/** @type {any} */ error) => {
    assert.ok(error instanceof Error);
    assert.equal(/** @type {any} */ (error).code, code);
    assert.match(error.message, message);
    return true;
  });
};

/** @param {string} host */
export const describeValues = host => {
  describe(`values, ${host}`, () => {
    for (const [name, value, hex] of encodings) {
      it(`writes and reads ${name}`, () => {
        assert.equal(hexOf(encodeValue(value)), hex);
        const back = decodeValue(ofHex(hex));
        assert.equal(show(back), show(value));
        assertHardened(back);
        assert.equal(passStyleOf(/** @type {any} */ (back)), passStyleOf(/** @type {any} */ (harden(value))));
      });
    }

    it('reads back a value with everything in it, hardened and passable', () => {
      for (let i = 0; i < 3; i += 1) {
        const back = /** @type {any} */ (decodeValue(encodeValue(mixed)));
        assert.equal(show(back), show(mixed));
        assertHardened(back);
        assert.equal(passStyleOf(back), 'copyRecord');
        assert.equal(harden(back), back);
      }
    });

    it('makes own properties of keys that objects inherit', () => {
      const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', '__defineSetter__', 'valueOf'];
      const value = parsed(`{${names.map(name => `${JSON.stringify(name)}:[${JSON.stringify(name)}]`).join()}}`);
      const back = /** @type {any} */ (decodeValue(encodeValue(value)));
      assert.equal(Object.getPrototypeOf(back), Object.prototype);
      assert.deepEqual(Object.keys(back).sort(), [...names].sort());
      for (const name of names) {
        const descriptor = Object.getOwnPropertyDescriptor(back, name);
        assert.deepEqual(descriptor?.value, [name]);
        assert.equal(descriptor?.enumerable, true);
      }
    });

    it('passes an error as its message', () => {
      const error = Object.assign(TypeError('boom'), { code: 'E' });
      assert.equal(hexOf(encodeValue(error)), hexOf(ofText("<10'desc:error4\"boom>")));
      const back = /** @type {any} */ (decodeValue(encodeValue([error])))[0];
      assert.equal(back.message, 'boom');
      assert.equal(Object.getPrototypeOf(back), Error.prototype);
      assert.ok(Object.isFrozen(back));
      assert.equal(passStyleOf(back), 'error');
      assert.equal(hexOf(encodeValue(Error('\ud800'))), hexOf(ofText("<10'desc:error3\"\ufffd>")));
    });

    it('takes data that is not hardened, and leaves it so', () => {
      const value = { list: [{}], error: Error('x'), bytes: bytes(1) };
      encodeValue(value);
      assert.ok(!Object.isFrozen(value) && !Object.isFrozen(value.list));
    });

    const nested = (/** @type {number} */ depth) => {
      let value = /** @type {any} */ (1n);
      for (let i = 0; i < depth; i += 1) value = [value];
      return value;
    };
    const cyclic = /** @type {any} */ ({ inner: [] });
    cyclic.inner.push(cyclic);

    /** @type {[string, () => unknown, string, RegExp][]} */
    const refusals = [
      ['a plain function', () => ({ f: () => {} }), 'NOT_PASSABLE', /^Cannot pass v\.f: it is a function/],
      ['an instance of a class', () => [new (class A {})()], 'NOT_PASSABLE', /^Cannot pass v\[0\]: it is neither/],
      ['a Map', () => ({ 'a b': new Map() }), 'NOT_PASSABLE', /^Cannot pass v\["a b"\]: it is neither/],
      ['a Set', () => new Set(), 'NOT_PASSABLE', /^Cannot pass v: it is neither/],
      ['a Date', () => new Date(), 'NOT_PASSABLE', /^Cannot pass v: it is neither/],
      ['a RegExp', () => /x/, 'NOT_PASSABLE', /^Cannot pass v: it is neither/],
      ['a typed array', () => new Uint8Array(1), 'NOT_PASSABLE', /^Cannot pass v: it is a view of bytes that can change/],
      ['an ArrayBuffer that can change', () => new ArrayBuffer(1), 'NOT_PASSABLE', /^Cannot pass v: it is an ArrayBuffer that/],
      ['a symbol that is not registered', () => Symbol('x'), 'NOT_PASSABLE', /^Cannot pass v: it is a symbol that/],
      ['a well-known symbol', () => Symbol.iterator, 'NOT_PASSABLE', /^Cannot pass v: it is a symbol that/],
      ['a symbol of a reserved name', () => Symbol.for('@@x'), 'NOT_PASSABLE', /starts with @@/],
      ['a lone surrogate', () => ['\ud800'], 'NOT_PASSABLE', /^Cannot pass v\[0\]: it has a lone surrogate$/],
      ['a lone surrogate at the end of a long text', () => `${'x'.repeat(99)}\udc00`, 'NOT_PASSABLE', /surrogate/],
      ['a lone surrogate in a key', () => ({ '\udc00': 1n }), 'NOT_PASSABLE', /surrogate/],
      ['a lone surrogate in a symbol', () => Symbol.for('\ud800'), 'NOT_PASSABLE', /surrogate/],
      ['a getter', () => ({ get x() { return 1; } }), 'NOT_PASSABLE', /^Cannot pass v\.x: it is an accessor/],
      ['a setter', () => ({ set x(_) {} }), 'NOT_PASSABLE', /^Cannot pass v\.x: it is an accessor/],
      ['a property that is not enumerable', () => Object.defineProperty({}, 'x', { value: 1 }), 'NOT_PASSABLE', /^Cannot pass v\.x: it is not enum/],
      ['a symbol for a key', () => ({ [Symbol.for('k')]: 1n }), 'NOT_PASSABLE', /^Cannot pass v: it is a record with a symbol/],
      ['an object without prototype', () => Object.create(null), 'NOT_PASSABLE', /^Cannot pass v: it is neither/],
      ['an object with another prototype', () => Object.create({}), 'NOT_PASSABLE', /^Cannot pass v: it is neither/],
      ['a false immutable buffer', () => Object.create(ArrayBuffer.prototype), 'NOT_PASSABLE', /^Cannot pass v: it is an ArrayBuffer/],
      ['a false promise', () => Object.create(Promise.prototype), 'NOT_PASSABLE', /^Cannot pass v: it is neither/],
      ['an array with a hole', () => [1, , 3], 'NOT_PASSABLE', /holes/], // eslint-disable-line no-sparse-arrays
      ['an array with a hole and a property', () => Object.assign([1, , 3], { x: 1 }), 'NOT_PASSABLE', /holes/], // eslint-disable-line no-sparse-arrays
      ['an array with a property', () => Object.assign([1], { x: 1 }), 'NOT_PASSABLE', /of its own/],
      ['an array with a symbol for a key', () => Object.assign([1], { [Symbol.for('x')]: 1 }), 'NOT_PASSABLE', /symbol/],
      ['an array of another class', () => new (class extends Array {})(), 'NOT_PASSABLE', /another class/],
      ['a cycle', () => cyclic, 'LIMIT_EXCEEDED', /^Cannot pass v\.inner\[0\]\.inner.* contains itself$/],
      ['what nests too deeply', () => nested(129), 'LIMIT_EXCEEDED', /nests too deeply/],
      ['an integer of too many digits', () => 10n ** 4200n, 'LIMIT_EXCEEDED', /too many digits/],
      ['a promise', () => Promise.resolve(), 'NOT_PASSABLE', /reference/],
      ['a remotable', () => [Far('x', {})], 'NOT_PASSABLE', /reference/],
    ];
    for (const [name, make, code, message] of refusals) {
      it(`refuses ${name}, and goes on`, () => {
        refuses(() => encodeValue(make(), 'v'), code, message);
        assert.equal(hexOf(encodeValue(1n)), '312b');
      });
    }

    it('writes what nests as deeply as may be', () => {
      assert.equal(decodeValue(encodeValue(nested(128))).length, 1);
      refuses(() => encodeValue([nested(126), undefined, [nested(127)]]), 'LIMIT_EXCEEDED', /deeply/);
    });

    it('refuses a record that is a thenable, in and out', () => {
      const record = { then: Far('then', () => {}) };
      refuses(() => encodeValue(record, 'v'), 'NOT_PASSABLE', /^Cannot pass v\.then: it makes a thenable/);
    });

    it('refuses bytes that are no value', () => {
      const cases = ['', '1', '1+2+', '[', '01+', '<3\'odd>', '#1+$', '{1\'a1+}', '{1"a1+1"a2+}', "3'@@x", '3"\xff\xfe'];
      for (const text of cases) {
        refuses(() => decodeValue(new Uint8Array(Buffer.from(text, 'latin1'))), 'MALFORMED_MESSAGE', /^Not a value: /);
      }
      refuses(() => decodeValue(ofText('<11\'desc:export1+>')), 'NOT_PASSABLE', /cannot be passed/);
      refuses(() => decodeValue(ofText('['.repeat(200))), 'LIMIT_EXCEEDED', /too deeply/);
      assert.equal(decodeValue(ofText('t')), true);
    });

    it('reads keys in either order', () => {
      assert.equal(show(decodeValue(ofText('{2"aa2+1"b1+}'))), show({ aa: 2n, b: 1n }));
    });

    it('takes values of any size, and memory that grows meanwhile', () => {
      for (const size of [24, 25, 4096, 100_000, 1 << 20, 5 << 20]) {
        const codec = /** @type {any} */ (makeCodec());
        for (const text of ['x'.repeat(size), 'ü'.repeat(size / 2), '🚀'.repeat(size / 4), 'x€'.repeat(size / 2)]) {
          assert.ok(codec.decodeValue(codec.encodeValue([text, text])).every(item => item === text));
        }
        const data = new Uint8Array(size).map((_, i) => i * 7).buffer.sliceToImmutable();
        const [back] = codec.decodeValue(codec.encodeValue([data]));
        assert.ok(Buffer.from(back.slice(0)).equals(Buffer.from(data.slice(0))));
      }
      const many = Array.from({ length: 20_000 }, (_, i) => ({ id: BigInt(i), name: `n${i}` }));
      assert.equal(show(decodeValue(encodeValue(many))), show(many));
    });

    it('keeps no more than the limit of a tape', () => {
      const huge = 'x'.repeat(65 << 20);
      refuses(() => encodeValue(huge), 'LIMIT_EXCEEDED', /takes more than/);
      assert.equal(hexOf(encodeValue(1n)), '312b');
    });

    it('writes one value at a time', () => {
      let inner;
      const list = [1n];
      Object.defineProperty(list, 0, {
        enumerable: true,
        get: () => {
          try {
            encodeValue(2n, 'inner');
          } catch (error) {
            inner = error;
          }
          return 3n;
        },
      });
      assert.equal(hexOf(encodeValue(list)), hexOf(ofText('[3+]')));
      refuses(() => { throw inner; }, 'API_MISUSE', /^inner: another value is being written/);
    });

    it('passes on what the application throws', () => {
      const mine = Error('mine');
      const proxy = new Proxy([], { ownKeys: () => { throw mine; } });
      assert.throws(() => encodeValue({ proxy }), error => error === mine);
      assert.equal(hexOf(encodeValue(makeTagged('t', 1n))), hexOf(ofText("<11'desc:tagged1't1+>")));
    });
  });
};
