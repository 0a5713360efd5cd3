// @ts-check

import {
  encryptedBaggage, encodeSwissnum, makeClient, makeFsDurableBaggage, makeInMemoryBaggage, provideMapStoreFromBaggage,
} from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { codeOf } from '../../js/errors.js';
import { openStore } from '../../js/store.js';
import { makeDirectory } from './fixtures/baggage-directory.js';
import { makePeer } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

const HEADER = 'ocapn-encrypted:header';
const bytes = (/** @type {number[]} */ ...values) => Uint8Array.from(values);
const key = new Uint8Array(randomBytes(32));

/** @param {import('../../js/index.js').Baggage} baggage */
const shot = baggage => [...baggage.keys()].map(name => [name, Buffer.from(baggage.get(name) ?? []).toString('hex')]);

test('nothing of a value, and nothing of a hidden key, is in the store', async () => {
  for (const hideKeys of [true, false]) {
    const filePath = makeDirectory();
    const below = makeFsDurableBaggage({ filePath });
    const baggage = encryptedBaggage(below, key, { hideKeys });
    baggage.set('a name that is told', Buffer.from('a value that is told'));
    provideMapStoreFromBaggage(baggage, 'app').set('an entry that is told', 'a text that is told');
    await baggage.commit?.();
    await baggage.close();
    const stored = Buffer.concat(readdirSync(filePath).map(name => readFileSync(join(filePath, name))));
    assert.ok(stored.length > 4096);
    for (const [text, isThere] of /** @type {[string, boolean][]} */ ([
      ['a value that is told', false], ['a text that is told', false], [HEADER, true],
      ['a name that is told', !hideKeys], ['an%20entry%20that%20is%20told', !hideKeys],
    ])) {
      assert.equal(stored.includes(text), isThere, `${text}, with hideKeys ${hideKeys}`);
    }
    assert.ok(!stored.includes(Buffer.from(key)));
  }
});

test('another key is a typed error, and changes nothing', () => {
  for (const hideKeys of [true, false]) {
    const below = makeInMemoryBaggage();
    encryptedBaggage(below, key, { hideKeys }).set('k', bytes(1));
    const before = shot(below);
    for (let i = 0; i < 32; i += 1) {
      const other = key.slice();
      other[i] = (other[i] ?? 0) ^ 1;
      assert.throws(() => encryptedBaggage(below, other, { hideKeys }), { code: 'WRONG_KEY' });
    }
    assert.deepEqual(shot(below), before);
    // How its keys are kept was decided when it was made.
    assert.deepEqual([...encryptedBaggage(below, key, { hideKeys: !hideKeys }).keys()], ['k']);
  }
  for (const bad of [undefined, 'password', new Uint8Array(16), new Uint8Array(33)]) {
    assert.throws(() => encryptedBaggage(new Map(), /** @type {any} */ (bad)), { code: 'API_MISUSE' });
  }
});

test('a key that was copied may be overwritten', () => {
  const mine = key.slice();
  const below = makeInMemoryBaggage();
  const baggage = encryptedBaggage(below, mine);
  mine.fill(0);
  baggage.set('k', bytes(1));
  assert.deepEqual(encryptedBaggage(below, key).get('k'), bytes(1));
});

test('what is not encrypted is not taken for what is', () => {
  const plain = makeInMemoryBaggage();
  plain.set('app:x', bytes(1));
  assert.throws(() => encryptedBaggage(plain, key), { code: 'API_MISUSE', message: /"app:x"/ });
  const headless = makeInMemoryBaggage();
  encryptedBaggage(headless, key).set('k', bytes(1));
  headless.delete(HEADER);
  assert.throws(() => encryptedBaggage(headless, key), { code: 'STORE_DAMAGED', message: /header/ });
  const mixed = makeInMemoryBaggage();
  encryptedBaggage(mixed, key).set('k', bytes(1));
  mixed.set('app:x', bytes(1));
  assert.throws(() => encryptedBaggage(mixed, key), { code: 'STORE_DAMAGED', message: /"app:x"/ });
});

