// @ts-check

/**
 * Says, beside IndexedDB, that a baggage is there: an empty file in the site's private file system. Chromium, where it finds a
 * database of IndexedDB damaged, deletes it without a word, and a killed browser can leave one so; an empty start would
 * follow. What deletes all data of the site deletes this file too.
 *
 * Where a host has no such file system nothing is said, and nothing is noticed.
 */

const FOLDER = 'ocapn-wasm';

/**
 * @typedef {object} Marker
 * @property {boolean} isThere
 * @property {() => Promise<void>} put
 * @property {() => Promise<void>} remove
 */

/**
 * @param {string} name of the baggage
 * @returns {Promise<Marker>}
 */
export const findMarker = async name => {
  const file = encodeURIComponent(name);
  const open = async () => (await globalThis.navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });

  /** @param {(folder: FileSystemDirectoryHandle) => Promise<unknown>} act */
  const attempt = async act => {
    try {
      await act(await open());
      return true;
    } catch {
      return false;
    }
  };

  return {
    isThere: await attempt(folder => folder.getFileHandle(file)),
    put: async () => void (await attempt(folder => folder.getFileHandle(file, { create: true }))),
    remove: async () => void (await attempt(folder => folder.removeEntry(file))),
  };
};
