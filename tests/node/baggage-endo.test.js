// @ts-check

import { encodeSwissnum, fromEndoBaggage, provideMapStoreFromBaggage } from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { makeLiveEndoBaggage, makeStrictEndoBaggage } from './fixtures/endo-baggage.js';
import { makePeer } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

const bytes = (/** @type {number[]} */ ...values) => Uint8Array.from(values);
const ROOTS = [
  'ocapn-durable:tables', 'ocapn-wasm:entries', 'ocapn:giftTable', 'ocapn:resumeSessionsById',
  'ocapn:resumeSessionsByLocationId', 'ocapn:swissnumTable',
];

test('each key is in the nested map of its root', () => {
  const endo = makeStrictEndoBaggage();
  const baggage = fromEndoBaggage(endo);
  const keys = [
    'app:x', 'app:x/y', 'ocapn-durable:tables', 'ocapn-durable:tables/own/sid/o+1', 'ocapn:giftTable/a/b/c', 'ocapn:netlayer/x/key',
    'ocapn:resumeSessionsById/own/sid', 'ocapn:resumeSessionsByLocationId/m/a/m/b', 'ocapn:schema', 'ocapn:swissnumTable/',
    'ocapn:swissnumTable/s',
  ];
  keys.forEach((key, i) => baggage.set(key, bytes(i)));
  const roots = JSON.parse(endo.text());
  assert.deepEqual(roots.map((/** @type {any} */ [key]) => key).sort(), ROOTS);
  assert.deepEqual(
    Object.fromEntries(roots.map((/** @type {any} */ [key, entries]) => [key, entries.map((/** @type {any} */ [name]) => name)])),
    {
      'ocapn:swissnumTable': ['s'],
      'ocapn:giftTable': ['a/b/c'],
      'ocapn:resumeSessionsByLocationId': ['m/a/m/b'],
      'ocapn:resumeSessionsById': ['own/sid'],
      'ocapn-durable:tables': ['own/sid/o+1'],
      'ocapn-wasm:entries': ['app:x', 'app:x/y', 'ocapn-durable:tables', 'ocapn:netlayer/x/key', 'ocapn:schema', 'ocapn:swissnumTable/'],
    },
  );
  assert.deepEqual([...baggage.keys()], keys);
  keys.forEach((key, i) => assert.deepEqual(baggage.get(key), bytes(i), key));
  assert.deepEqual([...baggage.keys('ocapn:resume')], keys.filter(key => key.startsWith('ocapn:resume')));
  assert.deepEqual([...baggage.keys('ocapn:swissnumTable/s')], ['ocapn:swissnumTable/s']);
});

test('what another client left there stays, and is not seen', () => {
  const endo = makeLiveEndoBaggage();
  endo.init('ocapn:swissnumTable', new Map([['theirs', Far('thing', {})]]));
  endo.init('ocapn:resumeSessionsByLocationId', new Map([['ocapn://x.memory', 'abcdef']]));
  endo.init('ocapn-durable:tables', new Map([['ocapn://x.memory', { localSlots: new Map(), nextExportPosition: 1n }]]));
  const before = [...endo.get('ocapn-durable:tables')];
  const baggage = fromEndoBaggage(endo);
  assert.deepEqual([...baggage.keys()], []);
  assert.throws(() => baggage.get('ocapn:swissnumTable/theirs'), { code: 'STORE_DAMAGED', message: /"ocapn:swissnumTable\/theirs"/ });
  baggage.set('ocapn:swissnumTable/theirs', bytes(1));
  assert.deepEqual(baggage.get('ocapn:swissnumTable/theirs'), bytes(1));
  assert.deepEqual([...endo.get('ocapn-durable:tables')], before);
});

test('what is no baggage, or keeps no maps, is refused', () => {
  for (const bad of [undefined, null, {}, { has: () => false, get: () => undefined }]) {
    assert.throws(() => fromEndoBaggage(/** @type {any} */ (bad)), { code: 'API_MISUSE' });
  }
  const forgetful = { has: () => false, get: () => undefined, init: () => {} };
  assert.throws(() => fromEndoBaggage(forgetful), { code: 'API_MISUSE', message: /no map/ });
  const endo = makeLiveEndoBaggage();
  endo.init('ocapn:giftTable', 7);
  assert.throws(() => fromEndoBaggage(endo), { code: 'API_MISUSE', message: /"ocapn:giftTable"/ });
});

test('a session outlives the process on it', async () => {
  const network = makeMemoryNetwork();
  const times = { retryLeast: 5, retryMost: 20 };
  const a = await makePeer(network, 'a', { baggage: new Map(), tryResumeSession: true, times });
  let endo = makeStrictEndoBaggage();
  /** @type {any} */
  let object;
  for (const which of ['first', 'second']) {
    const baggage = fromEndoBaggage(endo);
    const b = await makePeer(network, 'b', { baggage, tryResumeSession: true, times });
    const notes = provideMapStoreFromBaggage(baggage, 'app:notes');
    b.client.registerSturdyRef('object', Far('object', {
      which: () => which,
      note: (/** @type {string} */ text) => notes.set(text, [which]).size,
    }));
    object ??= await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('object')));
    assert.equal(await E(object).which(), which);
    assert.equal(await E(object).note(which), which === 'first' ? 1 : 2);
    assert.deepEqual(notes.get('first'), ['first']);
    network.crash('b');
    endo = makeStrictEndoBaggage(endo.text());
    await b.client.shutdown();
  }
  assert.deepEqual(a.events.map(event => event.type), ['fresh', 'suspended', 'resumed', 'suspended']);
  await a.client.shutdown();
});
