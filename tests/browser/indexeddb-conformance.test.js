// @ts-check

/** The conformance suite of baggages, on IndexedDB and on an encrypted baggage over it, in the browser itself. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { testBaggage } from '../../js/testing/baggage.js';
import { openPage, openProfile, useBrowser } from './support/harness.js';

useBrowser();

/** The names of the suite's tests, which it registers wherever it runs. @type {string[]} */
const names = [];
testBaggage(() => new Map(), { test: name => names.push(name), reopen: old => old });

/** @param {boolean} inWorker */
const loadSuite = async inWorker => {
  const address = '/tests/browser/pages/conformance.js';
  const all = /** @type {any} */ (globalThis);
  if (!inWorker) {
    all.runOne = (await import(String(address))).runOne;
    return;
  }
  const worker = new Worker(`/resolved${address}`, { type: 'module' });
  all.runOne = (/** @type {any} */ which) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = event => reject(Error(event.message));
      worker.postMessage(which);
    });
};

/** @param {boolean} inWorker */
const runSuite = inWorker => {
  describe(`the baggage in IndexedDB, in a ${inWorker ? 'worker' : 'page'}`, () => {
    /** @type {import('playwright-core').Page} */
    let page;
    /** What ends the page, which all tests share: each has a store of its own. @type {Array<() => unknown>} */
    const ends = [];
    before(async () => {
      const kit = { after: (/** @type {() => unknown} */ end) => ends.unshift(end) };
      page = await openPage(kit, await openProfile(kit));
      await page.evaluate(loadSuite, inWorker);
    });
    after(async () => {
      for (const end of ends) await end();
    });
    /** @param {[kind: string, name: string]} which */
    const runOne = async which => {
      assert.equal(await page.evaluate(one => /** @type {any} */ (globalThis).runOne(one), which), 'passed');
    };
    for (const kind of ['plain', 'encrypted']) {
      for (const name of names) test(`${kind}: ${name}`, () => runOne([kind, name]));
    }
  });
};
runSuite(false);
runSuite(true);
