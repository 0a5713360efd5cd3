// @ts-check

/** One browser and one file server for the tests of a file, and pages in them. */

import { after, before } from 'node:test';

import { findPort } from '../../node/fixtures/netlayer-kit.js';
import { makeDirectory, startPeer } from '../../node/support/process.js';
import { until } from '../../node/support/waiting.js';
import { launchChromium } from './chromium.js';
import { makeRoad } from './road.js';
import { serveFiles } from './server.js';

/**
 * @import { BrowserContext, Page } from 'playwright-core'
 */

/** Ms that anything may take on a busy machine. */
export const PATIENCE = 60_000;

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('./server.js').FileServer} */
let files;

/**
 * Call it at the top of a test file.
 *
 * @param {{ launch?: () => Promise<import('playwright-core').Browser> }} [options] `launch`: a browser of the file's own
 */
export const useBrowser = ({ launch = launchChromium } = {}) => {
  before(async () => {
    files = await serveFiles();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await files?.close();
  });
  return {
    files: () => files,
    browser: () => browser,
  };
};

/**
 * A browser profile of a test's own: other tests' stores are not in it.
 *
 * @param {any} t
 * @param {import('playwright-core').BrowserContextOptions} [options]
 * @returns {Promise<BrowserContext>}
 */
export const openProfile = async (t, options) => {
  const context = await browser.newContext(options);
  t.after(() => context.close());
  return context;
};

/**
 * An empty page of our site. Whatever it throws or says as an error fails the test.
 *
 * @param {any} t
 * @param {BrowserContext} context
 * @param {{ path?: string, host?: string, mayFail?: RegExp }} [options] `mayFail`: errors that belong to the test
 * @returns {Promise<Page>}
 */
export const openPage = async (t, context, { path = '/test/', host = 'localhost', mayFail } = {}) => {
  const page = await context.newPage();
  /** @type {string[]} */
  const errors = [];
  // That a dial failed is said by the browser itself, whoever handles it.
  const note = (/** @type {string} */ text) => {
    if (!text.startsWith('WebSocket connection to') && !mayFail?.test(text)) errors.push(text);
  };
  page.on('pageerror', error => note(String(error)));
  page.on('console', message => {
    if (message.type() === 'error') note(message.text());
  });
  t.after(() => {
    if (errors.length > 0) throw Error(`the page says:\n${errors.join('\n')}`);
  });
  await page.goto(`http://${host}:${files.port}${path}`);
  return page;
};

/**
 * A page with the store of pages/store.js.
 *
 * @param {any} t
 * @param {BrowserContext} context
 * @param {Parameters<typeof openPage>[2]} [options]
 */
export const openStorePage = async (t, context, options) => {
  const page = await openPage(t, context, options);
  const load = () => page.evaluate(() => import(String('/tests/browser/pages/store.js')).then(() => {}));
  await load();
  return {
    page,
    /** @param {string} op @param {any[]} args @returns {Promise<any>} */
    do: (op, ...args) => page.evaluate(([name, all]) => /** @type {any} */ (globalThis).store[name](...all), /** @type {any} */ ([op, args])),
    reload: async () => {
      await page.reload();
      await load();
    },
  };
};

/**
 * @typedef {object} PagePeer
 * @property {(op: string, ...args: any[]) => Promise<any>} do one of the operations of pages/peer.js
 */

/**
 * Starts the peer of pages/peer.js in a page, or in a worker of it.
 *
 * @param {Page} page
 * @param {any} options
 * @param {{ inWorker?: boolean }} [where]
 * @returns {Promise<PagePeer>}
 */
export const startPagePeer = async (page, options, { inWorker = false } = {}) => {
  const module = `/tests/browser/pages/${inWorker ? 'in-worker' : 'peer'}.js`;
  await page.evaluate(
    async ([address, given]) => {
      const { start } = await import(String(address));
      /** @type {any} */ (globalThis).peer = await start(given);
    },
    [module, options],
  );
  return {
    do: (op, ...args) => page.evaluate(([name, all]) => /** @type {any} */ (globalThis).peer[name](...all), /** @type {any} */ ([op, args])),
  };
};

/** @param {any[]} events */
export const typesOf = events => events.map(({ type }) => type);

/**
 * @param {PagePeer} peer
 * @param {string} type
 * @param {number} [count]
 */
export const untilEvent = (peer, type, count = 1) =>
  until(async () => typesOf(await peer.do('events')).filter(each => each === type).length >= count, `${type} in the page`, PATIENCE);

/** @param {PagePeer} peer @param {number} count @param {string} what @returns {Promise<any[]>} what became of calls, once all are settled */
export const untilSettled = async (peer, count, what) => {
  /** @type {any[]} */
  let outcomes = [];
  await until(
    async () => {
      outcomes = await peer.do('outcomes');
      return outcomes.length === count;
    },
    what,
    PATIENCE,
  );
  return outcomes;
};

/**
 * A server in a process of its own, which pages reach by a road of the test's. `start` starts it again, at the same address.
 *
 * @param {any} t
 * @param {any} options of `startPeer`
 */
export const startServer = async (t, options = {}) => {
  const road = await makeRoad(t);
  const specifiedPort = await findPort();
  road.leadTo(specifiedPort);
  const directory = makeDirectory();
  const start = () =>
    startPeer(t, {
      directory,
      ...options,
      transport: 'websocket',
      netlayer: { specifiedPort, specifiedUrl: `ws://127.0.0.1:${road.port}` },
    });
  return { road, start, peer: await start() };
};