test('whoever forgets that it is encrypted is told so, and changes nothing', () => {
  const below = new Map();
  const sealed = encryptedBaggage(below, key);
  sealed.set('a', bytes(1));
  const before = shot(below);
  const isMisuse = { code: 'API_MISUSE', message: /encryptedBaggage/ };
  assert.throws(() => makeClient({ baggage: below, tryResumeSession: true }), isMisuse);
  assert.throws(() => provideMapStoreFromBaggage(below, 'app'), isMisuse);
  assert.deepEqual(shot(below), before);
  provideMapStoreFromBaggage(sealed, 'app');
});

test('its own header is none of the keys', () => {
  for (const hideKeys of [true, false]) {
    const baggage = encryptedBaggage(new Map(), key, { hideKeys });
    baggage.set('k', bytes(1));
    assert.deepEqual([...baggage.keys()], ['k']);
    assert.equal(baggage.has(HEADER), false);
    assert.equal(baggage.get(HEADER), undefined);
    assert.throws(() => baggage.set(HEADER, bytes(1)), { code: 'API_MISUSE' });
    baggage.delete(HEADER);
    assert.deepEqual(baggage.get('k'), bytes(1));
  }
});

/** @param {() => unknown} act @param {string} named */
const isDamaged = (act, named) => {
  assert.throws(act, error => {
    assert.equal(codeOf(error), 'STORE_DAMAGED', String(error));
    assert.ok(String(error).includes(JSON.stringify(named)), String(error));
    return true;
  });
};

test('a value that was changed, cut off, or moved is a typed error that names its key', () => {
  for (const hideKeys of [true, false]) {
    const below = makeInMemoryBaggage();
    const baggage = encryptedBaggage(below, key, { hideKeys });
    baggage.set('one', bytes(1, 2, 3));
    const stored = () => [...below.keys()].filter(each => each !== HEADER);
    const [place = ''] = stored();
    baggage.set('two', bytes(4, 5, 6));
    const other = stored().find(each => each !== place) ?? '';
    const good = below.get(place) ?? bytes();
    for (let i = 0; i < good.length * 8; i += 1) {
      const bad = good.slice();
      bad[i >> 3] = (bad[i >> 3] ?? 0) ^ (1 << i % 8);
      below.set(place, bad);
      isDamaged(() => baggage.get('one'), 'one');
    }
    for (let length = 0; length < good.length; length += 1) {
      below.set(place, good.slice(0, length));
      isDamaged(() => baggage.get('one'), 'one');
    }
    below.set(place, bytes(...good, 0));
    isDamaged(() => baggage.get('one'), 'one');
    below.set(place, below.get(other) ?? bytes());
    isDamaged(() => baggage.get('one'), 'one');
    assert.deepEqual(baggage.get('two'), bytes(4, 5, 6), 'the rest is kept');
    // The same key in another store.
    const elsewhere = makeInMemoryBaggage();
    encryptedBaggage(elsewhere, key, { hideKeys: false }).set('one', bytes(1, 2, 3));
    below.set(place, elsewhere.get('one') ?? bytes());
    isDamaged(() => baggage.get('one'), 'one');
    below.set(place, good);
    assert.deepEqual(baggage.get('one'), bytes(1, 2, 3));
    baggage.set('one', bytes(7));
    assert.deepEqual(baggage.get('one'), bytes(7));
  }
});

test('damage of the header, or of a hidden key, is found at opening', () => {
  const below = makeInMemoryBaggage();
  encryptedBaggage(below, key).set('k', bytes(1));
  const header = below.get(HEADER) ?? bytes();
  for (let i = 0; i < header.length; i += 1) {
    const bad = header.slice();
    bad[i] = (bad[i] ?? 0) ^ (1 << i % 8);
    below.set(HEADER, bad);
    isDamaged(() => encryptedBaggage(below, key), HEADER);
  }
  below.set(HEADER, header);
  const [place = ''] = [...below.keys()].filter(each => each !== HEADER);
  const value = below.get(place) ?? bytes();
  below.delete(place);
  const changed = `${place.slice(0, -2)}${place.endsWith('AA') ? 'QA' : 'AA'}`;
  for (const moved of [changed, place.slice(0, -4), 'e:', 'e:!', 'x']) {
    below.set(moved, value);
    isDamaged(() => encryptedBaggage(below, key), moved);
    below.delete(moved);
  }
});

