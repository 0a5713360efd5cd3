// @ts-check

/** The guestbook's stage in a process of its own, and its pages. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { fromRoot } from '../../../scripts/lib/paths.mjs';
import { findPort } from '../../node/fixtures/netlayer-kit.js';
import { makeDirectory } from '../../node/support/process.js';
import { until, within } from '../../node/support/waiting.js';

/** Ms that anything may take on a busy machine. */
export const PATIENCE = 40_000;

/** @param {{ port: number, directory: string }} [place] of a stage that was there before */
export const startStage = async (place = undefined) => {
  const { port, directory } = place ?? { port: await findPort(), directory: makeDirectory() };
  const args = [fromRoot('examples/guestbook/stage.mjs'), '--port', String(port), '--directory', directory];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  let said = '';
  let complaints = '';
  child.stderr.on('data', data => {
    complaints += data;
  });
  const isUp = new Promise((resolve, reject) => {
    child.stdout.on('data', data => {
      said += data;
      if (said.includes('Ctrl-C')) resolve(undefined);
    });
    child.once('exit', () => reject(Error(`the stage ended: ${said}${complaints}`)));
  });
  await within(isUp, 'the stage is up', PATIENCE);
  return {
    place: { port, directory },
    address: `http://localhost:${port}/`,
    said: () => said,
    complaints: () => complaints,
    /** In order, as Ctrl-C does. @returns {Promise<number | null>} its exit code */
    stop: async () => {
      child.kill('SIGINT');
      const [code] = await within(exited, 'the stage ends', PATIENCE);
      return code;
    },
    abandon: () => child.kill('SIGKILL'),
    /** From now until `release` the stage starts nothing: what is killed stays so. @param {any} t */
    hold: t => {
      child.kill('SIGSTOP');
      t.after(() => child.kill('SIGCONT'));
    },
    release: () => child.kill('SIGCONT'),
  };
};

/** A dial that fails is told by the browser itself; so is what a killed server did not answer. */
const ANNOUNCED = /^(?:WebSocket connection to|Failed to load resource: net::ERR_CONNECTION)/;

/** Sums up layout shifts from the first paint on. */
const countShifts = () => {
  const all = /** @type {any} */ (globalThis);
  all.shifts = [];
  new PerformanceObserver(list => {
    for (const entry of /** @type {any[]} */ (list.getEntries())) {
      if (!entry.hadRecentInput) all.shifts.push({ value: entry.value, nodes: entry.sources.map((/** @type {any} */ { node }) => node?.outerHTML?.slice(0, 90)) });
    }
  }).observe({ type: 'layout-shift', buffered: true });
};

/**
 * A tab with the guestbook.
 *
 * @param {any} t
 * @param {import('playwright-core').Page} page
 */
