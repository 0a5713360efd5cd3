// @ts-check

import '../../js/shims.js';
import '../../js/wasm-node.js';
import { describe, test } from 'node:test';
import { encryptedBaggage } from '../../js/baggage/encrypted.js';
import { fromEndoBaggage } from '../../js/baggage/endo.js';
import { makeFsDurableBaggage } from '../../js/baggage/fs.js';
import { makeInMemoryBaggage } from '../../js/baggage/memory.js';
import { testBaggage } from '../../js/testing/baggage.js';
import { makeDirectory } from './fixtures/baggage-directory.js';
import { makeLiveEndoBaggage, makeStrictEndoBaggage } from './fixtures/endo-baggage.js';

/** @import { Baggage } from '../../js/baggage/types.js' */
/** @import { BaggageTestOptions } from '../../js/testing/baggage.js' */

/**
 * A way to have a store, and to have it again after a restart.
 *
 * @typedef {object} Adapter
 * @property {string} name
 * @property {() => Baggage} make
 * @property {(baggage: Baggage) => Promise<Baggage>} [reopen]
 * @property {Omit<BaggageTestOptions, 'test'>} [options]
 */

/** @type {WeakMap<object, string>} */
const directories = new WeakMap();
/** @param {string} filePath @returns {Baggage} */
const openDirectory = filePath => {
  const baggage = makeFsDurableBaggage({ filePath });
  directories.set(baggage, filePath);
  return baggage;
};

/** @type {WeakMap<object, ReturnType<typeof makeStrictEndoBaggage>>} */
const strict = new WeakMap();
/** @param {string} text */
const openStrict = text => {
  const endo = makeStrictEndoBaggage(text);
  const baggage = fromEndoBaggage(endo);
  strict.set(baggage, endo);
  return baggage;
};

/** @type {Adapter[]} */
const adapters = [
  { name: 'the in-memory baggage', make: makeInMemoryBaggage },
  {
    name: 'a plain Map',
    make: () => new Map(),
    reopen: async baggage => new Map(/** @type {Map<string, Uint8Array>} */ (baggage)),
    options: { copies: false, ordered: false, strict: false },
  },
  {
    name: 'the baggage in a directory',
    make: () => openDirectory(makeDirectory()),
    reopen: async baggage => {
      await baggage.close?.();
      return openDirectory(String(directories.get(baggage)));
    },
  },
  { name: "Endo's baggage, in which maps are as they were given", make: () => fromEndoBaggage(makeLiveEndoBaggage()) },
  {
    name: "Endo's baggage, with stores of its own",
    make: () => openStrict('[]'),
    reopen: async baggage => openStrict(strict.get(baggage)?.text() ?? ''),
  },
];

const key = Uint8Array.from({ length: 32 }, (_, i) => i);

for (const { name, make, reopen, options } of adapters) {
  describe(name, () => {
    testBaggage(make, { test, ...options, ...(reopen && { reopen }) });
  });

  for (const hideKeys of [true, false]) {
    describe(`${name}, encrypted, with its keys ${hideKeys ? 'hidden' : 'shown'}`, () => {
      /** @type {WeakMap<object, Baggage>} */
      const below = new WeakMap();
      /** @param {Baggage} baggage */
      const open = baggage => {
        const encrypted = encryptedBaggage(baggage, key, { hideKeys });
        below.set(encrypted, baggage);
        return encrypted;
      };
      testBaggage(() => open(make()), {
        test,
        ...(reopen && {
          reopen: async baggage => {
            await baggage.close?.();
            return open(await reopen(/** @type {Baggage} */ (below.get(baggage))));
          },
        }),
      });
    });
  }
}