test('two values are never encrypted alike, unless the randomness repeats itself, and then no nonce is used twice', () => {
  const below = makeInMemoryBaggage();
  const baggage = encryptedBaggage(below, key, { hideKeys: false });
  const repeating = encryptedBaggage(makeInMemoryBaggage(), key, { random: length => new Uint8Array(length), hideKeys: false });
  const nonces = new Set();
  for (let i = 0; i < 100; i += 1) {
    baggage.set('k', bytes(1));
    nonces.add(String(below.get('k')?.subarray(1, 25)));
    repeating.set('k', bytes(i));
    assert.deepEqual(repeating.get('k'), bytes(i));
  }
  assert.equal(nonces.size, 100);
  const wrong = encryptedBaggage(makeInMemoryBaggage(), key, { random: length => new Uint8Array(length === 24 ? 7 : length) });
  assert.throws(() => wrong.set('k', bytes(1)), { code: 'API_MISUSE' });
});

/**
 * HChaCha20, which node:crypto lacks.
 *
 * @param {Buffer} secret
 * @param {Buffer} nonce 16 bytes
 */
const hchacha20 = (secret, nonce) => {
  const words = (/** @type {Buffer} */ from) => Array.from({ length: from.length / 4 }, (_, i) => from.readUInt32LE(4 * i));
  const s = Uint32Array.from([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, ...words(secret), ...words(nonce)]);
  const at = (/** @type {number} */ i) => s[i] ?? 0;
  const turn = (/** @type {number} */ x, /** @type {number} */ n) => (x << n) | (x >>> (32 - n));
  const quarter = (/** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ c, /** @type {number} */ d) => {
    for (const [x, y] of [[16, 12], [8, 7]]) {
      s[a] = at(a) + at(b);
      s[d] = turn(at(d) ^ at(a), Number(x));
      s[c] = at(c) + at(d);
      s[b] = turn(at(b) ^ at(c), Number(y));
    }
  };
  for (let round = 0; round < 10; round += 1) {
    for (const i of [0, 1, 2, 3]) quarter(i, 4 + i, 8 + i, 12 + i);
    for (const i of [0, 1, 2, 3]) quarter(i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4));
  }
  const out = Buffer.alloc(32);
  [...s.subarray(0, 4), ...s.subarray(12)].forEach((word, i) => out.writeUInt32LE(word, 4 * i));
  return out;
};

test('it is what the docs say, computed with another implementation', () => {
  const below = makeInMemoryBaggage();
  const id = Buffer.from('the id of a test');
  const random = (/** @type {number} */ length) => (length === 16 ? Uint8Array.from(id) : new Uint8Array(length).fill(5));
  const baggage = encryptedBaggage(below, key, { random });
  baggage.set('a name', bytes(1, 2, 3));
  const [place = ''] = [...below.keys()].filter(each => each !== HEADER);
  const hash = (/** @type {Uint8Array} */ secret, /** @type {(string | Uint8Array)[]} */ ...parts) => {
    const hmac = createHmac('sha256', secret);
    for (const part of parts) hmac.update(part);
    return hmac.digest();
  };
  const derive = (/** @type {string} */ purpose) => hash(key, 'ocapn-wasm encrypted baggage\0', id, purpose);
  const iv = (/** @type {Buffer} */ nonce) => Buffer.concat([Buffer.alloc(4), nonce.subarray(16)]);
  const length = Buffer.from('0000000000000006', 'hex');

  const name = Buffer.from(place.slice(2), 'base64url');
  const nonce = name.subarray(0, 24);
  assert.deepEqual(nonce, hash(derive('name nonces'), 'a name').subarray(0, 24));
  const cipher = createCipheriv('chacha20-poly1305', hchacha20(derive('names'), nonce.subarray(0, 16)), iv(nonce), { authTagLength: 16 });
  cipher.setAAD(id, { plaintextLength: 6 });
  const expected = Buffer.concat([cipher.update('a name'), cipher.final(), cipher.getAuthTag()]);
  assert.deepEqual(name.subarray(24), expected);

  const sealed = Buffer.from(below.get(place) ?? []);
  assert.equal(sealed[0], 1);
  const own = sealed.subarray(1, 25);
  assert.deepEqual(own, hash(derive('value nonces'), Buffer.alloc(24, 5), length, 'a name', bytes(1, 2, 3)).subarray(0, 24));
  const opener = createDecipheriv('chacha20-poly1305', hchacha20(derive('values'), own.subarray(0, 16)), iv(own), { authTagLength: 16 });
  opener.setAAD(Buffer.concat([id, Buffer.from('a name')]), { plaintextLength: 3 });
  opener.setAuthTag(sealed.subarray(-16));
  assert.deepEqual(Buffer.concat([opener.update(sealed.subarray(25, -16)), opener.final()]), Buffer.of(1, 2, 3));
});

