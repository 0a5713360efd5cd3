// @ts-check

/** The guestbook from end to end: its servers are processes, its pages are tabs of a real browser, and its kills are kills. */

import assert from 'node:assert/strict';
import { mkdirSync, statSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { fromRoot } from '../../scripts/lib/paths.mjs';
import { until } from '../node/support/waiting.js';
import { measureContrast, walkByKeyboard } from './guestbook/measure.js';
import { PATIENCE, driveTab, openTab, openTabs, startStage } from './guestbook/stage.js';
import { openProfile, useBrowser } from './support/harness.js';

const { browser } = useBrowser();

/** @type {Awaited<ReturnType<typeof startStage>>} */
let stage;
before(async () => {
  stage = await startStage();
});
after(() => stage?.abandon());

/** Looked at by people; nothing here compares them. */
const PICTURES = fromRoot('build/screenshots');
mkdirSync(PICTURES, { recursive: true });

/** @param {any} t @param {import('playwright-core').BrowserContextOptions} [options] */
const profileOf = (t, options) => openProfile(t, { viewport: { width: 1280, height: 860 }, ...options });

/** Layout may not move by more than this. */
const STILL = 0.01;

/** @param {import('./guestbook/stage.js').Tab} tab */
const assertStill = async tab => {
  const shifts = await tab.shifts();
  const sum = shifts.reduce((/** @type {number} */ all, /** @type {any} */ { value }) => all + value, 0);
  assert.ok(sum < STILL, `the layout moved by ${sum}: ${JSON.stringify(shifts)}`);
};

test('tabs see each other’s entries; one carries a stamp from the shop to the guestbook, as the gifter', async t => {
  const profile = await profileOf(t);
  const [ada, bob] = await openTabs(t, profile, stage.address);
  await ada.sign('Ada', 'first words');
  await bob.sees('first words');
  await bob.sign('Bob', 'second words', 'fern');
  const entry = ada.entry('second words');
  for (const tab of [ada, bob]) await tab.seesStamp('second words');
  assert.match(await entry.locator('.corner').innerText(), /^Stamp: Fern, number \d+$/);
  assert.deepEqual(await ada.entries(), await bob.entries());
  // The page asked the shop for the stamp, and gave the guestbook a reference to it.
  const told = await bob.timeline();
  for (const line of ['sent buy', 'sent affix + gift', 'sent deposit-gift']) assert.ok(told.includes(line), `${line} is not in:\n${told.join('\n')}`);
  assert.ok((await ada.timeline()).includes('received hear'), 'the server calls an object in the page');
  assert.ok(!(await ada.timeline()).some(line => line.includes('gift')));

  // An entry is a live object: a call to it changes what everybody sees.
  await ada.front();
  await ada.entry('second words').getByRole('button', { name: 'Thanks to Bob' }).click();
  await bob.front();
  await bob.entry('second words').getByRole('button', { name: 'Thanks to Bob, 1 so far' }).waitFor({ timeout: PATIENCE });
  assert.equal(await bob.entry('second words').getByRole('button', { name: 'Thanks' }).getAttribute('aria-pressed'), 'false');

  // Only who signed has the pen.
  assert.equal(await bob.entry('first words').getByRole('button', { name: 'Take back' }).count(), 0);
  const before = await ada.restingSlots();
  await ada.front();
  await ada.entry('first words').getByRole('button', { name: 'Take back' }).click();
  await bob.shows('.erased');
  assert.ok(!(await bob.entries()).includes('first words'));
  // Nobody needs them any more: the slots of the pen and of the entry drain, once their garbage is collected.
  const devtools = await profile.newCDPSession(ada.page);
  await until(
    async () => {
      await devtools.send('HeapProfiler.collectGarbage');
      return (await ada.restingSlots()).peers.length < before.peers.length;
    },
    'slots drain',
    PATIENCE,
  );
  await assertStill(ada);
  await assertStill(bob);
});

test('a cut socket: the session goes on, and a tab that was told nothing meanwhile catches up', async t => {
  const profile = await profileOf(t);
  const [ada, bob] = await openTabs(t, profile, stage.address);
  await ada.sign('Ada', 'before the cut');
  await bob.sees('before the cut');
  const [id, slots, resumes] = [await ada.text('fact-id'), await ada.restingSlots(), await ada.resumes()];
  await ada.press('Cut the socket');
  await bob.sign('Bob', 'after the cut');
  await ada.sees('after the cut');
  await until(async () => (await ada.resumes()) === resumes + 1, 'it is resumed', PATIENCE);
  assert.equal(await ada.text('fact-id'), id);
  const after = await ada.restingSlots();
  assert.equal(after.own, slots.own);
  assert.ok(after.peers.startsWith(slots.peers), `${slots.peers} became ${after.peers}`);
  const told = await ada.timeline();
  assert.ok(told.includes('sent op:resume-session') && told.includes('session resumed'));
  await assertStill(ada);
});

test('kill -9 of the server in the middle of signing: nothing is lost, and nothing doubled', async t => {
  const profile = await profileOf(t);
  const [ada, bob] = await openTabs(t, profile, stage.address);
  await ada.restingSlots();
  const [id, [before]] = [await ada.text('fact-id'), await ada.counts()];
  const all = Array.from({ length: 12 }, (_, i) => `line ${i + 1} of twelve`);
  await ada.signMany('Ada', all, 'wave');
  await bob.sees(all[1]);
  const pid = await ada.pid();
  stage.hold(t);
  process.kill(pid, 'SIGKILL');
  await ada.away();
  assert.ok((await ada.drafts()) > 0, 'it was killed in the middle');
  // What is signed while it is away waits.
  await ada.sign('Ada', 'while it was away', 'moon');
  stage.release();
  for (const tab of [ada, bob]) await tab.sees('while it was away');
  await until(async () => (await ada.drafts()) === 0, 'no draft is left', PATIENCE);
  for (const tab of [ada, bob]) {
    await tab.front();
    const mine = (await tab.entries()).filter(words => words.endsWith('of twelve') || words === 'while it was away');
    assert.deepEqual(mine, [...all, 'while it was away']);
    await until(async () => (await tab.page.locator('[data-number]', { hasText: /of twelve|while it was away/ }).locator('.stamp').count()) === 13, 'all have their stamps', PATIENCE);
  }
  assert.notEqual(await ada.pid(), pid);
  assert.equal(await ada.text('fact-id'), id);
  await ada.restingSlots();
  // For each of the thirteen an entry and a pen, and what there was before.
  const [here, there] = await ada.counts();
  assert.equal(here, there);
  assert.ok(Number(here) >= Number(before) + 26, `${before} slots became ${here}`);
  // Bob's tab asked for nothing: the new process called it by the reference that it kept.
  const told = await bob.timeline();
  assert.deepEqual(told.slice(told.lastIndexOf('session resumed')).filter(line => line === 'sent join'), []);
  assert.ok(told.slice(told.lastIndexOf('session resumed')).includes('received hear'));
  await assertStill(bob);
});

test('the shop is killed while a stamp is wanted: the stamp comes when it is back', async t => {
  const ada = await openTab(t, await profileOf(t), stage.address);
  await ada.sign('Ada', 'a first stamp', 'moon');
  await ada.seesStamp('a first stamp');
  await ada.page.getByRole('radio', { name: 'Stamp shop' }).check();
  await until(async () => (await ada.text('fact-state')) === 'active', 'the session with the shop is shown', PATIENCE);
  const pid = await ada.pid();
  await ada.press('Kill the server');
  await until(async () => (await ada.timeline()).some(line => line.startsWith('trouble suspended')), 'the shop was away', PATIENCE);
  await ada.sign('Ada', 'a second stamp', 'hills');
  await ada.seesStamp('a second stamp');
  await until(async () => (await ada.drafts()) === 0, 'no draft is left', PATIENCE);
  assert.notEqual(await ada.pid(), pid);
  assert.ok((await ada.resumes()) >= 1);
});

test('a tab that is loaded again goes on: same session, same slots, and it can still take back what it signed', async t => {
  const ada = await openTab(t, await profileOf(t), stage.address);
  await ada.sign('Ada', 'to be taken back', 'moon');
  await ada.seesStamp('to be taken back');
  await until(async () => (await ada.drafts()) === 0, 'no draft is left', PATIENCE);
  const [id, name, slots] = [await ada.text('fact-id'), await ada.name(), await ada.restingSlots()];
  await ada.page.reload();
  await ada.ready();
  await ada.sees('to be taken back');
  assert.equal(await ada.text('fact-id'), id);
  assert.equal(await ada.name(), name);
  assert.deepEqual(await ada.restingSlots(), slots);
  assert.equal(await ada.page.inputValue('#name'), 'Ada');
  // The guestbook is not fetched again: its token leads to it.
  assert.ok(!(await ada.timeline()).includes('sent fetch'));
  await ada.entry('to be taken back').getByRole('button', { name: 'Take back' }).click();
  await ada.shows('.erased');
});

test('a draft outlives the page that wrote it', async t => {
  const ada = await openTab(t, await profileOf(t), stage.address);
  await ada.restingSlots();
  const pid = await ada.pid();
  stage.hold(t);
  process.kill(pid, 'SIGKILL');
  await ada.away();
  assert.equal(await ada.hasStored('written before the reload'), false);
  await ada.sign('Ada', 'written before the reload', 'fern');
  await ada.shows('[data-draft]');
  await until(() => ada.hasStored('written before the reload'), 'it is durable', PATIENCE);
  await ada.page.goto('about:blank');
  stage.release();
  await until(() => ada.page.goto(stage.address).then(() => true, () => false), 'the page is there again', PATIENCE);
  await ada.ready();
  await ada.seesStamp('written before the reload');
  assert.equal((await ada.entries()).filter(words => words === 'written before the reload').length, 1);
});

test('the server is killed before it said a word in the session: it begins anew, with what was signed meanwhile', async t => {
  const ada = await openTab(t, await profileOf(t), stage.address, { onlyHello: true });
  const [id, pid] = [await ada.text('fact-id'), await ada.pid()];
  stage.hold(t);
  process.kill(pid, 'SIGKILL');
  await ada.away();
  assert.equal(await ada.text('fact-state'), 'none yet', 'a session of which nothing was heard is not kept');
  assert.match(await ada.text('hint'), /^The server is away/);
  await ada.sign('Ada', 'signed before the first word', 'wave');
  await ada.shows('[data-draft]');
  stage.release();
  await ada.ready();
  await ada.seesStamp('signed before the first word');
  assert.notEqual(await ada.text('fact-id'), id);
  assert.equal((await ada.entries()).filter(words => words === 'signed before the first word').length, 1);
});

test('a duplicated tab is another peer, with a baggage of its own', async t => {
  const profile = await profileOf(t);
  const ada = await openTab(t, profile, stage.address);
  // A window that a page opens begins with a copy of its sessionStorage, as a duplicated tab does.
  const [page] = await Promise.all([profile.waitForEvent('page'), ada.page.evaluate(() => void window.open(location.href))]);
  const copy = driveTab(t, page);
  await copy.ready();
  assert.notEqual(await copy.name(), await ada.name());
  assert.notEqual(await copy.text('fact-id'), await ada.text('fact-id'));
  await copy.sign('Eve', 'from the copy');
  await ada.sees('from the copy');
  assert.equal(await ada.entry('from the copy').getByRole('button', { name: 'Take back' }).count(), 0);
  const [mine, its] = [await ada.name(), await copy.name()];
  for (const tab of [ada, copy]) {
    await tab.page.reload();
    await tab.ready();
  }
  assert.deepEqual([await ada.name(), await copy.name()], [mine, its], 'each keeps its own');
});

test('what tabs left that are closed for long is deleted; what is open, or was lately, is not', async t => {
  const profile = await profileOf(t);
  const ada = await openTab(t, profile, stage.address);
  const name = await ada.name();
  await ada.page.evaluate(
    async own => {
      const make = (/** @type {string} */ tab, /** @type {number} */ days) =>
        new Promise(resolve => {
          localStorage.setItem(`guestbook opened ${tab}`, String(Date.now() - days * 24 * 60 * 60 * 1000));
          const request = indexedDB.open(`ocapn-wasm/${tab}`, 1);
          request.onsuccess = () => resolve(request.result.close());
        });
      await make('tab-old', 8);
      await make('tab-late', 6);
      localStorage.setItem(`guestbook opened ${own}`, '0');
    },
    /** @type {string} */ (name),
  );
  const bob = await openTab(t, profile, stage.address);
  const look = () => bob.page.evaluate(async () => [...(await indexedDB.databases()).map(one => one.name), ...Object.keys(localStorage)]);
  await until(async () => !(await look()).includes('guestbook opened tab-old'), 'the old one is forgotten', PATIENCE);
  const left = await look();
  assert.ok(!left.includes('ocapn-wasm/tab-old'), left.join());
  for (const one of ['tab-late', name]) assert.ok(left.includes(`ocapn-wasm/${one}`) && left.includes(`guestbook opened ${one}`), left.join());
  await ada.sign('Ada', 'still here');
  await bob.sees('still here');
});

test('the whole stage is ended and started again while the page is open: it goes on, and so do the buttons', async t => {
  const first = await startStage();
  t.after(() => first.abandon());
  const ada = await openTab(t, await profileOf(t), first.address);
  await ada.sign('Ada', 'before the break', 'wave');
  await ada.seesStamp('before the break');
  const [id, pid] = [await ada.text('fact-id'), await ada.pid()];
  assert.equal(await first.stop(), 0);
  await ada.away();
  await ada.sign('Ada', 'during the break', 'fern');
  await ada.shows('[data-draft]');
  const second = await startStage(first.place);
  t.after(() => second.abandon());
  await ada.seesStamp('during the break');
  assert.equal(await ada.text('fact-id'), id);
  assert.deepEqual(await ada.entries(), ['before the break', 'during the break']);
  await until(async () => Number.isInteger(await ada.pid()), 'the new stage is heard', PATIENCE);
  assert.notEqual(await ada.pid(), pid);
  const resumes = await ada.resumes();
  await ada.press('Kill the server');
  await until(async () => (await ada.resumes()) > resumes, 'it is killed, and comes back', PATIENCE);
});

test('wiped: a tab becomes another peer; wiping everything empties the book for all', async t => {
  const profile = await profileOf(t);
  const [ada, bob] = await openTabs(t, profile, stage.address);
  await ada.sign('Ada', 'stays in the book');
  await bob.sees('stays in the book');
  const [id, name] = [await ada.text('fact-id'), await ada.name()];
  const loaded = ada.page.waitForEvent('load');
  await ada.press('Wipe…');
  await ada.press('This tab');
  await loaded;
  await ada.ready();
  await ada.sees('stays in the book');
  assert.notEqual(await ada.text('fact-id'), id);
  assert.notEqual(await ada.name(), name);
  assert.equal(await ada.entry('stays in the book').getByRole('button', { name: 'Take back' }).count(), 0);
  const stores = await ada.page.evaluate(async () => (await indexedDB.databases()).map(one => one.name));
  assert.ok(!stores.includes(`ocapn-wasm/${name}`), `${name} is still in ${stores}`);

  // One of them is not there to hear of it.
  const bobWas = await bob.name();
  await bob.page.goto('about:blank');
  await ada.press('Wipe…');
  await ada.press('Everything');
  await ada.shows('#empty');
  await ada.ready();
  assert.deepEqual(await ada.entries(), []);
  await ada.page.screenshot({ path: `${PICTURES}/guestbook-empty.png`, animations: 'disabled' });
  await bob.page.goto(stage.address);
  await bob.ready();
  await bob.sign('Bob', 'a new book');
  await ada.sees('a new book');
  assert.notEqual(await bob.name(), bobWas);
});

/** @param {import('./guestbook/stage.js').Tab} ada @param {import('./guestbook/stage.js').Tab} bob */
const fillBook = async (ada, bob) => {
  await ada.sign('Ada', 'I left the train of thought here on Monday and found it again on Thursday, still running.', 'hills');
  await ada.seesStamp('train of thought');
  await bob.sign('Grace', 'Somebody pulled the plug while I wrote this. I did not notice.', 'moon');
  await bob.seesStamp('pulled the plug');
  await bob.sign('Jun', 'Greetings from the tab next door.');
  await ada.sees('tab next door');
  await ada.entry('pulled the plug').getByRole('button', { name: 'Thanks' }).click();
  await ada.entry('pulled the plug').getByRole('button', { name: '1 so far' }).waitFor({ timeout: PATIENCE });
  await bob.front();
  await bob.entry('pulled the plug').getByRole('button', { name: 'Thanks' }).click();
  await bob.sign('Tove', 'Cut it, killed it, came back. All there.', 'wave');
  await ada.seesStamp('All there');
  await ada.front();
};

test('it can be read and used by all: contrast, keyboard, names; and how it looks', async t => {
  const profile = await profileOf(t, { colorScheme: 'light' });
  const [ada, bob] = await openTabs(t, profile, stage.address);
  const { page } = ada;
  await page.bringToFront();

  /** @param {string} name @param {import('playwright-core').PageScreenshotOptions} [options] */
  const shoot = (name, options) => page.screenshot({ path: `${PICTURES}/guestbook-${name}.png`, animations: 'disabled', ...options });

  await fillBook(ada, bob);
  await page.fill('#text', '');
  await ada.restingSlots();

  for (const scheme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({ colorScheme: scheme });
    await shoot(scheme);
    const { count, found } = await measureContrast(page);
    assert.ok(count > 60, `only ${count} texts were measured`);
    assert.deepEqual(found, [], `too faint, ${scheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });

  const stops = await walkByKeyboard(page);
  const names = stops.map(({ name }) => name);
  for (const name of ['Skip to the session', 'Entries', 'Name', 'Message', 'Sign', 'Guestbook', 'Messages and commits', 'Cut the socket', 'Kill the server', 'Wipe…']) {
    assert.ok(names.includes(name), `${name} is not reached by Tab: ${names.join(', ')}`);
  }
  assert.equal(stops.filter(({ name }) => name.startsWith('Thanks to')).length, (await ada.entries()).length);
  assert.equal(stops.filter(({ id }) => id.startsWith('design:')).length, 1, 'the stamps are one stop');
  assert.deepEqual(stops.filter(({ name, isMarked }) => name === '' || !isMarked), [], 'each has a name, and is seen to have the focus');
  // Every control is one of the stops; of a group of radio buttons, one.
  const controls = await page.locator('button:visible:not(dialog *), textarea, input:not([type=radio])').count();
  assert.equal(stops.filter(({ role }) => ['button', 'textbox'].includes(role)).length, controls);

  // All of it by keyboard: a stamp is chosen by arrows, and Enter signs.
  await page.locator('input[name=design]:checked').focus();
  await page.keyboard.press('ArrowRight');
  const design = await page.locator('input[name=design]:checked').inputValue();
  assert.notEqual(design, '');
  await page.locator('#text').focus();
  await page.keyboard.type('typed');
  await page.keyboard.press('Enter');
  await bob.seesStamp('typed');
  await ada.front();
  await page.getByRole('button', { name: 'Wipe…' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Everything' }).waitFor();
  const faint = [(await measureContrast(page)).found];
  await shoot('wipe');
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'wipe', 'the focus is back where it was');

  await page.setViewportSize({ width: 375, height: 812 });
  const isLastSeen = () =>
    page.evaluate(() => {
      const [book, last] = ['#book', '#entries > li:last-child'].map(one => /** @type {Element} */ (document.querySelector(one)).getBoundingClientRect());
      return last.bottom <= book.bottom + 1;
    });
  await until(isLastSeen, 'who was at the end of the book is there still', PATIENCE);
  await shoot('narrow', { fullPage: true });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 375, 'nothing is wider than a telephone');
  await page.setViewportSize({ width: 1280, height: 860 });

  // While the server is away.
  const pid = await ada.pid();
  stage.hold(t);
  process.kill(pid, 'SIGKILL');
  await ada.away();
  await ada.sign('Ada', 'Can you hear me?', 'fern');
  await ada.shows('[data-draft]');
  faint.push((await measureContrast(page)).found);
  await shoot('away');
  stage.release();
  assert.deepEqual(faint, [[], []]);
  await bob.seesStamp('Can you hear me?');
  await assertStill(bob);
});

/** Made on request: GUESTBOOK_PICTURE=1. @type {(name: string, run: (t: any) => Promise<void>) => void} */
const onRequest = process.env.GUESTBOOK_PICTURE ? test : () => {};

onRequest('the picture of the README', async t => {
  const path = fromRoot('docs/guestbook.png');
  const fresh = await startStage();
  t.after(() => fresh.abandon());
  const profile = await profileOf(t, { viewport: { width: 1200, height: 850 }, colorScheme: 'light' });
  const [ada, bob] = await openTabs(t, profile, fresh.address);
  await ada.page.bringToFront();
  await fillBook(ada, bob);
  await ada.press('Kill the server');
  await ada.away();
  await ada.ready();
  await ada.restingSlots();
  await ada.page.locator('input[name=design][value=fern]').check({ force: true });
  await ada.page.locator('#timeline .session').last().evaluate(line => {
    /** @type {Element} */ (line.parentElement).scrollTop = /** @type {HTMLElement} */ (line).offsetTop - 70;
  });
  await ada.page.screenshot({ path, animations: 'disabled' });
  assert.ok(statSync(path).size < 150_000, `${statSync(path).size} bytes`);
});

test('the stage ends in order, and said nothing that it should not have', async () => {
  assert.ok(browser().isConnected());
  assert.equal(await stage.stop(), 0);
  assert.equal(stage.complaints(), '');
});
