// @ts-check

/** Who owns a baggage in IndexedDB: one tab at a time, whatever becomes of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { makeDirectory } from '../node/support/process.js';
import { until, within } from '../node/support/waiting.js';
import { spawnChromium } from './support/chromium.js';
import { PATIENCE, openProfile, openStorePage, useBrowser } from './support/harness.js';

useBrowser();

test('a second tab is refused at once, and may have it once the first has closed it', async t => {
  const profile = await openProfile(t);
  const [one, two] = [await openStorePage(t, profile), await openStorePage(t, profile)];
  assert.equal(await one.do('open', { name: 'a' }), 'open');
  assert.equal(await one.do('fill', 1), 'done');
  assert.equal((await two.do('open', { name: 'a' })).code, 'BAGGAGE_IN_USE');
  assert.equal((await one.do('open', { name: 'a' })).code, 'BAGGAGE_IN_USE');
  assert.equal((await two.do('delete', 'a')).code, 'BAGGAGE_IN_USE');
  assert.equal(await two.do('open', { name: 'b' }), 'open', 'another name is another baggage');
  await one.do('set', 'k/20');
  await one.do('close');
  assert.equal(await two.do('open', { name: 'a' }), 'open');
  assert.equal((await two.do('look')).count, 21, 'a close commits');
  assert.equal((await one.do('look')).code, 'STORE_FAILED');
});

test('a tab that waits has it when the first closes it; the wait can be ended', async t => {
  const profile = await openProfile(t);
  const [one, two, three] = [await openStorePage(t, profile), await openStorePage(t, profile), await openStorePage(t, profile)];
  await one.do('open', { name: 'a' });
  const second = two.do('open', { name: 'a', wait: true });
  const third = three.do('open', { name: 'a', wait: true });
  await three.do('stopWaiting');
  assert.equal((await third).code, 'BAGGAGE_IN_USE');
  await one.do('fill', 1);
  await one.do('close');
  assert.equal(await within(second, 'the second has it', PATIENCE), 'open');
  assert.deepEqual(await two.do('look'), { count: 20, numbers: [1] });
});

for (const [how, end] of /** @type {Array<[string, (page: import('playwright-core').Page) => Promise<unknown>]>} */ ([
  ['is closed', page => page.close()],
  ['goes elsewhere', page => page.goto('about:blank')],
  ['crashes', page => Promise.all([page.waitForEvent('crash'), page.goto('chrome://crash').catch(() => {})])],
])) {
  test(`the next takes over when the tab ${how}`, async t => {
    const profile = await openProfile(t);
    const [one, two] = [await openStorePage(t, profile), await openStorePage(t, profile)];
    await one.do('open', { name: 'a' });
    await one.do('fill', 1);
    const second = two.do('open', { name: 'a', wait: true });
    await end(one.page);
    assert.equal(await within(second, 'the second has it', PATIENCE), 'open');
    assert.deepEqual(await two.do('look'), { count: 20, numbers: [1] });
  });
}

test('a tab that is loaded again has it at once, each time', async t => {
  const one = await openStorePage(t, await openProfile(t));
  assert.equal(await one.do('open', { name: 'a' }), 'open');
  for (let round = 1; round <= 25; round += 1) {
    await one.do('fill', round);
    await one.reload();
    assert.equal(await one.do('open', { name: 'a' }), 'open', `round ${round}`);
    assert.deepEqual(await one.do('look'), { count: 20, numbers: [round] });
  }
});

test('who takes the lock by force ends it', async t => {
  const profile = await openProfile(t);
  const one = await openStorePage(t, profile);
  await one.do('open', { name: 'a' });
  await one.page.evaluate(() => new Promise(resolve => {
    void navigator.locks.request('ocapn-wasm/a', { steal: true }, async () => resolve(undefined));
  }));
  assert.equal((await one.do('fill', 1)).code, 'STORE_FAILED');
  assert.equal(await one.do('open', { name: 'a' }), 'open');
});

test('what was committed outlives kill -9 of the browser, whole, or is missed', async t => {
  const directory = makeDirectory();
  /** The last commit that a browser acknowledged. */
  const acknowledged = { number: 0 };
  for (let round = 0; round < 3; round += 1) {
    const { browser, kill } = await spawnChromium(directory);
    t.after(kill);
    const store = await openStorePage(t, /** @type {any} */ (browser.contexts()[0]), { mayFail: /./ });
    let opened = await store.do('open', { name: 'a', wait: true });
    if (opened.code === 'STORE_DAMAGED') {
      // Chromium deleted it, which it does where it was killed at an unlucky moment; see indexeddb-failures.test.js.
      await store.do('delete', 'a');
      opened = await store.do('open', { name: 'a' });
      acknowledged.number = 0;
    }
    assert.equal(opened, 'open');
    const { numbers, count } = await store.do('look');
    assert.ok(numbers.length <= 1, `a commit in part: ${numbers}`);
    assert.equal(count, acknowledged.number === 0 ? 0 : 20);
    const [found = 0] = numbers;
    assert.ok(found >= acknowledged.number, `${found} was found, and ${acknowledged.number} was acknowledged`);
    await store.page.exposeFunction('committed', (/** @type {number} */ number) => Object.assign(acknowledged, { number }));
    const commits = store.page.evaluate(async from => {
      for (let number = from; number < from + 50; number += 1) {
        await /** @type {any} */ (globalThis).store.fill(number);
        void /** @type {any} */ (globalThis).committed(number);
      }
    }, found + 1);
    commits.catch(() => {});
    await until(() => acknowledged.number >= found + 6, 'six commits', PATIENCE);
    await kill();
  }
});
