// @ts-check
// The book: what is written in it, in the same baggage as the sessions. Every method writes before it waits, so no reply
// leaves before what it says is on the disk.

import { provideMapStoreFromBaggage } from 'ocapn-wasm';

/**
 * @typedef {object} Entry
 * @property {number} number
 * @property {number} revision the book's, when this entry was changed last
 * @property {string} mark by which the page that signed knows it
 * @property {string} name
 * @property {string} text
 * @property {number} at ms since the epoch
 * @property {string[]} thanks who said thanks
 * @property {{ design: string, serial: number } | null} stamp
 * @property {boolean} isErased
 */

const LONGEST = { name: 40, text: 280, mark: 32, draft: 64, who: 64 };

/** Entries that the book has room for. */
const MOST = 500;

/**
 * @param {unknown} value
 * @param {keyof typeof LONGEST} what
 * @returns {string}
 */
const checked = (value, what) => {
  const text = typeof value === 'string' ? value.trim() : '';
  if (text === '' || text.length > LONGEST[what]) throw Error(`The ${what} is a string of 1 to ${LONGEST[what]} characters.`);
  return text;
};

/**
 * @param {import('ocapn-wasm').Baggage} baggage
 * @param {() => void} changed
 */
export const makeBook = (baggage, changed) => {
  const entries = provideMapStoreFromBaggage(baggage, 'entries');
  const drafts = provideMapStoreFromBaggage(baggage, 'drafts');
  const state = provideMapStoreFromBaggage(baggage, 'book');

  const revision = () => state.get('revision') ?? 0;

  /** @param {number} number @returns {Entry} */
  const read = number => {
    const entry = entries.get(String(number));
    if (entry === undefined || entry.isErased) throw Error('This entry was taken back.');
    return entry;
  };

  /** @param {Entry} entry */
  const write = entry => {
    const next = revision() + 1;
    entries.set(String(entry.number), { ...entry, revision: next });
    state.set('revision', next);
    changed();
  };

  return {
    revision,
    read,

    /** @param {number} since a revision @returns {Entry[]} what was changed after it, in that order */
    changes: since =>
      [...entries.values()].filter(entry => entry.revision > since).sort((one, other) => one.revision - other.revision),

    /**
     * Signs; the same draft again is the same entry, so that whoever was not answered can ask again.
     *
     * @param {unknown} draft a secret of the page that signs
     * @param {any} words
     * @returns {number} of the entry
     */
    sign: (draft, words) => {
      const key = checked(draft, 'draft');
      const there = drafts.get(key);
      if (there !== undefined) return there;
      const [name, text, mark] = [checked(words?.name, 'name'), checked(words?.text, 'text'), checked(words?.mark, 'mark')];
      const number = (state.get('last') ?? 0) + 1;
      if (number > MOST) throw Error('The book is full.');
      state.set('last', number);
      drafts.set(key, number);
      write({ number, revision: 0, mark, name, text, at: Date.now(), thanks: [], stamp: null, isErased: false });
      return number;
    },

    /** @param {number} number @param {{ design: string, serial: number }} stamp */
    affix: (number, stamp) => write({ ...read(number), stamp }),

    /** @param {number} number @param {unknown} who @param {boolean} isOn */
    thank: (number, who, isOn) => {
      const entry = read(number);
      const person = checked(who, 'who');
      if (entry.thanks.includes(person) === isOn) return;
      write({ ...entry, thanks: isOn ? [...entry.thanks, person] : entry.thanks.filter(one => one !== person) });
    },

    /** @param {number} number */
    erase: number => {
      const entry = entries.get(String(number));
      if (entry !== undefined && !entry.isErased) write({ ...entry, name: '', text: '', stamp: null, thanks: [], isErased: true });
    },
  };
};

/** @typedef {ReturnType<typeof makeBook>} Book */
