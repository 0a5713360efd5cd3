// @ts-check

/** What IndexedDB can do to a baggage, and what comes of it: typed errors, and nothing in part. */

import assert from 'node:assert/strict';
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { makeDirectory } from '../node/support/process.js';
import { spawnChromium } from './support/chromium.js';
import { PATIENCE, openPage, openProfile, openStorePage, startPagePeer, startServer, untilEvent, useBrowser } from './support/harness.js';
import { SANDBOX } from './support/server.js';

useBrowser();

const DATABASE = 'ocapn-wasm/a';

/**
 * @param {import('playwright-core').Page} page
 * @param {number} [quotaSize] bytes; none for what the browser would give
 */
const overrideQuota = async (page, quotaSize) => {
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', {
    origin: new URL(page.url()).origin,
    ...(quotaSize !== undefined && { quotaSize }),
  });
};

/** As any script of the site can. @param {import('playwright-core').Page} page */
const deleteDatabase = page =>
  page.evaluate(
    name =>
      new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = () => resolve(undefined);
        request.onerror = reject;
      }),
    DATABASE,
  );

test('no room: the commit fails, nothing of it is there, and the last good one is', async t => {
  const store = await openStorePage(t, await openProfile(t));
  // Before anything is open: the browser remembers for a while how much room there was.
  await overrideQuota(store.page, 1_000_000);
  await store.do('open', { name: 'a' });
  assert.equal(await store.do('fill', 1), 'done');
  // The whole batch is too large; each of its entries is not.
  const failure = await store.do('fill', 2, 200_000);
  assert.deepEqual([failure.code, failure.causeCode], ['STORE_FAILED', 'QUOTA_EXCEEDED'], failure.message);
  assert.equal((await store.do('look')).code, 'STORE_FAILED');
  assert.equal((await store.do('fill', 3)).code, 'STORE_FAILED');
  await overrideQuota(store.page);
  assert.equal(await store.do('open', { name: 'a' }), 'open');
  assert.deepEqual(await store.do('look'), { count: 20, numbers: [1] });
  assert.equal(await store.do('fill', 4, 200_000), 'done');
});

test('no room for a client: its calls are rejected with STORE_FAILED, and a new start goes on with the session', async t => {
  const { peer } = await startServer(t);
  const page = await openPage(t, await openProfile(t));
  await overrideQuota(page, 1_000_000);
  const tab = await startPagePeer(page, { name: 'a' });
  await tab.do('enliven', 'counter', peer.location, 'counter');
  assert.equal(await tab.do('call', 'counter', 'increment'), 1);
  const before = await tab.do('slots', 'counter');
  await tab.do('fill', 2_000_000);
  const outcome = await tab.do('attempt', 'counter', 'increment');
  assert.equal(outcome.error?.code, 'STORE_FAILED', JSON.stringify(outcome));
  const [{ sessionId }] = await tab.do('events');
  await untilEvent(tab, 'suspended');
  assert.equal((await tab.do('events')).at(-1).code, 'STORE_FAILED');
  assert.equal((await tab.do('whyStoreFailed')).causeCode, 'QUOTA_EXCEEDED');
  await overrideQuota(page);
  await page.reload();
  const again = await startPagePeer(page, { name: 'a' });
  await again.do('enliven', 'counter', peer.location, 'counter');
  assert.equal(await again.do('call', 'counter', 'value'), 1);
  assert.deepEqual(await again.do('slots', 'counter'), before);
  assert.deepEqual((await again.do('events')).map(event => [event.type, event.sessionId]), [['resumed', sessionId]]);
});

test('its database is deleted from under it', async t => {
  const profile = await openProfile(t);
  const [one, two] = [await openStorePage(t, profile), await openStorePage(t, profile)];
  await one.do('open', { name: 'a' });
  await one.do('fill', 1);
  await deleteDatabase(two.page);
  const failure = await one.do('fill', 2);
  assert.deepEqual([failure.code, failure.causeCode], ['STORE_FAILED', 'STORE_DELETED']);
  // Never an empty start in place of what was there; and asking again is no way around that.
  for (const tab of [one, two, one]) assert.equal((await tab.do('open', { name: 'a' })).code, 'STORE_DAMAGED');
  assert.equal(await one.do('delete', 'a'), undefined);
  assert.equal(await one.do('open', { name: 'a' }), 'open');
  assert.deepEqual(await one.do('look'), { count: 0, numbers: [] });
});

