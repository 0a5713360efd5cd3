// @ts-check

/** The browser of the tests: Debian's Chromium, or the one that `CHROMIUM` names. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chromium } from 'playwright-core';

import { PLACES, findChromium } from './find-chromium.js';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Names that are not localhost, so that a page there is in no secure context.
  '--host-resolver-rules=MAP *.test 127.0.0.1',
];

/** @returns {Promise<import('playwright-core').Browser>} */
export const launchChromium = () => {
  const executablePath = findChromium();
  if (executablePath === undefined) throw Error(`no Chromium in ${PLACES.join(', ')}: install one, or set CHROMIUM to its path`);
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
};

/** Ms from the start of a browser to its answer. One that was killed before stands still at its next start now and then. */
const START = 12_000;

/** How often it is started before that is an error. */
const STARTS = 3;

/** @param {string} profile */
const startChromium = async profile => {
  const flags = [...FLAGS, '--headless', '--remote-debugging-port=0', `--user-data-dir=${profile}`];
  // In a process group of its own, since all of its processes have to go.
  const child = spawn(String(findChromium()), flags, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(/** @type {number} */ (child.pid)), 'SIGKILL');
    await exited;
  };
  let said = '';
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  try {
    /** @type {string} */
    const address = await new Promise((resolve, reject) => {
      child.stderr.on('data', data => {
        said += data;
        const found = /DevTools listening on (\S+)/.exec(said);
        if (found) resolve(found[1]);
      });
      child.once('exit', () => reject(Error(`Chromium ended: ${said}`)));
      timer = setTimeout(() => reject(Error(`Chromium does not listen: ${said}`)), START);
    });
    return { browser: await chromium.connectOverCDP(address, { noDefaults: true, timeout: START }), kill };
  } catch (error) {
    await kill();
    throw error;
  } finally {
    clearTimeout(timer);
  }
};

/**
 * A browser of its own, on a profile that stays on the disk, which can be killed.
 *
 * @param {string} profile a directory
 * @returns {Promise<{ browser: import('playwright-core').Browser, kill: () => Promise<void> }>}
 */
export const spawnChromium = async profile => {
  for (let start = 1; ; start += 1) {
    try {
      const { browser, kill } = await startChromium(profile);
      return {
        browser,
        kill: async () => {
          await kill();
          await browser.close();
        },
      };
    } catch (error) {
      if (start === STARTS) throw error;
    }
  }
};
