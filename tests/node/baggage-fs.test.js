// @ts-check

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFsDurableBaggage } from '../../js/baggage/fs.js';
import { makeDirectory } from './fixtures/baggage-directory.js';
import { startProcess } from './fixtures/baggage-process.js';

const bytes = (/** @type {number[]} */ ...values) => Uint8Array.from(values);
const modeOf = (/** @type {string} */ path) => statSync(path).mode & 0o777;
const posix = process.platform !== 'win32';

// The first test: nothing else may have loaded them yet.
test('importing the module loads neither lmdb nor the lock', async () => {
  const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter(name => /lmdb|fs-native/.test(name));
  assert.deepEqual(loaded(), []);
  await makeFsDurableBaggage({ filePath: makeDirectory() }).close();
  assert.notDeepEqual(loaded(), []);
});

test('the directory is for its owner only', { skip: !posix }, async () => {
  const existing = makeDirectory();
  mkdirSync(existing);
  chmodSync(existing, 0o755);
  for (const filePath of [makeDirectory(), join(makeDirectory(), 'deeper', 'still'), existing]) {
    const before = process.umask(0);
    const baggage = makeFsDurableBaggage({ filePath });
    process.umask(before);
    baggage.set('k', bytes(1));
    await baggage.commit();
    assert.equal(modeOf(filePath), 0o700);
    const names = readdirSync(filePath).sort();
    assert.deepEqual(names, ['data.mdb', 'data.mdb-lock', 'lock', 'ocapn-baggage.json']);
    for (const name of names) assert.equal(modeOf(join(filePath, name)), 0o600, name);
    await baggage.close();

    for (const name of names) chmodSync(join(filePath, name), 0o644);
    chmodSync(filePath, 0o755);
    const again = makeFsDurableBaggage({ filePath });
    assert.equal(modeOf(filePath), 0o700);
    for (const name of names) assert.equal(modeOf(join(filePath, name)), 0o600, `${name}, opened again`);
    await again.close();
  }
});

test('it says that it survives the loss of power, and is hardened', async () => {
  const baggage = makeFsDurableBaggage({ filePath: makeDirectory() });
  assert.equal(baggage.durability, 'power');
  assert.ok(Object.isFrozen(baggage) && Object.isFrozen(baggage.get));
  await baggage.close();
});

test('a directory has to be named', () => {
  for (const filePath of ['', undefined, 7]) {
    assert.throws(() => makeFsDurableBaggage(/** @type {any} */ ({ filePath })), { code: 'API_MISUSE' });
  }
});

test('a second opener in the same process is refused at once, until the first closes', async () => {
  const filePath = makeDirectory();
  const first = makeFsDurableBaggage({ filePath });
  first.set('k', bytes(1));
  assert.throws(() => makeFsDurableBaggage({ filePath }), { code: 'BAGGAGE_IN_USE' });
  assert.throws(() => makeFsDurableBaggage({ filePath: `${filePath}/../state/` }), { code: 'BAGGAGE_IN_USE' });
  await first.commit();
  assert.throws(() => makeFsDurableBaggage({ filePath }), { code: 'BAGGAGE_IN_USE' });
  await first.close();
  const second = makeFsDurableBaggage({ filePath });
  assert.deepEqual(second.get('k'), bytes(1));
  await second.close();
});

test('a second process is refused, and after kill -9 of the owner a restart opens at once', async () => {
  const filePath = makeDirectory();
  const owner = startProcess('hold', filePath);
  assert.equal(await owner.line(), 'holds');
  assert.throws(() => makeFsDurableBaggage({ filePath }), { code: 'BAGGAGE_IN_USE' });
  const other = startProcess('try', filePath);
  assert.equal(await other.line(), 'BAGGAGE_IN_USE');
  await owner.kill();
  const start = performance.now();
  const baggage = makeFsDurableBaggage({ filePath });
  const took = performance.now() - start;
  assert.ok(took < 1000, `it took ${took} ms to open`);
  const third = startProcess('try', filePath);
  assert.equal(await third.line(), 'BAGGAGE_IN_USE');
  await baggage.close();
});

test('what the lock file says never matters', async () => {
  const filePath = makeDirectory();
  await makeFsDurableBaggage({ filePath }).close();
  writeFileSync(join(filePath, 'lock'), `${process.pid}\n`);
  writeFileSync(join(filePath, 'data.mdb-lock'), 'garbage');
  const baggage = makeFsDurableBaggage({ filePath });
  baggage.set('k', bytes(1));
  await baggage.commit();
  await baggage.close();
});

/**
 * Lets a process commit generations, and kills it somewhere in the middle of one.
 *
 * @param {string} filePath
 * @returns {Promise<number>} the last generation that it acknowledged
 */
