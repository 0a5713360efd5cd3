// @ts-check

/** The conformance suite of baggages, on IndexedDB, in the browser itself. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { testBaggage } from '../../js/testing/baggage.js';
import { openPage, openProfile, useBrowser } from './support/harness.js';

useBrowser();

/** The names of the suite's tests, which it registers wherever it runs. @type {string[]} */
const names = [];
testBaggage(() => new Map(), { test: name => names.push(name), reopen: old => old });

describe('the baggage in IndexedDB', () => {
  for (const inWorker of [false, true]) {
    for (const name of names) {
      test(`${name}${inWorker ? ' (in a worker)' : ''}`, async t => {
        const page = await openPage(t, await openProfile(t));
        const told = await page.evaluate(
          async ([which, where]) => {
            const address = '/tests/browser/pages/conformance.js';
            if (!where) return (await import(address)).runOne(which);
            const worker = new Worker(`/resolved${address}`, { type: 'module' });
            return new Promise((resolve, reject) => {
              worker.onmessage = ({ data }) => resolve(data);
              worker.onerror = event => reject(Error(event.message));
              worker.postMessage(which);
            });
          },
          /** @type {[string, boolean]} */ ([name, inWorker]),
        );
        assert.equal(told, 'passed');
      });
    }
  }
});