test('sessions and the application’s maps outlive a restart on it', async () => {
  const network = makeMemoryNetwork();
  const times = { retryLeast: 5, retryMost: 20 };
  const filePath = makeDirectory();
  const a = await makePeer(network, 'a', { baggage: new Map(), tryResumeSession: true, times });
  /** @type {any} */
  let object;
  for (const which of ['first', 'second']) {
    const baggage = encryptedBaggage(makeFsDurableBaggage({ filePath }), key);
    assert.equal(baggage.durability, 'power');
    const b = await makePeer(network, 'b', { baggage, tryResumeSession: true, times });
    const notes = provideMapStoreFromBaggage(baggage, 'app:notes');
    b.client.registerSturdyRef('object', Far('object', {
      which: () => which,
      note: (/** @type {string} */ text) => notes.set(text, [which]).size,
    }));
    object ??= await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('object')));
    assert.equal(await E(object).which(), which);
    assert.equal(await E(object).note(which), which === 'first' ? 1 : 2);
    network.crash('b');
    await b.client.shutdown();
    await openStore(baggage).idle();
    await baggage.close();
  }
  assert.deepEqual(a.events.map(event => event.type), ['fresh', 'suspended', 'resumed', 'suspended']);
  await a.client.shutdown();
});

test('a record that does not decrypt is damage of that key, for the core too', async () => {
  const network = makeMemoryNetwork();
  const below = makeInMemoryBaggage();
  const baggage = encryptedBaggage(below, key, { hideKeys: false });
  const a = await makePeer(network, 'a', { baggage, tryResumeSession: true });
  const b = await makePeer(network, 'b', { baggage: new Map(), tryResumeSession: true });
  await a.client.provideSession(b.location);
  await a.client.shutdown();
  const [record = ''] = [...below.keys()].filter(each => each.startsWith('ocapn:resumeSessionsById/'));
  below.set(record, (below.get(record) ?? bytes()).slice(1));
  const again = await makePeer(network, 'a', { baggage: encryptedBaggage(below, key), tryResumeSession: true });
  await assert.rejects(again.client.provideSession(b.location), error => {
    assert.equal(codeOf(error), 'STORE_DAMAGED', String(error));
    return String(error).includes(record);
  });
  await again.client.shutdown();
  await b.client.shutdown();
});

test('forgetSessions drops the sessions and nothing else', async () => {
  const kept = ['app:scores/a', 'ocapn:netlayer/x/y', 'ocapn:positions/a/b/c', 'ocapn:schema', 'ocapn:swissnumTable/s'];
  const dropped = ['ocapn-durable:tables/o/s/o+1', 'ocapn:giftTable/o/s/g', 'ocapn:resumeSessionsById/o/s', 'ocapn:resumeSessionsByLocationId/o/p'];
  for (const hideKeys of [true, false]) {
    const filePath = makeDirectory();
    const first = encryptedBaggage(makeFsDurableBaggage({ filePath }), key, { hideKeys });
    for (const name of [...kept, ...dropped]) first.set(name, bytes(1));
    await first.commit?.();
    await first.close();
    assert.throws(() => makeFsDurableBaggage({ filePath, forgetSessions: true }), { code: 'API_MISUSE', message: /encryptedBaggage/ });
    for (const forgetSessions of [true, false]) {
      const again = encryptedBaggage(makeFsDurableBaggage({ filePath }), key, { forgetSessions });
      assert.deepEqual([...again.keys()], [...kept].sort());
      await again.close();
    }
  }
});