test('its database is deleted from under a client: its observers hear of it, and a call says why', async t => {
  const { peer } = await startServer(t);
  const profile = await openProfile(t);
  const [page, other] = [await openPage(t, profile), await openPage(t, profile)];
  const tab = await startPagePeer(page, { name: 'a' });
  await tab.do('enliven', 'counter', peer.location, 'counter');
  assert.equal(await tab.do('call', 'counter', 'increment'), 1);
  await deleteDatabase(other);
  await assert.rejects(tab.do('fill', 1000), /its database is deleted/);
  await untilEvent(tab, 'suspended');
  const { type, code } = (await tab.do('events')).at(-1);
  assert.deepEqual([type, code], ['suspended', 'STORE_FAILED']);
  const { error } = await tab.do('attempt', 'counter', 'increment');
  assert.equal(error.code, 'STORE_FAILED');
  assert.equal((await tab.do('whyStoreFailed')).causeCode, 'STORE_DELETED');
  // It kept quiet: the server has the session, and waits.
  await peer.events.waitFor(event => event.type === 'suspended', 'the server hears the end of the connection', { ms: PATIENCE });
  assert.ok(!peer.events.all.some(event => event.type === 'severed'));
});

test('all data of the site is deleted by its user', async t => {
  const store = await openStorePage(t, await openProfile(t));
  await store.do('open', { name: 'a' });
  await store.do('fill', 1);
  const session = await store.page.context().newCDPSession(store.page);
  await session.send('Storage.clearDataForOrigin', { origin: new URL(store.page.url()).origin, storageTypes: 'all' });
  const failure = await store.do('fill', 2);
  assert.deepEqual([failure.code, failure.causeCode], ['STORE_FAILED', 'STORE_DELETED'], failure.message);
  assert.equal(await store.do('open', { name: 'a' }), 'open');
  assert.deepEqual(await store.do('look'), { count: 0, numbers: [] });
});

test('ours can be deleted, when nobody has it open', async t => {
  const store = await openStorePage(t, await openProfile(t));
  await store.do('open', { name: 'a' });
  await store.do('fill', 1);
  await store.do('close');
  assert.equal(await store.do('delete', 'a'), undefined);
  assert.equal(await store.do('delete', 'never'), undefined);
  await store.do('open', { name: 'a' });
  assert.deepEqual(await store.do('look'), { count: 0, numbers: [] });
});

test('what is there is something else, or newer, or damaged', async t => {
  const { page, ...store } = await openStorePage(t, await openProfile(t));
  /** @param {string} name @param {number} version @param {string} table @param {unknown} [value] @param {unknown} [key] */
  const make = (name, version, table, value, key = 'k/1') =>
    page.evaluate(([name, version, table, value, key]) => new Promise((resolve, reject) => {
      const request = indexedDB.open(name, version);
      request.onupgradeneeded = () => {
        const objects = request.result.createObjectStore(table);
        if (value !== null) objects.put(value, key);
      };
      request.onsuccess = () => resolve(request.result.close());
      request.onerror = () => reject(request.error);
    }), /** @type {any} */ ([`ocapn-wasm/${name}`, version, table, value ?? null, key]));
  await make('newer', 99, 'entries');
  await make('other', 1, 'things');
  await make('text', 1, 'entries', 'text');
  await make('number', 1, 'entries', 'text', 1);
  for (const [name, code] of [['newer', 'STORE_NEWER'], ['other', 'STORE_DAMAGED'], ['text', 'STORE_DAMAGED'], ['number', 'STORE_DAMAGED']]) {
    const failure = await store.do('open', { name });
    assert.equal(failure.code, code, name);
    assert.equal((await store.do('open', { name })).code, code, 'the lock is free again');
  }
  assert.match((await store.do('open', { name: 'text' })).message, /k\/1/);
});