const writeAndKill = async filePath => {
  const writer = startProcess('write', filePath);
  const stopAfter = 5 + Math.floor(Math.random() * 40);
  let last = 0;
  for (let i = 0; i < stopAfter; i += 1) last = Number(await writer.line());
  const killed = new Promise(resolve => {
    setTimeout(() => resolve(writer.kill()), Math.random() * 5);
  });
  for (let line = await writer.line(); line; line = await writer.line()) last = Number(line);
  await killed;
  return last;
};

test('what a killed process had committed is there, whole, and nothing of a commit in part', async () => {
  const filePath = makeDirectory();
  for (let round = 0; round < 5; round += 1) {
    const least = await writeAndKill(filePath);
    const baggage = makeFsDurableBaggage({ filePath });
    const number = (/** @type {string} */ key) => {
      const [low = 0, middle = 0, high = 0] = baggage.get(key) ?? [];
      return low + (middle << 8) + (high << 16);
    };
    const generation = number('generation');
    assert.ok(generation >= least, `generation ${generation} after ${least} was acknowledged, in round ${round}`);
    for (let row = 0; row < 50; row += 1) assert.equal(number(`row/${row}`), generation, `row ${row} in round ${round}`);
    assert.equal([...baggage.keys('log/')].length, Math.min(generation, 3));
    await baggage.close();
  }
});

test('a commit that fails closes the baggage, and the last good one is there', { skip: !posix }, async () => {
  const child = startProcess('full', makeDirectory(), { fileBlocks: 600 });
  const line = await child.line();
  const { code, signal, errors } = await child.end();
  assert.deepEqual([code, signal], [0, null], errors);
  const { good, rows, generation, ...rest } = JSON.parse(String(line));
  assert.ok(good > 2 && good < 1000, `${good} commits`);
  assert.equal(generation, good);
  assert.equal(rows, good);
  assert.deepEqual(rest, { code: 'STORE_FAILED', cause: true, after: Array(6).fill('same') });
});

test('it works after SES lockdown', async () => {
  const child = startProcess('locked', makeDirectory());
  const line = await child.line();
  const { errors } = await child.end();
  assert.equal(line, 'true 99 99 false b 0 object', errors);
});

test('sets during a commit belong to the next one', async () => {
  const baggage = makeFsDurableBaggage({ filePath: makeDirectory() });
  baggage.set('a', bytes(1));
  const first = baggage.commit();
  baggage.set('b', bytes(1));
  await first;
  const second = baggage.commit();
  assert.ok(second instanceof Promise, 'something is left for the second commit');
  const third = baggage.commit();
  assert.ok(third instanceof Promise);
  await second;
  await third;
  assert.equal(baggage.commit(), undefined);
  await baggage.close();
});

test('close commits what is left, waits for the commit that runs, and may be called twice', async () => {
  const filePath = makeDirectory();
  const baggage = makeFsDurableBaggage({ filePath });
  baggage.set('a', bytes(1));
  const running = baggage.commit();
  baggage.set('b', bytes(2));
  const closed = baggage.close();
  assert.equal(baggage.close(), closed);
  assert.throws(() => baggage.set('c', bytes(3)), { code: 'STORE_FAILED' });
  await closed;
  await running;
  const again = makeFsDurableBaggage({ filePath });
  assert.deepEqual(again.keys(), ['a', 'b']);
  await again.close();
});

test('forgetSessions drops the sessions and nothing else', async () => {
  const filePath = makeDirectory();
  const kept = ['app:scores/a', 'ocapn-durable:tables', 'ocapn:netlayer/x/y', 'ocapn:positions/a/b/c', 'ocapn:schema', 'ocapn:swissnumTable/s'];
  const dropped = [
    'ocapn-durable:tables/own/sid/o+1',
    'ocapn:giftTable/own/sid/gift',
    'ocapn:resumeSessionsById/own/sid',
    'ocapn:resumeSessionsByLocationId/own/peer',
  ];
  const first = makeFsDurableBaggage({ filePath });
  for (const key of [...kept, ...dropped]) first.set(key, bytes(1));
  await first.close();
  const second = makeFsDurableBaggage({ filePath });
  assert.equal([...second.keys()].length, kept.length + dropped.length);
  await second.close();
  for (const forgetSessions of [true, false]) {
    const third = makeFsDurableBaggage({ filePath, forgetSessions });
    assert.deepEqual(third.keys(), [...kept].sort());
    await third.close();
  }
});

test('the data holds no key that was not set', async () => {
  const filePath = makeDirectory();
  const baggage = makeFsDurableBaggage({ filePath });
  assert.deepEqual(baggage.keys(), []);
  assert.match(readFileSync(join(filePath, 'ocapn-baggage.json'), 'utf8'), /"version":1,.*"state":"ready"/);
  await baggage.close();
});
