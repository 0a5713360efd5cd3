// @ts-check

import { describe, test } from 'node:test';
import { fromEndoBaggage } from '../../js/baggage/endo.js';
import { makeFsDurableBaggage } from '../../js/baggage/fs.js';
import { makeInMemoryBaggage } from '../../js/baggage/memory.js';
import { testBaggage } from '../../js/testing/baggage.js';
import { makeDirectory } from './fixtures/baggage-directory.js';
import { makeLiveEndoBaggage, makeStrictEndoBaggage } from './fixtures/endo-baggage.js';

describe('the in-memory baggage', () => {
  testBaggage(makeInMemoryBaggage, { test });
});

describe('a plain Map', () => {
  testBaggage(() => new Map(), { test, copies: false, ordered: false, strict: false });
});

describe('the baggage in a directory', () => {
  /** @type {WeakMap<object, string>} */
  const directories = new WeakMap();
  /** @param {string} filePath */
  const open = filePath => {
    const baggage = makeFsDurableBaggage({ filePath });
    directories.set(baggage, filePath);
    return baggage;
  };
  testBaggage(() => open(makeDirectory()), {
    test,
    reopen: async baggage => {
      await baggage.close?.();
      return open(String(directories.get(baggage)));
    },
  });
});

describe("Endo's baggage, in which maps are as they were given", () => {
  testBaggage(() => fromEndoBaggage(makeLiveEndoBaggage()), { test });
});

describe("Endo's baggage, with stores of its own", () => {
  /** @type {WeakMap<object, ReturnType<typeof makeStrictEndoBaggage>>} */
  const below = new WeakMap();
  const open = (/** @type {string} */ text) => {
    const endo = makeStrictEndoBaggage(text);
    const baggage = fromEndoBaggage(endo);
    below.set(baggage, endo);
    return baggage;
  };
  testBaggage(() => open('[]'), { test, reopen: baggage => open(below.get(baggage)?.text() ?? '') });
});