test('a connection of somebody else’s keeps it from being opened: an error, and no change once that is gone', async t => {
  const { page, ...store } = await openStorePage(t, await openProfile(t));
  await store.do('open', { name: 'a' });
  await store.do('fill', 1);
  await store.do('close');
  const codes = await page.evaluate(async name => {
    const { openDatabase } = await import(String('/js/baggage/idb-database.js'));
    const options = { forget: [], isExpected: false, gone: () => {}, patience: 60_000 };
    const open = (/** @type {object} */ more) => openDatabase(name, { ...options, ...more }).then(
      (/** @type {any} */ { committed, close }) => {
        close();
        return committed.keys('').length;
      },
      (/** @type {any} */ error) => error.code,
    );
    const connect = () => new Promise(resolve => {
      const request = indexedDB.open(name);
      request.onsuccess = () => resolve(request.result);
    });
    /** @type {any} */
    let other = await connect();
    // An upgrade is held up by it, which the browser says, and then does not happen.
    const told = [await open({ version: 2 })];
    other.close();
    told.push(await open({}));
    // A deletion that is held up by it, in turn, holds us up, which the browser does not say.
    other = await connect();
    const deleted = new Promise(resolve => {
      indexedDB.deleteDatabase(name).onsuccess = resolve;
    });
    told.push(await open({ patience: 300 }));
    other.close();
    await deleted;
    told.push(await open({}));
    return told;
  }, DATABASE);
  assert.deepEqual(codes, ['BAGGAGE_IN_USE', 20, 'BAGGAGE_IN_USE', 0]);
});

test('a log that a killed browser left unfinished: what Chromium then deletes is missed', async t => {
  const directory = makeDirectory();
  /** What is said at each start. @type {any[]} */
  const told = [];
  for (let start = 0; start < 4; start += 1) {
    const { browser, kill } = await spawnChromium(directory);
    t.after(kill);
    const store = await openStorePage(t, /** @type {any} */ (browser.contexts()[0]), { mayFail: /./ });
    told.push([await store.do('open', { name: 'a', wait: true }), await store.do('look')]);
    if (start === 2) await store.do('delete', 'a');
    else await store.do('fill', start + 1);
    await kill();
    const databases = join(directory, 'Default/IndexedDB');
    const [folder = ''] = readdirSync(databases);
    // The head of a record without its body: where the browser ended between the two writes.
    if (start === 0) appendFileSync(join(databases, folder, '000003.log'), Uint8Array.of(1, 2, 3, 4, 200, 0, 1));
  }
  assert.deepEqual(told[1], ['open', { count: 20, numbers: [1] }]);
  // Chromium read on behind the unfinished record, and gave up.
  assert.equal(told[2][0].code, 'STORE_DAMAGED');
  assert.deepEqual(told[3], ['open', { count: 0, numbers: [] }]);
});

test('where a page may keep nothing, or hold no lock, it is told so', async t => {
  const profile = await openProfile(t);
  const sandboxed = await openStorePage(t, profile, { path: SANDBOX });
  assert.equal((await sandboxed.do('open', { name: 'a' })).code, 'STORE_UNAVAILABLE');
  const insecure = await openStorePage(t, profile, { host: 'insecure.test' });
  assert.equal(await insecure.page.evaluate(() => isSecureContext), false);
  const failure = await insecure.do('open', { name: 'a' });
  assert.equal(failure.code, 'STORE_UNAVAILABLE');
  assert.match(failure.message, /https/);
  assert.equal((await insecure.do('open', { name: '' })).code, 'API_MISUSE');
});

test('persistent storage is asked for by option, and granted or not', async t => {
  const profile = await openProfile(t);
  const store = await openStorePage(t, profile);
  await store.do('open', { name: 'a', persist: true });
  assert.equal(await store.do('persisted'), false);
  await store.do('close');
  const session = await profile.newCDPSession(store.page);
  const { targetInfo } = await session.send('Target.getTargetInfo');
  const origin = new URL(store.page.url()).origin;
  const { browserContextId = '' } = targetInfo;
  await session.send('Browser.setPermission', { permission: { name: 'persistent-storage' }, setting: 'granted', origin, browserContextId });
  await store.do('open', { name: 'a', persist: true });
  assert.equal(await store.do('persisted'), true);
});
