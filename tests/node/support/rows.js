// @ts-check

import { read } from './syrup.js';

/**
 * The rows of sessions, as they are stored.
 *
 * @typedef {object} Row
 * @property {'o+' | 'o-' | 'p+' | 'p-'} side
 * @property {number} position
 * @property {number} count
 * @property {string} description of an export, in Syrup
 */

/**
 * @param {Iterable<[string, Uint8Array]>} rows keys and values, perhaps of other records too
 * @returns {Row[]} by position
 */
export const readRows = rows => {
  /** @type {Row[]} */
  const all = [];
  for (const [key, value] of rows) {
    const [prefix, , , slot = ''] = key.split('/');
    const side = /** @type {Row['side']} */ (slot.slice(0, 2));
    if (prefix !== 'ocapn-durable:tables' || slot.startsWith('d:')) continue;
    const [position, second, third] = read(Buffer.from(value)).value.fields[1].fields;
    const isExport = side.endsWith('+');
    all.push({
      side,
      position: Number(position),
      count: Number(isExport ? second : third),
      description: isExport ? third.toString('latin1') : '',
    });
  }
  return all.sort((one, other) => one.position - other.position);
};

/**
 * @param {{ do: (op: string, what?: object) => Promise<any> }} peer in another process
 * @returns {Promise<Row[]>} all its rows, once they are durable
 */
export const rowsOf = async peer => {
  await peer.do('durable');
  return readRows(await peer.do('rows', { prefix: 'ocapn-durable:tables/' }));
};

/**
 * @param {Row[]} rows
 * @param {Row['side']} side
 * @returns {Array<[number, number]>} positions and counts
 */
export const countsOf = (rows, side) => rows.filter(row => row.side === side).map(({ position, count }) => [position, count]);
