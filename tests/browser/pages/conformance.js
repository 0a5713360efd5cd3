// @ts-check

import { openIndexedDbBaggage } from 'ocapn-wasm/baggage/indexeddb';
import { testBaggage } from 'ocapn-wasm/testing/baggage';

/**
 * Runs one test of the suite.
 *
 * @param {string} name
 * @returns {Promise<string>} `passed`, or why not
 */
export const runOne = async name => {
  /** @type {Map<string, () => Promise<void>>} */
  const tests = new Map();
  testBaggage(() => openIndexedDbBaggage({ name: 'suite' }), {
    test: (each, run) => tests.set(each, run),
    reopen: async old => {
      await old.close?.();
      return openIndexedDbBaggage({ name: 'suite' });
    },
  });
  try {
    await /** @type {() => Promise<void>} */ (tests.get(name))();
    return 'passed';
  } catch (error) {
    return String(Object(error).stack ?? error);
  }
};

if (globalThis.document === undefined) {
  globalThis.onmessage = async ({ data }) => globalThis.postMessage(await runOne(data));
}
