// @ts-check

/**
 * The directory of a baggage: who owns it, and what may lie in it.
 */

import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { codeOf, makeError } from '../errors.js';
import { randomBytes } from '../random.js';
import { MARKER, MARKER_DRAFT, readMarker, syncDirectory, writeMarker } from './fs-marker.js';
import { LmdbDamage, checkLmdbFile } from './lmdb-check.js';

export const LOCK = 'lock';
export const DATA = 'data.mdb';
const DATA_LOCK = 'data.mdb-lock';

/**
 * An open directory, ours until `release`.
 *
 * @typedef {object} Directory
 * @property {string} path
 * @property {string} dataFile where LMDB keeps its data; there, with mode 0600, and safe to open
 * @property {string} id of the store
 * @property {boolean} fresh whether the data is yet to be made; then `created` ends that
 * @property {() => void} created the first commit is on the disk: from now on the data must be there
 * @property {() => void} release lets the directory go
 */

/**
 * Takes the lock that the system frees when its holder dies. What the file says never matters.
 *
 * @param {string} directory
 * @returns {() => void} frees it
 */
const takeLock = directory => {
  const fd = openSync(join(directory, LOCK), 'a', 0o600);
  try {
    // Loaded here and not above: importing this module costs nothing where no directory is opened.
    const { tryLock } = /** @type {{ tryLock: (fd: number) => boolean }} */ (
      createRequire(import.meta.url)('fs-native-extensions')
    );
    if (!tryLock(fd)) {
      throw makeError('BAGGAGE_IN_USE', `${directory} is open already, in this process or another: close that one first.`);
    }
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return () => closeSync(fd);
};

/** @param {string} path */
const exists = path => statSync(path, { throwIfNoEntry: false }) !== undefined;

/**
 * Makes a new, empty file that only we can read, before anything is written into it.
 *
 * @param {string} path
 */
const createPrivate = path => closeSync(openSync(path, 'wx', 0o600));

/**
 * @param {string} path
 * @param {number} mode
 */
const makePrivate = (path, mode) => {
  if ((statSync(path).mode & 0o777) !== mode) chmodSync(path, mode);
};

/**
 * Makes the directory if it is not there.
 *
 * @param {string} directory
 */
const make = directory => {
  const first = mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (first !== undefined) {
    for (let made = directory; made.length >= first.length; made = dirname(made)) syncDirectory(dirname(made));
  }
};

/**
 * Refuses a directory that is not ours before anything in it is touched. Without a marker only what is made before the
 * marker may be there.
 *
 * @param {string} directory
 */
const refuseForeign = directory => {
  const names = readdirSync(directory);
  if (names.includes(MARKER) || names.every(name => name === LOCK || name === MARKER_DRAFT)) return;
  throw makeError(
    'STORE_DAMAGED',
    names.includes(DATA)
      ? `${directory} has data but its ${MARKER} is missing: restore it, or start with an empty directory.`
      : `${directory} holds other files and is not a baggage: name an empty directory.`,
  );
};

/**
 * @param {string} dataFile
 */
const checkData = dataFile => {
  if (!exists(dataFile)) {
    throw makeError('STORE_DAMAGED', `${dataFile} is missing: restore it, or start with an empty directory.`);
  }
  try {
    checkLmdbFile(dataFile);
  } catch (error) {
    if (!(error instanceof LmdbDamage)) throw error;
    throw makeError('STORE_DAMAGED', `${dataFile} is damaged (${error.message}): restore it from a copy.`, { cause: error });
  }
};

/**
 * @param {string} path
 * @param {() => void} release
 * @returns {Directory}
 */
const prepare = (path, release) => {
  refuseForeign(path);
  makePrivate(path, 0o700);
  makePrivate(join(path, LOCK), 0o600);
  const dataFile = join(path, DATA);
  const marker = readMarker(path) ?? { id: Buffer.from(randomBytes(16)).toString('hex'), state: 'creating' };
  const fresh = marker.state === 'creating';
  if (fresh) {
    writeMarker(path, { ...marker, state: 'creating' });
    rmSync(dataFile, { force: true });
    createPrivate(dataFile);
  } else {
    checkData(dataFile);
    makePrivate(join(path, MARKER), 0o600);
    makePrivate(dataFile, 0o600);
  }
  // LMDB's own lock file says nothing to the one process that is here, and may be from before a crash.
  rmSync(join(path, DATA_LOCK), { force: true });
  createPrivate(join(path, DATA_LOCK));
  return {
    path,
    dataFile,
    id: marker.id,
    fresh,
    created: () => {
      syncDirectory(path);
      writeMarker(path, { id: marker.id, state: 'ready' });
    },
    release,
  };
};

/**
 * Opens or makes the directory of a baggage and takes it for this process.
 *
 * @param {string} filePath
 * @returns {Directory}
 * @throws {import('../errors.js').CodedError} `BAGGAGE_IN_USE`, `STORE_DAMAGED`, `STORE_NEWER`, or `STORE_FAILED` with the
 *   system's error as its cause
 */
export const openDirectory = filePath => {
  const path = resolve(filePath);
  /** @type {(() => void) | undefined} */
  let release;
  try {
    make(path);
    if (!exists(join(path, LOCK))) refuseForeign(path);
    release = takeLock(path);
    return prepare(path, release);
  } catch (error) {
    release?.();
    const code = codeOf(error);
    if (code === 'BAGGAGE_IN_USE' || code?.startsWith('STORE_')) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw makeError('STORE_FAILED', `The baggage ${path} cannot be opened: ${why}`, { cause: error });
  }
};
