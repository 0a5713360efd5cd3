// @ts-check

/** A page that the browser stops and lets go on, as it does with those of a laptop that sleeps. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { makeDirectory } from '../node/support/process.js';
import { spawnChromium } from './support/chromium.js';
import { openPage, startPagePeer, startServer, typesOf, untilEvent, useBrowser } from './support/harness.js';

/** @type {() => Promise<unknown>} */
let kill = async () => {};
const { browser } = useBrowser({
  launch: async () => {
    const spawned = await spawnChromium(makeDirectory());
    ({ kill } = spawned);
    return spawned.browser;
  },
});
after(() => kill());

/**
 * A page that can be frozen, which one of Playwright's own making cannot: it counts as visible whatever happens.
 *
 * @param {any} t
 */
const openFreezable = async t => {
  const profile = /** @type {import('playwright-core').BrowserContext} */ (browser().contexts()[0]);
  const page = await openPage(t, profile);
  const devtools = await profile.newCDPSession(page);
  /** @param {'frozen' | 'active'} state */
  const setState = state => devtools.send('Page.setWebLifecycleState', { state });
  return { page, profile, sleep: () => setState('frozen'), wake: () => setState('active') };
};

/** Of a client that dials by itself only after hours. */
const SELDOM = { times: { retryLeast: 3_600_000, retryMost: 3_600_000 } };

test('a page whose connection went while it was frozen, or hidden, dials when it goes on, and not with the next retry', async t => {
  const { peer, road } = await startServer(t);
  const { page, profile, sleep, wake } = await openFreezable(t);
  const tab = await startPagePeer(page, { name: 'a', client: SELDOM });
  await tab.do('enliven', 'counter', peer.location, 'counter');

  const lose = async (/** @type {number} */ count) => {
    road.open(false);
    road.cut();
    await untilEvent(tab, 'suspended', count);
  };
  await lose(1);
  await sleep();
  road.open(true);
  await wake();
  await untilEvent(tab, 'resumed', 1);
  assert.equal(await tab.do('call', 'counter', 'increment'), 1);

  const other = await profile.newPage();
  await other.bringToFront();
  await lose(2);
  road.open(true);
  await page.bringToFront();
  await untilEvent(tab, 'resumed', 2);
  assert.equal(await tab.do('call', 'counter', 'increment'), 2);
  assert.deepEqual(typesOf(await tab.do('events')), ['fresh', 'suspended', 'resumed', 'suspended', 'resumed']);
});

test('a page that only listens finds out after its sleep that its connection is dead, and is called over a new one', async t => {
  const { peer, road } = await startServer(t);
  const { page, sleep, wake } = await openFreezable(t);
  // Nobody owes anything, and by silence alone it would take hours.
  const tab = await startPagePeer(page, { name: 'b', client: { times: { idle: 3_600_000, probe: 1000 } } });
  await tab.do('enliven', 'keeper', peer.location, 'keeper');
  await tab.do('call', 'keeper', 'keep', [{ name: 'listener' }]);
  const [{ sessionId }] = await tab.do('events');
  await sleep();
  road.freeze();
  await wake();
  // Timers of a page that stays hidden run once a minute.
  await page.bringToFront();
  await untilEvent(tab, 'resumed');
  assert.equal(await tab.do('call', 'keeper', 'tell', ['awake']), 'awake heard');
  assert.deepEqual((await tab.do('events')).map(({ type, sessionId: id }) => [type, id]), [
    ['fresh', sessionId],
    ['suspended', sessionId],
    ['resumed', sessionId],
  ]);
});
