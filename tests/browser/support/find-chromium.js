// @ts-check

/** Where the browser of the tests is. Imports nothing that has to be installed: `npm test` asks before it installs. */

import { existsSync } from 'node:fs';

/** Debian's Chromium, and others that do. */
export const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

/** @returns {string | undefined} the path of the one that `CHROMIUM` names, or else of the first that is there */
export const findChromium = () => [process.env.CHROMIUM ?? '', ...PLACES].find(path => path !== '' && existsSync(path));
