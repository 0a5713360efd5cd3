// @ts-check

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { makeTcpNetLayer } from '../../js/netlayers/tcp.js';
import { dialBare, findPort, makeHandlers, until } from './fixtures/netlayer-kit.js';

/** @import { NetlayerBaggage } from '../../js/netlayers/types.js' */

/** @typedef {Omit<Parameters<typeof makeTcpNetLayer>[0], 'handlers'>} Options */

const KEY = 'ocapn:netlayer/tcp-testing-only/address';

/** @param {Options} options */
const start = options => makeTcpNetLayer({ handlers: makeHandlers().handlers, ...options });

/**
 * Starts a netlayer and stops it again.
 *
 * @param {Options} options
 */
const startOnce = async options => {
  const netlayer = await start(options);
  await netlayer.shutdown();
  return netlayer.location;
};

/** @returns {Map<string, Uint8Array>} */
const makeBaggage = () => new Map();

test('without a baggage the designator is random', async () => {
  const [one, two] = [await startOnce({}), await startOnce({})];
  assert.match(one.designator, /^[0-9a-f]{32}$/);
  assert.notEqual(one.designator, two.designator);
});

test('designator, host and port are taken from the baggage again', async () => {
  const baggage = makeBaggage();
  const first = await startOnce({ baggage });
  const kept = Uint8Array.from(baggage.get(KEY) ?? []);
  assert.deepEqual(await startOnce({ baggage }), first);
  const { host, port } = Object(first.hints);
  assert.deepEqual(
    await startOnce({ baggage, specifiedDesignator: first.designator, specifiedHostname: host, specifiedPort: Number(port) }),
    first,
  );
  assert.deepEqual([...baggage], [[KEY, kept]]);
});

test('what was specified at first is kept, in any script', async () => {
  const baggage = makeBaggage();
  const first = await startOnce({ baggage, specifiedDesignator: 'Zoë "3:x" 🦊', specifiedHostname: 'localhost' });
  assert.equal(first.designator, 'Zoë "3:x" 🦊');
  assert.deepEqual(await startOnce({ baggage }), first);
});

test('a process that was killed comes back under the same address', async t => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'netlayer-'));
  t.after(() => fs.rmSync(dir, { recursive: true }));
  const script = fileURLToPath(new URL('fixtures/netlayer-process.js', import.meta.url));
  const run = async () => {
    const child = spawn(process.execPath, [script, path.join(dir, 'baggage.json')], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => child.kill('SIGKILL'));
    const [line] = await once(child.stdout, 'data');
    return { child, said: JSON.parse(String(line)) };
  };
  const first = await run();
  const probe = net.connect(Number(first.said.location.hints.port), '127.0.0.1');
  await once(probe, 'connect');
  const rival = await run();
  assert.deepEqual(rival.said, { code: 'PORT_IN_USE' });
  probe.on('error', () => {});
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const again = await run();
  assert.deepEqual(again.said, first.said);
});

test('a kept port in use is PORT_IN_USE, never another port', async t => {
  const baggage = makeBaggage();
  const location = await startOnce({ baggage });
  const { host, port } = Object(location.hints);
  const holder = net.createServer();
  await new Promise(resolve => {
    holder.listen(Number(port), host, () => resolve(undefined));
  });
  t.after(() => holder.close());
  await assert.rejects(start({ baggage }), { code: 'PORT_IN_USE', message: new RegExp(port) });
  await assert.rejects(start({ specifiedPort: Number(port) }), { code: 'PORT_IN_USE' });
});

test('two netlayers of one baggage need labels of their own', async t => {
  const baggage = makeBaggage();
  const first = await start({ baggage });
  t.after(() => first.shutdown());
  await assert.rejects(start({ baggage }), { code: 'PORT_IN_USE' });

  const labels = ['alice', 'bob/address', 'x'.repeat(100)];
  const others = await Promise.all(labels.map(label => start({ baggage, label })));
  t.after(() => Promise.all(others.map(other => other.shutdown())));
  assert.equal(new Set([first, ...others].map(({ locationId }) => locationId)).size, 4);
  const [, alice, bob, long] = [...baggage.keys()].sort((a, b) => a.length - b.length);
  assert.equal(alice, 'ocapn:netlayer/tcp-testing-only/alice/address');
  assert.equal(bob, 'ocapn:netlayer/tcp-testing-only/bob%2Faddress/address');
  assert.match(long, /only\/[0-9a-f]{64}\/address$/);
});

