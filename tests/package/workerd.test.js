// @ts-check

/** The installed package in workerd, which compiles no wasm at run time: the core has to come as a module of the deployment. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ANSWER, findBinary, useInstalled } from './support/installed.js';
import { startWorkerd } from './support/workerd.js';

const installed = useInstalled();

const isCi = Boolean(process.env.CI) && process.env.CI !== 'false';

/** @type {Awaited<ReturnType<typeof startWorkerd>> | undefined} */
let workerd;

before(async () => {
  const { root, folder } = installed.get();
  const binary = findBinary(join(root, 'node_modules/@cloudflare'), 'bin/workerd');
  if (binary === undefined && !isCi) return;
  const out = installed.makeFolder('workerd');
  workerd = await startWorkerd({ binary: String(binary), folder, names: ['workerd', 'workerd-core'], keeping: 'workerd', out });
});
after(() => workerd?.stop());

/**
 * @param {string} name
 * @param {(ask: (name: string, path: string) => Promise<string>) => Promise<void>} body
 */
const testIn = (name, body) =>
  test(`workerd: ${name}`, async t => {
    const running = workerd;
    if (running === undefined) t.skip('!!! there is no workerd for this platform');
    else await body((program, path) => running.ask(program, path, installed.location()));
  });

testIn('a client for each request', async ask => {
  assert.deepEqual([await ask('workerd', '/'), await ask('workerd', '/')], [ANSWER, ANSWER]);
});

testIn('a client of a Durable Object, whose session is there for its next request', async ask => {
  const [first, second] = [await ask('workerd', '/kept'), await ask('workerd', '/kept')];
  assert.deepEqual([first, second], [`${ANSWER}, session 1`, `${ANSWER}, session 1`]);
});

testIn('an entry that would compile its core says that it cannot, and takes the module of the host', async ask => {
  assert.deepEqual([await ask('workerd-core', '/'), await ask('workerd-core', '/given')], ['WASM_FAILED', ANSWER]);
});
