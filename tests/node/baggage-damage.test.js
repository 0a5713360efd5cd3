// @ts-check

import assert from 'node:assert/strict';
import {
  chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { codeOf } from '../../js/errors.js';
import { makeFsDurableBaggage } from '../../js/baggage/fs.js';
import { makeDirectory } from './fixtures/baggage-directory.js';
import { startProcess } from './fixtures/baggage-process.js';

const PAGE = 4096;

/** A directory with a store of a few hundred entries in it, some of them large, and some that were deleted. */
const makeStore = async () => {
  const filePath = makeDirectory();
  const baggage = makeFsDurableBaggage({ filePath });
  for (let round = 0; round < 20; round += 1) {
    for (let i = 0; i < 40; i += 1) {
      const number = (i * 37 + round * 11) % 300;
      if (number % 3 === round % 3) baggage.delete(`k/${number}`);
      else baggage.set(`k/${number}`, new Uint8Array(number % 17 === 0 ? 20_000 : number).fill(round));
    }
    await baggage.commit();
  }
  await baggage.close();
  return { filePath, dataFile: join(filePath, 'data.mdb'), marker: join(filePath, 'ocapn-baggage.json') };
};

/**
 * @param {string} filePath
 * @param {string} code
 * @param {RegExp} [message]
 */
const refused = (filePath, code, message = /./) => {
  const before = existsSync(filePath) && statSync(filePath).isDirectory() ? readdirSync(filePath).sort() : undefined;
  for (let attempt = 0; attempt < 2; attempt += 1) {
    assert.throws(() => makeFsDurableBaggage({ filePath }), error => {
      assert.equal(codeOf(error), code, String(error));
      assert.match(String(error), message);
      return true;
    });
  }
  return before;
};

test('a data file that is cut off, wherever, is a typed error', async () => {
  const { filePath, dataFile } = await makeStore();
  const whole = readFileSync(dataFile);
  for (const size of [0, 1, 100, PAGE, 2 * PAGE - 1, 2 * PAGE, 3 * PAGE, whole.length >> 1, whole.length - PAGE]) {
    writeFileSync(dataFile, whole);
    truncateSync(dataFile, size);
    if (size === whole.length - PAGE) {
      // The last page may be a free one, which nobody misses.
      try {
        await makeFsDurableBaggage({ filePath }).close();
      } catch (error) {
        assert.equal(codeOf(error), 'STORE_DAMAGED');
      }
    } else {
      refused(filePath, 'STORE_DAMAGED', /data\.mdb/);
      assert.equal(statSync(dataFile).size, size, 'it is left as it is');
    }
  }
  writeFileSync(dataFile, whole);
  await makeFsDurableBaggage({ filePath }).close();
});

test('a data file of garbage is a typed error', async () => {
  const { filePath, dataFile } = await makeStore();
  const whole = readFileSync(dataFile);
  for (const garbage of [Buffer.alloc(whole.length), Buffer.alloc(whole.length, 0xff), Buffer.from('{"json":true}\n'.repeat(1000))]) {
    writeFileSync(dataFile, garbage);
    refused(filePath, 'STORE_DAMAGED', /data\.mdb/);
  }
});

test('data that is missing where it was once is a typed error, not an empty start', async () => {
  const { filePath, dataFile } = await makeStore();
  rmSync(dataFile);
  refused(filePath, 'STORE_DAMAGED', /missing/);
  assert.ok(!existsSync(dataFile));
});

test('the data of another store is a typed error', async () => {
  const one = await makeStore();
  const other = await makeStore();
  copyFileSync(other.dataFile, one.dataFile);
  refused(one.filePath, 'STORE_DAMAGED', /not the data of this directory/);
});

test('a marker that is missing, damaged or newer is a typed error', async () => {
  const { filePath, marker } = await makeStore();
  const good = readFileSync(marker, 'utf8');
  for (const bad of ['', '{', 'null', '7', '{}', good.replace('"state":"ready"', '"state":"odd"'), good.replace(/"id":"./, '"id":"G')]) {
    writeFileSync(marker, bad);
    refused(filePath, 'STORE_DAMAGED', /ocapn-baggage\.json is damaged/);
  }
  writeFileSync(marker, good.replace('"version":1', '"version":2'));
  refused(filePath, 'STORE_NEWER');
  rmSync(marker);
  refused(filePath, 'STORE_DAMAGED', /ocapn-baggage\.json is missing/);
  writeFileSync(marker, good);
  await makeFsDurableBaggage({ filePath }).close();
});

test('a directory of other things is refused, and left as it was', () => {
  const filePath = makeDirectory();
  mkdirSync(filePath);
  chmodSync(filePath, 0o755);
  writeFileSync(join(filePath, 'thesis.txt'), 'text');
  const before = refused(filePath, 'STORE_DAMAGED', /not a baggage/);
  assert.deepEqual(readdirSync(filePath), before);
  if (process.platform !== 'win32') assert.equal(statSync(filePath).mode & 0o777, 0o755);
});

test('what the system refuses comes as the cause', () => {
  const filePath = makeDirectory();
  writeFileSync(filePath, 'a file');
  refused(filePath, 'STORE_FAILED');
  refused(join(filePath, 'below'), 'STORE_FAILED');
  try {
    makeFsDurableBaggage({ filePath });
  } catch (error) {
    assert.ok(error instanceof Error && error.cause instanceof Error && 'errno' in error.cause);
  }
  assert.ok(existsSync(dirname(filePath)));
});

test('a start that was interrupted before its first commit begins anew', async () => {
  for (const leave of [
    /** @param {string} directory */
    directory => {
      rmSync(join(directory, 'ocapn-baggage.json'));
      rmSync(join(directory, 'data.mdb-lock'));
    },
    /** @param {string} directory */
    directory => {
      const marker = join(directory, 'ocapn-baggage.json');
      writeFileSync(marker, readFileSync(marker, 'utf8').replace('ready', 'creating'));
      writeFileSync(join(directory, 'data.mdb'), 'half a page');
      writeFileSync(join(directory, 'ocapn-baggage.json.tmp'), '{');
    },
  ]) {
    const { filePath, dataFile } = await makeStore();
    rmSync(dataFile);
    leave(filePath);
    const baggage = makeFsDurableBaggage({ filePath });
    assert.deepEqual(baggage.keys(), []);
    baggage.set('k', Uint8Array.of(1));
    await baggage.close();
    const again = makeFsDurableBaggage({ filePath });
    assert.deepEqual(again.keys(), ['k']);
    await again.close();
  }
});

test('flags that we never set are a typed error in the older header, too', async () => {
  const { filePath, dataFile } = await makeStore();
  const whole = readFileSync(dataFile);
  // LMDB asks the first header whether the file is encrypted, whichever is the newer one.
  for (const header of [0, PAGE]) {
    const bad = Buffer.from(whole);
    bad[header + 53] = 0x3a;
    writeFileSync(dataFile, bad);
    refused(filePath, 'STORE_DAMAGED', /flags/);
  }
  writeFileSync(dataFile, whole);
  await makeFsDurableBaggage({ filePath }).close();
});

/** DAMAGE_SEED repeats a run. */
test('no damage inside the data file ends the process', async t => {
  const { filePath, dataFile } = await makeStore();
  const whole = readFileSync(dataFile);
  const seed = Number(process.env.DAMAGE_SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`seed ${seed}`);
  let state = seed;
  const random = (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const anywhere = () => random(whole.length / PAGE) * PAGE;
  /** @type {[number, number][][]} */
  const damages = Array.from({ length: 120 }, (_, i) => {
    const start = anywhere();
    // One bit of a header or of the rest; or a whole sector.
    if (i % 3 === 0) return [[start + random(PAGE), random(256)]];
    if (i % 3 === 1) return [[start + random(100), random(256)], [anywhere() + random(200), random(256)]];
    const at = start + random(8) * 512;
    return Array.from({ length: 512 }, (__, j) => [at + j, random(256)]);
  });
  const child = startProcess('damaged', filePath);
  child.input.end(JSON.stringify(damages));
  const line = await child.line();
  const { code, signal, errors } = await child.end();
  assert.deepEqual([code, signal], [0, null], `seed ${seed}: ${errors}`);
  const { opened = 0, STORE_DAMAGED: found = 0, ...rest } = JSON.parse(String(line));
  assert.deepEqual(rest, {}, `seed ${seed}`);
  assert.equal(opened + found, damages.length);
  assert.ok(found > 2, `${found} damages were found`);
});
