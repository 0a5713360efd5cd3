// @ts-check

import { encodeSwissnum, makeClient, makeFsDurableBaggage } from '../../js/index.js';
import { makeTcpNetLayer } from '../../js/netlayers/tcp.js';

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

const CHILD = fileURLToPath(new URL('fixtures/face-child.js', import.meta.url));

/** @param {string} filePath */
const start = async filePath => {
  const child = spawn(process.execPath, [CHILD, filePath], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise(resolve => child.once('exit', resolve));
  const lines = createInterface({ input: child.stdout });
  const { value } = await lines[Symbol.asyncIterator]().next();
  const kill = () => {
    child.kill('SIGKILL');
    return exited;
  };
  return { location: JSON.parse(String(value)), pid: child.pid, kill };
};

test('a reference outlives kill -9 of the process that it leads to', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'ocapn-face-'));
  /** @type {string[]} */
  const events = [];
  const baggage = makeFsDurableBaggage({ filePath: join(directory, 'a') });
  const client = makeClient({
    baggage,
    tryResumeSession: true,
    times: { retryLeast: 20, retryMost: 100 },
    onSessionEvent: ({ type }) => events.push(type),
  });
  await client.registerNetlayer((handlers, logger) => makeTcpNetLayer({ handlers, logger, baggage }));
  let child = await start(join(directory, 'b'));
  t.after(async () => {
    await child.kill();
    await client.shutdown();
    await baggage.close?.();
    rmSync(directory, { recursive: true, force: true });
  });
  const { location } = child;
  /** @type {string[]} */
  const heard = [];
  const callback = Far('callback', { called: (/** @type {string} */ text) => heard.push(text) });
  client.registerSturdyRef('callback', callback);
  const counter = await client.enlivenSturdyRef(client.makeSturdyRef(location, encodeSwissnum('counter')));
  assert.equal(await E(counter).pid(), child.pid);
  await E(counter).keep(callback);
  for (let round = 0; round < 2; round += 1) {
    const burst = Array.from({ length: 20 }, () => E(counter).increment());
    burst.forEach(promise => promise.catch(() => {}));
    await child.kill();
    for (const { status, reason } of /** @type {any[]} */ (await Promise.allSettled(burst))) {
      assert.ok(status === 'fulfilled' || ['MAY_HAVE_RUN', 'DID_NOT_RUN'].includes(reason.code), String(reason));
    }
    child = await start(join(directory, 'b'));
    assert.deepEqual(child.location, location);
    assert.equal(await E(counter).pid(), child.pid);
    await E(counter).keep(callback);
  }
  assert.deepEqual(heard, ['kept', 'kept', 'kept']);
  assert.deepEqual(events, ['fresh', 'suspended', 'resumed', 'suspended', 'resumed']);
});
