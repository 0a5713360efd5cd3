// @ts-check
import harden from '@endo/harden';
import { makeTagged } from '@endo/pass-style';

/** @param {number[]} bytes */
export const bytes = (...bytes) => new Uint8Array(bytes).buffer.sliceToImmutable();

/** @param {string} json an object, its keys as they are, `__proto__` too */
export const parsed = json => harden(JSON.parse(json));

const hex = text => Buffer.from(text).toString('hex');

/**
 * Values with their encoding, in hex.
 *
 * @type {[string, unknown, string][]}
 */
export const encodings = [
  ['undefined', undefined, hex("<4'void>")],
  ['null', null, hex("<4'null>")],
  ['true', true, '74'],
  ['false', false, '66'],
  ['0n', 0n, hex('0+')],
  ['-1n', -1n, hex('1-')],
  ['2^31', 2n ** 31n, hex('2147483648+')],
  ['-2^31', -(2n ** 31n), hex('2147483648-')],
  ['2^63', 2n ** 63n, hex('9223372036854775808+')],
  ['-2^63', -(2n ** 63n), hex('9223372036854775808-')],
  ['2^64', 2n ** 64n, hex('18446744073709551616+')],
  ['a long integer', -123456789012345678901234567890n, hex('123456789012345678901234567890-')],
  ['0', 0, '440000000000000000'],
  ['-0', -0, '448000000000000000'],
  ['1', 1, '443ff0000000000000'],
  ['-42.5', -42.5, '44c045400000000000'],
  ['Infinity', Infinity, '447ff0000000000000'],
  ['-Infinity', -Infinity, '44fff0000000000000'],
  ['NaN', NaN, '447ff8000000000000'],
  ['the smallest float', 5e-324, '440000000000000001'],
  ['an empty string', '', hex('0"')],
  ['hello', 'hello', hex('5"hello')],
  ['two bytes a character', 'é', hex('2"é')],
  ['a rocket', '🚀', hex('4"🚀')],
  ['a byte order mark', '\ufeffx', hex('4"\ufeffx')],
  ['a zero', 'a\0b', hex('3"a\0b')],
  ['a symbol', Symbol.for('make-car-factory'), hex("16'make-car-factory")],
  ['a symbol with a rocket', Symbol.for('🚀'), hex("4'🚀")],
  ['no bytes', bytes(), hex('0:')],
  ['bytes', bytes(0xde, 0xad, 0xbe, 0xef), '343adeadbeef'],
  ['an empty list', [], hex('[]')],
  ['lists', [1n, [2n, []], 3n], hex('[1+[2+[]]3+]')],
  ['an empty struct', {}, hex('{}')],
  ['a struct', { b: 20n, a: 10n }, hex('{1"a10+1"b20+}')],
  ['keys by their encoding', { aa: 2n, b: 1n, '': 0n }, hex('{0"0+1"b1+2"aa2+}')],
  ['numbers for keys', { 10: 1n, 9: 2n }, hex('{1"92+2"101+}')],
  ['an unusual prototype', parsed('{"__proto__":[],"constructor":{},"toString":"x"}'),
    hex('{11"constructor{}8"toString1"x9"__proto__[]}')],
  ['then, not a function', { then: 'later' }, hex('{4"then5"later}')],
  ['a tagged value', makeTagged('decimal', '3.14'), hex("<11'desc:tagged7'decimal4\"3.14>")],
];

/** One of each, in one. */
export const mixed = harden({
  list: [1.5, true, null, undefined, [], [[]], Array.from({ length: 40 }, (_, i) => BigInt(i))],
  text: ['', 'short', 'a text of some length, but not a long one', 'ü'.repeat(300), 'x'.repeat(5000)],
  bytes: [bytes(), bytes(1, 2, 3), new ArrayBuffer(3000).sliceToImmutable()],
  struct: { a: {}, b: { c: { d: 'deep' } } },
  tagged: makeTagged('outer', [makeTagged('inner', { x: 1n })]),
  symbols: [Symbol.for('x'), Symbol.for('a symbol with a name that is too long to remember')],
  'a key that is too long to be remembered': 'é',
  é: 'key',
});
