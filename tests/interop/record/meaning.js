// @ts-check

import { Buffer } from 'node:buffer';

import { Incomplete, read, SyrupRecord } from '../../node/support/syrup.js';

/**
 * Messages in words, for whoever reads a transcript.
 */

/** Bytes of a ByteArray that are shown. */
const SHOWN = 8;

/** @param {Buffer} data */
const showBytes = data => {
  const text = data.toString('latin1');
  if (text.length > 0 && /^[\x21-\x7e]+$/.test(text)) return `b"${text}"`;
  const shown = data.subarray(0, SHOWN).toString('hex');
  return data.length > SHOWN ? `b#${shown}… (${data.length})` : `b#${shown}`;
};

/**
 * @param {any} value as `read` gives it
 * @returns {string}
 */
export const show = value => {
  if (typeof value === 'symbol') return `'${Symbol.keyFor(value)}`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0.0' : `${value}${Number.isInteger(value) ? '.0' : ''}`;
  if (Buffer.isBuffer(value)) return showBytes(value);
  if (Array.isArray(value)) return `[${value.map(show).join(' ')}]`;
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${show(key)}: ${show(item)}`).join(', ')}}`;
  if (value instanceof SyrupRecord) {
    const label = typeof value.label === 'string' ? value.label : show(value.label);
    return `<${[label, ...value.fields.map(show)].join(' ')}>`;
  }
  return String(value);
};

/**
 * Reads one direction of a connection, chunk by chunk.
 *
 * @returns {(chunk: Uint8Array) => string} what ends in this chunk, and whether more is to come
 */
export const makeNarrator = () => {
  let rest = Buffer.alloc(0);
  return chunk => {
    rest = Buffer.concat([rest, chunk]);
    const shown = [];
    try {
      while (rest.length > 0) {
        const { value, end } = read(rest);
        shown.push(show(value));
        rest = rest.subarray(end);
      }
    } catch (error) {
      if (error instanceof Incomplete) {
        shown.push(`… (${rest.length} bytes of a message)`);
      } else {
        shown.push(`no Syrup (${rest.length} bytes)`);
        rest = Buffer.alloc(0);
      }
    }
    return shown.join(' ');
  };
};
