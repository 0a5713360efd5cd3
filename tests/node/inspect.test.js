// @ts-check

import {
  encodeSwissnum, encryptedBaggage, inspectBaggage, makeFsDurableBaggage, makeInMemoryBaggage, provideMapStoreFromBaggage,
} from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { sessionRecordSecrets } from './fixtures/inspect-secrets.js';
import { makeDirectory } from './fixtures/baggage-directory.js';
import { makePeer } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/** @import { Baggage } from '../../js/index.js' */

const MAIN = fileURLToPath(new URL('../../js/cli/main.js', import.meta.url));
const SWISSNUM = 'a swissnum that nobody guesses';

/**
 * Runs the command.
 *
 * @param {...string} args
 * @returns {Promise<{ code: number, out: string, error: string }>}
 */
const run = (...args) =>
  new Promise(resolve => {
    execFile(process.execPath, [MAIN, ...args], (failure, out, error) => {
      resolve({ code: failure ? Number(failure.code) : 0, out, error });
    });
  });

/**
 * Fills a baggage as a client does: a session with exports and imports, registrations, and what its application keeps.
 *
 * @param {Baggage} baggage
 */
const fill = async baggage => {
  const network = makeMemoryNetwork();
  const describe = (/** @type {object} */ value) => ({ title: String(/** @type {any} */ (value)[Symbol.toStringTag]) });
  const a = await makePeer(network, 'a', { baggage, tryResumeSession: true, describe });
  const b = await makePeer(network, 'b', { baggage: new Map(), tryResumeSession: true });
  const kept = /** @type {any[]} */ ([]);
  b.client.registerSturdyRef('keeper', Far('keeper', { keep: (/** @type {any} */ it) => kept.push(it), give: () => Far('given', {}) }));
  a.client.registerSturdyRef(SWISSNUM, Far('registered', {}));
  const keeper = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('keeper')));
  await E(keeper).keep(Far('described', {}));
  await E(keeper).give();
  const map = provideMapStoreFromBaggage(baggage, 'app:scores');
  map.set('one', 'a value that is told to nobody').set('deep', new Map([['two', 2]]));
  baggage.set('raw/x', Uint8Array.of(1));
  await a.client.shutdown();
  await b.client.shutdown();
  await baggage.commit?.();
};

