// @ts-check

/** The browser of the tests: Debian's Chromium, or the one that `CHROMIUM` names. */

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @returns {string | undefined} its path, if there is one */
export const findChromium = () => [process.env.CHROMIUM ?? '', ...PLACES].find(path => path !== '' && existsSync(path));

/** @returns {Promise<import('playwright-core').Browser>} */
export const launchChromium = () => {
  const executablePath = findChromium();
  if (executablePath === undefined) throw Error(`no Chromium in ${PLACES.join(', ')}: install one, or set CHROMIUM to its path`);
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
};
