// @ts-check
import { readdirSync } from 'node:fs';

/** @import { Row } from './types.mjs' */

const FOLDER = new URL('../rows/', import.meta.url);

/** The order in which they run and are shown; others come after these. */
const ORDER = ['handshake', 'resume', 'echo', 'send-only', 'chain', 'objects', 'codec', 'tcp', 'durable', 'restart'];

/** @param {string} name */
const rank = name => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);

/** @returns {string[]} the names of all rows */
export const rowNames = () =>
  readdirSync(FOLDER)
    .filter(file => file.endsWith('.mjs'))
    .map(file => file.slice(0, -4))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));

/**
 * @param {string} name
 * @returns {Promise<Row>}
 */
export const loadRow = async name => {
  const { cases } = await import(new URL(`${name}.mjs`, FOLDER).href);
  return { name, cases };
};
