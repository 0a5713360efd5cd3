// @ts-check
// What makes a tab a peer of its own: a baggage whose name the tab keeps. A duplicated tab begins with a copy of the other's
// sessionStorage, name and all; that the baggage is open there already tells it, and it takes a new name.

import { deleteIndexedDbBaggage, openIndexedDbBaggage } from 'ocapn-wasm/baggage/indexeddb';

const KEY = 'guestbook tab';

/** @param {number} bytes */
export const randomText = bytes =>
  [...crypto.getRandomValues(new Uint8Array(bytes))].map(byte => byte.toString(16).padStart(2, '0')).join('');

/** Sessions of a tab that was closed are of no use after so many ms: peers end them. */
const OLD = 7 * 24 * 60 * 60 * 1000;

/** When each tab was opened last, by name, in localStorage. */
const OPENED = 'guestbook opened ';

/** Deletes what tabs left that are closed for long. */
const forgetOldTabs = async () => {
  for (const key of Object.keys(localStorage).filter(one => one.startsWith(OPENED))) {
    if (Date.now() - Number(localStorage.getItem(key)) < OLD) continue;
    try {
      await deleteIndexedDbBaggage({ name: key.slice(OPENED.length) });
      localStorage.removeItem(key);
    } catch {
      // It is open.
    }
  }
};

/** @param {string} name */
const openBaggage = async name => {
  const baggage = await openIndexedDbBaggage({ name });
  localStorage.setItem(OPENED + name, String(Date.now()));
  void forgetOldTabs();
  return baggage;
};

/**
 * @returns {Promise<{ name: string, isCopy: boolean, baggage: import('ocapn-wasm').Baggage }>} `isCopy`: it was duplicated
 */
export const openTab = async () => {
  const kept = sessionStorage.getItem(KEY);
  if (kept !== null) {
    try {
      return { name: kept, isCopy: false, baggage: await openBaggage(kept) };
    } catch (error) {
      if (error.code !== 'BAGGAGE_IN_USE') throw error;
    }
  }
  const name = `tab-${randomText(6)}`;
  sessionStorage.setItem(KEY, name);
  return { name, isCopy: kept !== null, baggage: await openBaggage(name) };
};

/** Forgets who this tab was. Its baggage is closed by then. @param {string} name */
export const wipeTab = async name => {
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(OPENED + name);
  await deleteIndexedDbBaggage({ name });
};
