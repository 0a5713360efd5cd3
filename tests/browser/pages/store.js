// @ts-check

/** One baggage in a page, driven by the tests. What fails is given back as `{ code, causeCode }`. */

import { deleteIndexedDbBaggage, openIndexedDbBaggage } from 'ocapn-wasm/baggage/indexeddb';

/** @type {any} */
let baggage;

/** @param {() => any} act */
const attempt = async act => {
  try {
    return await act();
  } catch (error) {
    const { code, cause, message } = Object(error);
    return { code, causeCode: Object(cause).code, message };
  }
};

/** What no compression makes smaller. @param {number} size in bytes */
const noise = size => {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
};

/** @type {AbortController} */
let ending;

globalThis.store = {
  /** @param {any} options */
  open: options =>
    attempt(async () => {
      ending = new AbortController();
      baggage = await openIndexedDbBaggage({ ...options, ...(options.wait && { signal: ending.signal }) });
      return 'open';
    }),
  stopWaiting: () => ending.abort(),
  /** Sets many entries to one number, and commits. @param {number} n @param {number} [size] of each, in bytes @param {number} [count] */
  fill: (n, size = 4, count = 20) =>
    attempt(async () => {
      for (let i = 0; i < count; i += 1) baggage.set(`k/${i}`, noise(size).fill(n, 0, 1));
      await baggage.commit();
      return 'done';
    }),
  /** The numbers that there are, and how many entries. */
  look: () =>
    attempt(() => {
      const keys = [...baggage.keys('k/')];
      return { count: keys.length, numbers: [...new Set(keys.map(key => baggage.get(key)[0]))] };
    }),
  set: (/** @type {string} */ key) => attempt(() => void baggage.set(key, Uint8Array.of(1))),
  commit: () => attempt(async () => void (await baggage.commit())),
  persisted: () => baggage.persisted,
  close: () => attempt(() => baggage.close()),
  delete: (/** @type {string} */ name) => attempt(() => deleteIndexedDbBaggage({ name })),
};
