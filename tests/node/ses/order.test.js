// @ts-check

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

import { within } from '../support/waiting.js';

/**
 * Which of the two is imported first. README says: `@endo/init`.
 */

const LIBRARY = new URL('../../../js/index.js', import.meta.url).href;

/**
 * @param {string} code of a module
 * @returns {Promise<{ status: number, output: string }>}
 */
const run = async code => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: new URL('.', import.meta.url),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const note = (/** @type {Buffer} */ data) => {
    output += data;
  };
  child.stdout.on('data', note);
  child.stderr.on('data', note);
  const [status] = await within(once(child, 'close'), 'a process ends');
  return { status, output };
};

const USE = `
  const { makeClient } = await import('${LIBRARY}');
  const { E } = await import('@endo/eventual-send');
  const { Far } = await import('@endo/pass-style');
  const client = makeClient();
  client.registerSturdyRef('x', Far('x', {}));
  await client.shutdown();
  console.log('used', Object.isFrozen(Object.prototype));
`;

test('@endo/init first, then the library: it works under lockdown', async () => {
  const { status, output } = await run(`import '@endo/init'; ${USE}`);
  assert.deepEqual([status, output.trim()], [0, 'used true']);
});

test('the library alone works, and freezes no intrinsic', async () => {
  const { status, output } = await run(USE);
  assert.deepEqual([status, output.trim()], [0, 'used false']);
});

test('the library first, then @endo/init: lockdown refuses, with a reason', async () => {
  const { status, output } = await run(`import '${LIBRARY}'; import '@endo/init';`);
  assert.notEqual(status, 0);
  assert.match(output, /Cannot lockdown .*prior harden implementation/);
});

test('after that refusal the library works on, without lockdown', async () => {
  const { status, output } = await run(`import '${LIBRARY}'; await import('@endo/init').catch(() => {}); ${USE}`);
  assert.deepEqual([status, output.trim()], [0, 'used false']);
});
