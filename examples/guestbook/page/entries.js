// @ts-check
// What this tab knows of the book. The server tells it, by calling its reader.

/**
 * @import { Entry } from '../server/book.mjs'
 */

/** An entry as readers get it, with the live object, null when it was taken back. @typedef {Omit<Entry, 'thanks'> & { thanks: number, entry: any }} ShownEntry */

/** @param {(changed: ShownEntry[]) => void} changed */
export const makeEntries = changed => {
  /** @type {Map<number, ShownEntry>} */
  const known = new Map();
  let has = 0;

  return {
    known,

    /**
     * What the server calls.
     *
     * @param {{ from: number, to: number, changes: ShownEntry[] }} news everything that was changed between two revisions
     * @returns {number} the revision up to which nothing is missing here
     */
    hear: ({ from, to, changes }) => {
      if (from <= has && to > has) {
        has = to;
        const news = changes.filter(one => one.revision > (known.get(one.number)?.revision ?? 0));
        for (const one of news) known.set(one.number, one);
        changed(news);
      }
      return has;
    },
  };
};

/** @typedef {ReturnType<typeof makeEntries>} Entries */
