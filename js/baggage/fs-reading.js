// @ts-check

/**
 * A baggage's directory, read by somebody who must not change it: without LMDB, and as far as it can be read.
 */

import { closeSync, openSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { codeOf, makeError } from '../errors.js';
import { DATA, LOCK } from './fs-directory.js';
import { STORE_KEY, identityOf } from './fs-lmdb.js';
import { MARKER, readMarker } from './fs-marker.js';
import { readLmdbFile } from './lmdb-check.js';

/**
 * @typedef {object} DirectoryContent
 * @property {string} path
 * @property {Map<string, Uint8Array>} entries what could be read
 * @property {string[]} damage what is wrong with the files, as sentences
 */

/**
 * Holds off whoever would open the directory to write, and finds out whether somebody has it open.
 *
 * @param {string} path
 * @returns {() => void} ends that
 */
const holdOff = path => {
  let fd;
  try {
    fd = openSync(join(path, LOCK), 'r');
  } catch (error) {
    // Without that file nobody has it open: it is the first thing that is made.
    if (codeOf(error) === 'ENOENT') return () => {};
    throw error;
  }
  const { tryLock } = /** @type {{ tryLock: (fd: number, options: { shared: boolean }) => boolean }} */ (
    createRequire(import.meta.url)('fs-native-extensions')
  );
  try {
    if (!tryLock(fd, { shared: true })) {
      throw makeError('BAGGAGE_IN_USE', `${path} is open in a process: end that first, or call inspectBaggage in it.`);
    }
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return () => closeSync(fd);
};

/** @param {Buffer} key */
const toText = key => JSON.stringify(key.toString('utf8'));

/**
 * @param {Buffer | undefined} low
 * @param {Buffer | undefined} high
 */
const between = (low, high) => {
  if (low !== undefined && low === high) return `what is under ${toText(low)}`;
  const from = low ? ` from ${toText(low)} on` : '';
  const to = high && !high.equals(STORE_KEY) ? ` up to ${toText(high)}` : '';
  return from || to ? `every entry${from}${to}` : 'every entry';
};

/**
 * Reads all that can be read. Nothing is written, not even a time of access where the system does not.
 *
 * @param {string} filePath
 * @returns {DirectoryContent}
 * @throws {import('../errors.js').CodedError} `BAGGAGE_IN_USE`; `STORE_DAMAGED` when it is no baggage at all; `STORE_NEWER`;
 *   `STORE_FAILED` for what the system says
 */
export const readDirectory = filePath => {
  const path = resolve(filePath);
  /** @type {DirectoryContent} */
  const content = { path, entries: new Map(), damage: [] };
  const dataFile = join(path, DATA);
  /** @type {(() => void) | undefined} */
  let release;
  try {
    release = holdOff(path);
    const marker = readMarker(path);
    const isThere = statSync(dataFile, { throwIfNoEntry: false }) !== undefined;
    if (!marker && !isThere) throw makeError('STORE_DAMAGED', `${path} is not a baggage.`);
    if (!marker) content.damage.push(`${MARKER} is missing.`);
    if (!isThere) {
      if (marker?.state === 'ready') content.damage.push(`${DATA} is missing.`);
      return content;
    }
    let isOurs = false;
    readLmdbFile(
      dataFile,
      (key, value) => {
        if (!key.equals(STORE_KEY)) content.entries.set(key.toString('utf8'), new Uint8Array(value));
        else isOurs = !marker || identityOf(marker.id).equals(value);
      },
      (why, low, high) => content.damage.push(`${DATA} is damaged (${why}): ${between(low, high)} is lost.`),
    );
    if (!isOurs && marker?.state !== 'creating') content.damage.push(`${DATA} is not the data of this directory.`);
    return content;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'BAGGAGE_IN_USE' || code?.startsWith('STORE_')) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw makeError('STORE_FAILED', `The baggage ${path} cannot be read: ${why}`, { cause: error });
  } finally {
    release?.();
  }
};