test('it tells of sessions, slots, registrations and the application, and no secret', async () => {
  for (const make of [makeInMemoryBaggage, () => new Map(), () => encryptedBaggage(new Map(), new Uint8Array(32))]) {
    const baggage = make();
    await fill(baggage);
    const before = [...baggage.keys()].map(key => [key, String(baggage.get(key))]);
    const shown = inspectBaggage(baggage);
    assert.deepEqual([...baggage.keys()].map(key => [key, String(baggage.get(key))]), before);

    assert.equal(shown.schema, 1);
    assert.equal(shown.sessions.length, 1);
    const [session] = shown.sessions;
    assert.ok(session);
    assert.match(session.id, /^[0-9a-f]{64}$/);
    assert.equal(session.peerLocation.designator, 'b');
    assert.equal(session.ownLocation.designator, 'a');
    assert.match(session.peerKey, /^[0-9a-f]{64}$/);
    assert.ok(session.current);
    assert.ok(Math.abs(Date.parse(session.lastAlive) - Date.now()) < 60_000, session.lastAlive);
    assert.deepEqual(
      session.exports.map(({ description }) => description),
      [{ by: 'host', value: { title: 'Alleged: described' } }],
    );
    assert.ok(session.exports.every(({ count }) => count === 1));
    assert.deepEqual(session.imports.map(({ promise, token }) => [promise, token]), session.imports.map(() => [false, false]));
    assert.ok(session.imports.length >= 1);
    assert.equal(shown.registrations.length, 1);
    assert.deepEqual(
      shown.application.map(({ key, kind, entries }) => [key, kind, entries]),
      [['app:scores', 'map', 3], ['raw', 'other', 1]],
    );
    assert.deepEqual([shown.damaged, shown.strays, shown.unknown], [[], [], []]);
    assert.equal(shown.entries, before.length);

    const text = JSON.stringify(shown, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    assert.ok(!text.includes(SWISSNUM) && !text.includes(encodeURIComponent(SWISSNUM)));
    assert.ok(!text.includes('told to nobody'));
    for (const secret of sessionRecordSecrets(baggage)) assert.ok(!text.includes(secret), 'a secret key is shown');
    assert.ok(Object.isFrozen(shown) && Object.isFrozen(session.exports));
  }
});

test('each damaged record is named, and the others are told', async () => {
  const baggage = makeInMemoryBaggage();
  await fill(baggage);
  const whole = inspectBaggage(baggage);
  for (const key of baggage.keys()) {
    if (key.startsWith('raw')) continue;
    const good = baggage.get(key) ?? new Uint8Array();
    for (const bad of [good.slice(0, -1), new Uint8Array(), good.map((byte, i) => (i === good.length >> 1 ? byte ^ 1 : byte))]) {
      baggage.set(key, bad);
      const shown = inspectBaggage(baggage);
      const named = shown.damaged.map(each => [each.key, each.code]);
      const hidden = key.replace(/^(ocapn:swissnumTable\/).*/, `$1${whole.registrations[0]?.swissnum}`);
      // Text that is no record may be the application's own, where no map says otherwise.
      if (key === 'app:scores' && bad.length === 0) assert.deepEqual(shown.application[0]?.kind, 'missing');
      else assert.deepEqual(named, [[hidden, 'STORE_DAMAGED']], key);
      assert.equal(shown.entries, whole.entries);
    }
    baggage.set(key, good);
  }
  assert.deepEqual(inspectBaggage(baggage), whole);
});

test('rows of a session that is not there are told as such', async () => {
  const baggage = makeInMemoryBaggage();
  await fill(baggage);
  for (const key of baggage.keys('ocapn:resumeSessionsById/')) baggage.delete(key);
  baggage.set('ocapn:something/new', Uint8Array.of(1));
  const { strays, unknown, sessions } = inspectBaggage(baggage);
  assert.deepEqual(sessions, []);
  assert.ok(strays.length >= 3 && strays.every(key => /^ocapn(-durable:tables|:resumeSessionsByLocationId)\//.test(key)), String(strays));
  assert.deepEqual(unknown, ['ocapn:something/new']);
});

test('the command shows a directory as tables and as JSON, and changes nothing', async () => {
  const filePath = makeDirectory();
  const baggage = makeFsDurableBaggage({ filePath });
  await fill(baggage);
  const expected = inspectBaggage(baggage);
  const used = await run('inspect', filePath);
  assert.deepEqual([used.code, used.out], [2, '']);
  assert.match(used.error, /^BAGGAGE_IN_USE: /);
  await baggage.close();

  const files = readdirSync(filePath).sort();
  const look = () => files.map(name => {
    const { mtimeMs, ctimeMs, size, mode } = statSync(join(filePath, name));
    return [name, mtimeMs, ctimeMs, size, mode, readFileSync(join(filePath, name)).toString('base64')];
  });
  const before = look();
  const { code, out, error } = await run('inspect', filePath);
  assert.deepEqual([code, error], [0, '']);
  for (const part of [
    `${filePath}: schema 1, ${expected.entries} entries, `, '1 session\n', '\nSessions\n', ' memory/b ', ' kept ', '\nSlots\n', ' o+',
    '{"title":"Alleged: described"}', '\nRegistrations\n', '\nApplication\n', 'app:scores',
  ]) {
    assert.ok(out.includes(part), `${part} in ${out}`);
  }
  assert.ok(!out.includes(SWISSNUM) && !out.includes('\nDamage'));
  const json = await run('inspect', '--json', filePath);
  assert.equal(json.code, 0);
  assert.deepEqual(JSON.parse(json.out), { path: filePath, ...JSON.parse(JSON.stringify(expected)), damagedFiles: [] });
  assert.deepEqual(readdirSync(filePath).sort(), files);
  assert.deepEqual(look(), before);

  if (process.platform !== 'win32' && process.getuid?.() !== 0) {
    for (const name of files) chmodSync(join(filePath, name), 0o400);
    chmodSync(filePath, 0o500);
    assert.equal((await run('inspect', filePath)).code, 0);
    chmodSync(filePath, 0o700);
  }
  const again = makeFsDurableBaggage({ filePath });
  assert.deepEqual(inspectBaggage(again), expected);
  await again.close();
});

test('of a damaged directory the command shows what can be read, and says what is lost', async () => {
  const filePath = makeDirectory();
  const baggage = makeFsDurableBaggage({ filePath });
  await fill(baggage);
  const map = provideMapStoreFromBaggage(baggage, 'app:many');
  for (let i = 0; i < 500; i += 1) map.set(`entry ${i}`, 'x'.repeat(100));
  map.set('large', 'y'.repeat(20_000));
  await baggage.close();
  const dataFile = join(filePath, 'data.mdb');
  const good = readFileSync(dataFile);
  const PAGE = 4096;
  let lost = 0;
  let records = 0;
  // The two headers, and every third page: each is looked at by a process of its own.
  const pages = Array.from({ length: good.length / PAGE }, (_, page) => page).filter(page => page < 2 || page % 3 === 0);
  for (const page of pages) {
    const bad = Buffer.from(good);
    bad.fill(0x5a, page * PAGE + 20, page * PAGE + 400);
    writeFileSync(dataFile, bad);
    const { code, out, error } = await run('inspect', '--json', filePath);
    assert.ok(code === 0 || code === 1, `page ${page}: ${error}`);
    const shown = JSON.parse(out);
    if (shown.damagedFiles.length > 0) lost += 1;
    if (shown.damaged.length > 0) records += 1;
    assert.equal(code, shown.damagedFiles.length + shown.damaged.length > 0 ? 1 : 0);
    // One page is not the whole store, unless it is the root or a header.
    if (shown.entries > 0 && shown.damagedFiles.length > 0) {
      assert.match(shown.damagedFiles[0], /^data\.mdb is damaged \(page \d+ .*\): .* is lost\.$/);
    }
  }
  assert.ok(lost > 5, `${lost} damaged pages were found`);
  assert.ok(records + lost > 5);

  writeFileSync(dataFile, good);
  const bad = Buffer.from(good);
  const at = bad.indexOf('Alleged: described');
  bad[at] = 0x42;
  for (let i = bad.indexOf('Alleged: described'); i >= 0; i = bad.indexOf('Alleged: described', i + 1)) bad[i] = 0x42;
  writeFileSync(dataFile, bad);
  const { code, out } = await run('inspect', filePath);
  assert.equal(code, 1);
  assert.match(out, /\nDamaged\nkey +code +why\nocapn-durable:tables\/[0-9a-f]{64}\/[0-9a-f]{64}\/o\+\d+ +STORE_DAMAGED +does not match its checksum\n/);
});

test('an encrypted directory is shown to whoever has the key', async () => {
  const filePath = makeDirectory();
  const key = Uint8Array.from({ length: 32 }, (_, i) => 200 + i);
  const baggage = encryptedBaggage(makeFsDurableBaggage({ filePath }), key);
  await fill(baggage);
  const expected = inspectBaggage(baggage);
  await baggage.close();
  const keyFile = `${filePath}.key`;
  for (const content of [key, `${Buffer.from(key).toString('hex')}\n`]) {
    writeFileSync(keyFile, content);
    const { code, out, error } = await run('inspect', filePath, '--json', '--key-file', keyFile);
    assert.deepEqual([code, error], [0, '']);
    assert.deepEqual(JSON.parse(out).sessions, JSON.parse(JSON.stringify(expected.sessions)));
  }
  writeFileSync(keyFile, new Uint8Array(32));
  for (const args of [['inspect', filePath], ['inspect', filePath, '--key-file', keyFile]]) {
    const { code, out, error } = await run(...args);
    assert.deepEqual([code, out], [2, '']);
    assert.match(error, /^WRONG_KEY: /);
  }
});

test('what is no baggage, and what is no command, is an error', async () => {
  const nothing = makeDirectory();
  for (const [args, expected] of /** @type {[string[], RegExp][]} */ ([
    [[], /^usage: /],
    [['explode'], /^usage: /],
    [['inspect'], /^API_MISUSE: /],
    [['inspect', 'a', 'b'], /^API_MISUSE: /],
    [['inspect', '--odd', nothing], /--odd/],
    [['inspect', nothing], /^API_MISUSE: There is no directory \/.*\/state\./],
    [['inspect', dirname(nothing)], /^STORE_DAMAGED: .*is not a baggage/],
  ])) {
    const { code, out, error } = await run(...args);
    assert.deepEqual([code, out], [2, ''], String(args));
    assert.match(error, expected);
  }
  const help = await run('--help');
  assert.equal(help.code, 0);
  assert.match(help.out, /^usage: ocapn-wasm inspect <directory>/);
});