test('of two that start at the same time on one baggage, one gets PORT_IN_USE', async () => {
  const baggage = makeBaggage();
  const results = await Promise.allSettled([start({ baggage }), start({ baggage })]);
  const refused = results.filter(({ status }) => status === 'rejected');
  assert.equal(refused.length, 1);
  assert.equal(Object(refused[0]).reason.code, 'PORT_IN_USE');
  const [winner] = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
  await winner.shutdown();
  assert.deepEqual(await startOnce({ baggage }), winner.location);
});

test('options that contradict what is kept are refused', async () => {
  const baggage = makeBaggage();
  const { designator } = await startOnce({ baggage });
  for (const options of [{ specifiedPort: 1 }, { specifiedDesignator: 'other' }, { specifiedHostname: '127.0.0.2' }]) {
    await assert.rejects(start({ baggage, ...options }), { code: 'ADDRESS_MISMATCH', message: new RegExp(KEY) });
  }
  assert.equal((await startOnce({ baggage })).designator, designator);
});

test('options that mean nothing are refused', async () => {
  const lone = '\ud800';
  for (const options of [
    { specifiedPort: -1 }, { specifiedPort: 65536 }, { specifiedPort: 1.5 }, { maxFrame: 0 }, { specifiedDesignator: lone },
    { baggage: makeBaggage(), label: lone },
  ]) {
    await assert.rejects(start(options), { code: 'API_MISUSE' });
  }
});

test('any damage to the record is STORE_DAMAGED, naming the key', async () => {
  const baggage = makeBaggage();
  await startOnce({ baggage });
  const good = Uint8Array.from(baggage.get(KEY) ?? []);
  /** @type {any[]} */
  const bad = [...good.keys()].map(at => good.map((byte, index) => (index === at ? byte ^ 1 : byte)));
  bad.push(new Uint8Array(0), good.subarray(1), good.subarray(0, -1), Uint8Array.from([...good, 0]), '12', null, undefined);
  for (const value of bad) {
    const error = await start({ baggage: new Map([[KEY, value]]) }).then(() => assert.fail('accepted'), reason => reason);
    assert.match(error.code, /^STORE_(DAMAGED|NEWER)$/);
    assert.match(error.message, new RegExp(KEY));
  }
  /** @type {Map<string, Uint8Array>} */
  const moved = new Map([['ocapn:netlayer/tcp-testing-only/b/address', good]]);
  await assert.rejects(start({ baggage: moved, label: 'b' }), { code: 'STORE_DAMAGED' });
});

test('a record of a newer version is STORE_NEWER', async () => {
  const baggage = makeBaggage().set(KEY, new TextEncoder().encode("<6'record2+whatever>"));
  await assert.rejects(start({ baggage }), { code: 'STORE_NEWER', message: new RegExp(KEY) });
});

test('nothing is answered before the address is durable, and nobody is lost meanwhile', async t => {
  const { handlers, seen } = makeHandlers();
  const data = makeBaggage();
  /** @type {() => void} */
  let finish = () => {};
  let committing = false;
  /** @type {NetlayerBaggage} */
  const baggage = {
    has: key => data.has(key),
    get: key => data.get(key),
    set: (key, value) => data.set(key, value),
    commit: () => {
      committing = true;
      return new Promise(resolve => {
        finish = resolve;
      });
    },
  };
  let isReady = false;
  const port = await findPort();
  const starting = makeTcpNetLayer({ handlers, baggage, specifiedPort: port }).then(netlayer => {
    isReady = true;
    return netlayer;
  });
  await until(() => committing, 'the commit');
  const early = net.connect(port, '127.0.0.1');
  await once(early, 'connect');
  early.write('5:early');
  const gone = net.connect(port, '127.0.0.1');
  await once(gone, 'connect');
  gone.resetAndDestroy();
  await new Promise(resolve => {
    setTimeout(resolve, 50);
  });
  assert.equal(isReady, false);
  assert.deepEqual(seen.connections, []);
  finish();
  const netlayer = await starting;
  t.after(() => netlayer.shutdown());
  assert.deepEqual(seen.connections, []);
  await until(() => seen.messages.length, 'the early message');
  const { socket } = await dialBare(netlayer);
  await until(() => seen.connections.length >= 2, 'the late one');
  early.destroy();
  socket.destroy();
});

test('a baggage that fails is STORE_FAILED, and the port is free again', async () => {
  for (const failing of ['set', 'commit']) {
    const data = makeBaggage();
    const baggage = Object.assign(data, {
      [failing]: () => {
        throw Error('disk full');
      },
    });
    const port = await findPort();
    await assert.rejects(start({ baggage, specifiedPort: port }), { code: 'STORE_FAILED' });
    await startOnce({ specifiedPort: port });
  }
});
