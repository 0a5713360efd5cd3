// @ts-check

import { encryptedBaggage, init } from 'ocapn-wasm';
import { openIndexedDbBaggage } from 'ocapn-wasm/baggage/indexeddb';
import { testBaggage } from 'ocapn-wasm/testing/baggage';

/** The baggages that the suite is run on. @type {Record<string, (name: string) => Promise<any>>} */
const KINDS = {
  plain: name => openIndexedDbBaggage({ name }),
  encrypted: async name => {
    await init();
    return encryptedBaggage(await openIndexedDbBaggage({ name }), new Uint8Array(32).fill(7));
  },
};

/**
 * Runs one test of the suite.
 *
 * @param {[kind: string, name: string]} which
 * @returns {Promise<string>} `passed`, or why not
 */
export const runOne = async ([kind, name]) => {
  // A store of its own for each.
  const open = () => KINDS[kind](`${kind} ${name}`);
  /** @type {Map<string, () => Promise<void>>} */
  const tests = new Map();
  testBaggage(open, {
    test: (each, run) => tests.set(each, run),
    reopen: async old => {
      await old.close?.();
      return open();
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
