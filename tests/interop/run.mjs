#!/usr/bin/env node
// @ts-check

/**
 * `npm run test:interop`: this library against others, live.
 *
 *     npm run test:interop -- [PART]...
 *
 * The environment names the others; what is not named is not run, and said so:
 *
 *     OCAPN_ENDO_MASTER         a checkout of endojs/endo, or a folder with @endo/ocapn in its node_modules
 *     OCAPN_ENDO_PR             a checkout of endojs/endo at pull request 3175
 *     OCAPN_TEST_SUITE_2026_01  a checkout of ocapn/ocapn-test-suite, January 2026
 *     OCAPN_TEST_SUITE_2026_02  the same, February 2026
 *
 * A PART is a word in the name of what is to be run. Nothing is installed or changed.
 */

import { declined, resume } from './endo/scenarios/resume.js';
import { handoffs } from './endo/scenarios/handoffs.js';
import { netlayers } from './endo/scenarios/netlayers.js';
import { peers } from './endo/scenarios/peers.js';
import { sessions } from './endo/scenarios/sessions.js';
import { run as runPythonSuite } from './python/run.js';

/** @import { Peer, Report } from './endo/peer.js' */

const wanted = process.argv.slice(2);
let [passed, failed, skipped] = [0, 0, 0];

/** @type {Report} */
const report = {
  pass: name => {
    passed += 1;
    console.log(`ok    ${name}`);
  },
  fail: (name, error) => {
    failed += 1;
    console.log(`FAIL  ${name}\n`, error);
  },
  skip: (name, why) => {
    skipped += 1;
    console.log(`skip  ${name}: ${why}`);
  },
};

/** @type {string[]} */
const lacking = [];

/**
 * @param {string} variable
 * @param {Array<[string, (checkout: string) => Promise<unknown>]>} parts
 */
const withCheckout = async (variable, parts) => {
  const checkout = process.env[variable];
  if (!checkout) {
    lacking.push(variable);
    return;
  }
  console.log(`# ${variable}=${checkout}`);
  for (const [name, run] of parts) {
    const full = `${variable} ${name}`.toLowerCase();
    if (wanted.every(word => full.includes(word.toLowerCase()))) {
      try {
        await run(checkout);
      } catch (error) {
        report.fail(`${variable}: ${name}`, error);
      }
    }
  }
};

/** @param {string} checkout @returns {Peer} */
const master = checkout => ({ name: '@endo/ocapn', checkout, dialect: '2026-02' });

/** @param {string} checkout @returns {Peer} */
const pullRequest = checkout => ({ name: 'pull request 3175', checkout, dialect: '2026-01' });

await withCheckout('OCAPN_ENDO_MASTER', [
  ['tcp', checkout => sessions(master(checkout), report, { label: 'TCP, framed', options: { framing: 'syrup' } })],
  ['unframed', checkout => sessions(master(checkout), report, { label: 'TCP, unframed', options: { framing: 'none' } })],
  ['websocket', checkout => sessions(master(checkout), report, { label: 'WebSocket', options: { transport: 'websocket' } })],
  [
    'lockdown',
    checkout =>
      sessions(master(checkout), report, {
        label: 'TCP, framed, both under lockdown',
        options: { framing: 'syrup' },
        us: 'ours-lockdown',
        callsAlone: true,
      }),
  ],
  ['handoffs', checkout => handoffs(master(checkout), report, { label: 'TCP, framed', options: { framing: 'syrup' } })],
  ['handoffs websocket', checkout => handoffs(master(checkout), report, { label: 'WebSocket', options: { transport: 'websocket' } })],
  ['resume', checkout => declined(master(checkout), report)],
  ['peers', checkout => peers(master(checkout), report)],
  ['netlayers', checkout => netlayers(master(checkout), report)],
]);
await withCheckout('OCAPN_ENDO_PR', [
  ['tcp', checkout => sessions(pullRequest(checkout), report, { label: 'TCP, unframed', options: { framing: 'none' } })],
  ['handoffs', checkout => handoffs(pullRequest(checkout), report, { label: 'TCP, unframed', options: { framing: 'none' } })],
  ['resume', checkout => resume(pullRequest(checkout), report)],
  ['peers', checkout => peers(pullRequest(checkout), report)],
]);
for (const dialect of ['2026-01', '2026-02']) {
  await withCheckout(`OCAPN_TEST_SUITE_${dialect.replace('-', '_')}`, [
    ['python', checkout => runPythonSuite({ checkout, dialect, report })],
  ]);
}

if (lacking.length > 0) {
  console.log(`Not run, for want of a checkout: ${lacking.join(', ')} ${lacking.length === 1 ? 'is' : 'are'} not set.`);
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