export const driveTab = (t, page) => {
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', error => errors.push(String(error.stack)));
  page.on('console', message => {
    if (message.type() === 'error' && !ANNOUNCED.test(message.text())) errors.push(message.text());
  });
  t.after(() => {
    if (errors.length > 0) throw Error(`the page says:\n${errors.join('\n')}`);
  });

  /** @param {string} id */
  const text = id => page.locator(`#${id}`).innerText();
  /** @param {string} selector */
  const texts = selector => page.locator(selector).allInnerTexts();

  const tab = {
    page,
    text,

    /** A tab behind another one draws once a second. */
    front: async () => {
      await page.bringToFront();
      await page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    },

    /** @param {string} selector */
    shows: async selector => {
      await page.bringToFront();
      await page.locator(selector).waitFor({ timeout: PATIENCE });
    },
    ready: () => tab.shows('#state[data-state=active]'),
    away: () => tab.shows('#state[data-state=suspended]'),

    /** @param {string} name of a button */
    press: async name => {
      await page.bringToFront();
      await page.getByRole('button', { name, exact: true }).click();
    },

    /** @param {string} name @param {string} words @param {string} [design] */
    sign: async (name, words, design = '') => {
      await page.bringToFront();
      await page.fill('#name', name);
      await page.fill('#text', words);
      await page.locator(`input[name=design][value="${design}"]`).check({ force: true });
      await page.getByRole('button', { name: 'Sign', exact: true }).click();
    },

    /** Signs many times within one turn. @param {string} name @param {string[]} all @param {string} design */
    signMany: (name, all, design) =>
      page.evaluate(
        ([who, words, stamp]) => {
          const form = /** @type {any} */ (document.getElementById('form'));
          for (const one of words) {
            form.elements.name.value = who;
            form.elements.text.value = one;
            form.elements.design.value = stamp;
            form.requestSubmit();
          }
        },
        /** @type {[string, string[], string]} */ ([name, all, design]),
      ),

    /** The words of the entries in the book, in order. */
    entries: async () => {
      await tab.front();
      return texts('#entries > [data-number]:not(.erased) .words');
    },
    drafts: () => page.locator('#entries > [data-draft]').count(),
    /** @param {string} words */
    entry: words => page.locator('#entries > [data-number]', { hasText: words }),

    /** @param {string} words */
    sees: async words => {
      await page.bringToFront();
      await tab.entry(words).waitFor({ timeout: PATIENCE });
    },

    /** @param {string} words */
    seesStamp: async words => {
      await page.bringToFront();
      await tab.entry(words).locator('.corner .stamp').waitFor({ timeout: PATIENCE });
    },

    /** The positions in the four boxes. */
    slots: async () => {
      const of = (/** @type {string} */ lane, /** @type {string} */ side) => texts(`.lane.${lane} .box:${side}-child .chip:not(.leaving)`);
      const [ownHere, ownThere, peersHere, peersThere] = await Promise.all([of('own', 'first'), of('own', 'last'), of('peers', 'first'), of('peers', 'last')]);
      return { ownHere, ownThere, peersHere, peersThere };
    },

    /** How many slots the tab imports from the server, and the server exports to it. */
    counts: async () => Promise.all(['first', 'last'].map(side => page.locator(`.lane.peers .box:${side}-child .number`).innerText())),

    /** The slots once all calls are over: both sides agree. */
    restingSlots: async () => {
      await page.bringToFront();
      const found = await until(
        async () => {
          const slots = await tab.slots();
          const sorted = (/** @type {string[]} */ list) => [...list].sort((a, b) => Number(a) - Number(b)).join();
          const isResting = (await texts('.flight'))[0] === 'Asked 0 · answering 0 · waiting 0';
          const isSame = sorted(slots.ownHere) === sorted(slots.ownThere) && sorted(slots.peersHere) === sorted(slots.peersThere);
          return isResting && isSame && slots.ownHere.length > 0 ? { own: sorted(slots.ownHere), peers: sorted(slots.peersHere) } : undefined;
        },
        'both sides show the same slots',
        PATIENCE,
      );
      return /** @type {{ own: string, peers: string }} */ (found);
    },

    /** The process of the server. */
    pid: async () => Number(/^process (\d+)$/.exec(await text('fact-server'))?.[1]),
    resumes: async () => Number.parseInt(await text('fact-resumes'), 10),

    /** What the timeline says, each as `kind what`. */
    timeline: async () => {
      await tab.front();
      return page.locator('#timeline li').evaluateAll(lines => lines.map(line => `${line.className} ${line.querySelector('.what')?.lastChild?.textContent}`));
    },

    shifts: () => page.evaluate(() => /** @type {any} */ (globalThis).shifts),

    /** The name of the tab's baggage. */
    name: () => page.evaluate(() => sessionStorage.getItem('guestbook tab')),

    /** Whether the tab's database has it, past the tab's own memory. @param {string} words */
    hasStored: words =>
      page.evaluate(async text => {
        const name = `ocapn-wasm/${sessionStorage.getItem('guestbook tab')}`;
        const result = (/** @type {IDBRequest} */ request) =>
          new Promise((resolve, reject) => {
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error);
          });
        const database = await result(indexedDB.open(name));
        try {
          const stores = [...database.objectStoreNames];
          const transaction = database.transaction(stores);
          const values = await Promise.all(stores.map(store => result(transaction.objectStore(store).getAll())));
          return values.flat().some(value => value instanceof Uint8Array && new TextDecoder().decode(value).includes(text));
        } finally {
          database.close();
        }
      }, words),
  };
  return tab;
};

/**
 * From the first connection to the guestbook, the page hears nothing after the hello.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} address
 */
const hushFirst = async (page, address) => {
  const { port } = new URL(address);
  let isFirst = true;
  await page.routeWebSocket(
    url => url.port === port,
    socket => {
      const server = socket.connectToServer();
      if (!isFirst) return;
      isFirst = false;
      let hasHello = false;
      server.onMessage(message => {
        if (hasHello) return;
        // What comes before is the netlayer's.
        hasHello = message.includes('op:start-session');
        socket.send(message);
      });
    },
  );
};

/**
 * @param {any} t
 * @param {import('playwright-core').BrowserContext} profile
 * @param {string} address
 * @param {{ onlyHello?: boolean }} [options] `onlyHello`: the guestbook's first connection stays silent after its hello
 */
export const openTab = async (t, profile, address, { onlyHello = false } = {}) => {
  const page = await profile.newPage();
  await page.addInitScript(countShifts);
  if (onlyHello) await hushFirst(page, address);
  const tab = driveTab(t, page);
  await page.goto(address);
  await tab.ready();
  return tab;
};

/**
 * Two of them.
 *
 * @param {any} t
 * @param {import('playwright-core').BrowserContext} profile
 * @param {string} address
 */
export const openTabs = async (t, profile, address) => Promise.all([openTab(t, profile, address), openTab(t, profile, address)]);

/** @typedef {ReturnType<typeof driveTab>} Tab */
