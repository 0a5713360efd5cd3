// @ts-check

import { Buffer } from 'node:buffer';

/**
 * Syrup for peers of the tests' own: whoever attacks does not use the library that he attacks. It writes what it is told,
 * canonical or not, and reads everything.
 */

/** @typedef {Buffer} Encoded */

/** @param {number | bigint} n */
export const int = n => Buffer.from(n < 0 ? `${-n}-` : `${n}+`);

/** @param {boolean} is */
export const bool = is => Buffer.from(is ? 't' : 'f');

/**
 * @param {string} mark
 * @param {Uint8Array} body
 */
const counted = (mark, body) => Buffer.concat([Buffer.from(`${body.length}${mark}`), body]);

/** @param {string} text */
export const str = text => counted('"', Buffer.from(text));

/** @param {string} text */
export const sym = text => counted("'", Buffer.from(text));

/** @param {Uint8Array} data */
export const bytes = data => counted(':', data);

/** @param {number} n */
export const float = n => {
  const body = Buffer.alloc(9, 'D');
  body.writeDoubleBE(n, 1);
  return body;
};

/** @param {Encoded[]} items */
export const list = (...items) => Buffer.concat([Buffer.from('['), ...items, Buffer.from(']')]);

/**
 * @param {string} label
 * @param {Encoded[]} fields
 */
export const record = (label, ...fields) => Buffer.concat([Buffer.from('<'), sym(label), ...fields, Buffer.from('>')]);

/** @param {Array<[string, Encoded]>} entries in the order in which they are written */
export const struct = (...entries) =>
  Buffer.concat([Buffer.from('{'), ...entries.flatMap(([key, value]) => [str(key), value]), Buffer.from('}')]);

/** A record as it is read. */
export class SyrupRecord {
  /**
   * @param {any} label
   * @param {any[]} fields
   */
  constructor(label, fields) {
    this.label = typeof label === 'symbol' ? Symbol.keyFor(label) : label;
    this.fields = fields;
  }
}

/** What `read` throws when the bytes end too early. */
export class Incomplete extends Error {}

/**
 * @param {Buffer} input
 * @param {number} at
 */
const byteAt = (input, at) => {
  if (at >= input.length) throw new Incomplete('more bytes are needed');
  return String.fromCharCode(/** @type {number} */ (input[at]));
};

/**
 * @param {Buffer} input
 * @param {number} start
 * @param {string} close
 * @returns {{ items: any[], end: number }}
 */
const readAll = (input, start, close) => {
  const items = [];
  let at = start;
  while (byteAt(input, at) !== close) {
    const { value, end } = read(input, at);
    items.push(value);
    at = end;
  }
  return { items, end: at + 1 };
};

/**
 * @param {Buffer} input
 * @param {number} start
 * @returns {{ value: any, end: number }}
 */
const readCounted = (input, start) => {
  let at = start;
  while (/[0-9]/.test(byteAt(input, at))) at += 1;
  const digits = input.toString('latin1', start, at);
  const mark = byteAt(input, at);
  at += 1;
  if (mark === '+' || mark === '-') {
    return { value: mark === '+' ? BigInt(digits) : -BigInt(digits), end: at };
  }
  const end = at + Number(digits);
  if (end > input.length) throw new Incomplete('more bytes are needed');
  const body = input.subarray(at, end);
  switch (mark) {
    case '"':
      return { value: body.toString(), end };
    case "'":
      return { value: Symbol.for(body.toString()), end };
    case ':':
      return { value: Buffer.from(body), end };
    default:
      throw Error(`No Syrup: ${mark} after ${digits.slice(0, 20)}`);
  }
};

/**
 * Reads one value: integers as bigints, symbols as registered symbols, bytes as `Buffer`, structs as `Map`.
 *
 * @param {Buffer} input
 * @param {number} [start]
 * @returns {{ value: any, end: number }}
 */
export const read = (input, start = 0) => {
  const mark = byteAt(input, start);
  switch (mark) {
    case 't':
    case 'f':
      return { value: mark === 't', end: start + 1 };
    case 'D':
      if (start + 9 > input.length) throw new Incomplete('more bytes are needed');
      return { value: input.readDoubleBE(start + 1), end: start + 9 };
    case '[': {
      const { items, end } = readAll(input, start + 1, ']');
      return { value: items, end };
    }
    case '<': {
      const { items, end } = readAll(input, start + 1, '>');
      return { value: new SyrupRecord(items[0], items.slice(1)), end };
    }
    case '{': {
      const { items, end } = readAll(input, start + 1, '}');
      const pairs = items.flatMap((key, index) => (index % 2 === 0 ? [[key, items[index + 1]]] : []));
      return { value: new Map(/** @type {any} */ (pairs)), end };
    }
    default:
      return readCounted(input, start);
  }
};
