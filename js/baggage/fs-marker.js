// @ts-check

/**
 * The marker of a baggage's directory: says that the directory is one, of which version, and whether its data must be there.
 *
 * It is `creating` until the first commit is on the disk. Until then nothing was ever promised, and what lies there may be
 * made anew; afterwards data that is missing is damage, never an empty start.
 */

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, makeError } from '../errors.js';

const FORMAT = 'ocapn-wasm baggage';
const VERSION = 1;

export const MARKER = 'ocapn-baggage.json';
export const MARKER_DRAFT = `${MARKER}.tmp`;

/**
 * @typedef {object} Marker
 * @property {string} id 32 hex digits, the same in the data: another store's data file is found out
 * @property {'creating' | 'ready'} state
 */

/**
 * Makes the names in a directory durable, where the system can (Windows cannot, and need not).
 *
 * @param {string} directory
 */
export const syncDirectory = directory => {
  if (process.platform === 'win32') return;
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
};

/**
 * @param {string} directory
 * @returns {Marker | undefined} undefined when there is none
 */
export const readMarker = directory => {
  let text;
  try {
    text = readFileSync(join(directory, MARKER), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  /** @param {unknown} [cause] */
  const damaged = cause => makeError('STORE_DAMAGED', `${join(directory, MARKER)} is damaged.`, { cause });
  let marker;
  try {
    marker = JSON.parse(text);
  } catch (error) {
    throw damaged(error);
  }
  const { format, version, id, state } = Object(marker);
  if (format !== FORMAT || !Number.isInteger(version) || version < 1) throw damaged();
  if (version > VERSION) {
    throw makeError('STORE_NEWER', `${directory} was written by a newer version of this library: use that one.`);
  }
  if (!/^[0-9a-f]{32}$/.test(id) || (state !== 'creating' && state !== 'ready')) throw damaged();
  return { id, state };
};

/**
 * Replaces the marker, durably: a crash leaves the old one or the new one.
 *
 * @param {string} directory
 * @param {Marker} marker
 */
export const writeMarker = (directory, { id, state }) => {
  const draft = join(directory, MARKER_DRAFT);
  const fd = openSync(draft, 'w', 0o600);
  try {
    writeFileSync(fd, `${JSON.stringify({ format: FORMAT, version: VERSION, id, state })}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, join(directory, MARKER));
  syncDirectory(directory);
};
