// @ts-check

import { encodeSwissnum } from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { makePeer } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/** Another object is registered by a swissnum: it and the one before stay two objects, to whoever has either. */

const named = (/** @type {string} */ name) => Far(name, { who: () => name });

/** @param {any} client @param {any} location @param {string} name */
const enliven = (client, location, name) => client.enlivenSturdyRef(client.makeSturdyRef(location, encodeSwissnum(name)));

for (const isDurable of [false, true]) {
  const options = () => (isDurable ? { baggage: new Map(), tryResumeSession: true } : {});

  test(`what peers have of the one before stays that, ${isDurable ? 'with' : 'without'} a baggage`, async t => {
    const network = makeMemoryNetwork();
    const a = await makePeer(network, 'a', options());
    const b = await makePeer(network, 'b', options());
    t.after(() => Promise.all([a.client.shutdown(), b.client.shutdown()]));
    const [first, second] = [named('first'), named('second')];
    b.client.registerSturdyRef('both', Far('both', { first: () => first, second: () => second }));
    b.client.registerSturdyRef('it', first);
    const both = await enliven(a.client, b.location, 'both');
    const before = await enliven(a.client, b.location, 'it');
    b.client.registerSturdyRef('it', second);
    const after = await enliven(a.client, b.location, 'it');
    assert.notEqual(before, after);
    assert.equal(await E(before).who(), 'first');
    assert.equal(await E(after).who(), 'second');
    assert.equal(await E(both).first(), before);
    assert.equal(await E(both).second(), after);
  });

  test(`one that was never given away is another object, too, ${isDurable ? 'with' : 'without'} a baggage`, async t => {
    const network = makeMemoryNetwork();
    const a = await makePeer(network, 'a', options());
    const b = await makePeer(network, 'b', options());
    t.after(() => Promise.all([a.client.shutdown(), b.client.shutdown()]));
    const [first, second] = [named('first'), named('second')];
    b.client.registerSturdyRef('it', first);
    b.client.registerSturdyRef('it', second);
    b.client.registerSturdyRef('source', Far('source', { first: () => first }));
    const it = await enliven(a.client, b.location, 'it');
    const one = await E(enliven(a.client, b.location, 'source')).first();
    assert.notEqual(it, one);
    assert.equal(await E(one).who(), 'first');
    assert.equal(await E(it).who(), 'second');
  });
}

test('after a restart the swissnum leads to what is registered by it, and the reference to the one before leads nowhere', async t => {
  const network = makeMemoryNetwork();
  const baggage = new Map();
  const a = await makePeer(network, 'a', { baggage: new Map(), tryResumeSession: true });
  let b = await makePeer(network, 'b', { baggage, tryResumeSession: true });
  b.client.registerSturdyRef('it', named('first'));
  const before = await enliven(a.client, b.location, 'it');
  b.client.registerSturdyRef('it', named('second'));
  const after = await enliven(a.client, b.location, 'it');
  assert.equal(await E(after).who(), 'second');
  await b.client.shutdown();
  b = await makePeer(network, 'b', { baggage, tryResumeSession: true });
  t.after(() => Promise.all([a.client.shutdown(), b.client.shutdown()]));
  b.client.registerSturdyRef('it', named('third'));
  assert.equal(await E(after).who(), 'third');
  await assert.rejects(E(before).who(), { code: 'NOT_REVIVABLE' });
  assert.equal(await enliven(a.client, b.location, 'it'), after);
});

test('an object that is registered twice stays registered when one of its swissnums is given to another', async t => {
  const network = makeMemoryNetwork();
  const baggage = new Map();
  const a = await makePeer(network, 'a', { baggage: new Map(), tryResumeSession: true });
  let b = await makePeer(network, 'b', { baggage, tryResumeSession: true });
  const twice = named('twice');
  b.client.registerSturdyRef('one', twice);
  b.client.registerSturdyRef('two', twice);
  const held = await enliven(a.client, b.location, 'two');
  b.client.registerSturdyRef('one', named('other'));
  assert.equal(await E(held).who(), 'twice');
  await b.client.shutdown();
  b = await makePeer(network, 'b', { baggage, tryResumeSession: true });
  t.after(() => Promise.all([a.client.shutdown(), b.client.shutdown()]));
  b.client.registerSturdyRef('one', named('other again'));
  b.client.registerSturdyRef('two', named('twice again'));
  assert.equal(await E(held).who(), 'twice again');
});

test('a swissnum is given as text, as bytes, or as a value; anything else is refused', async t => {
  const network = makeMemoryNetwork();
  const a = await makePeer(network, 'a');
  const b = await makePeer(network, 'b');
  t.after(() => Promise.all([a.client.shutdown(), b.client.shutdown()]));
  for (const [given, name] of /** @type {Array<[any, string]>} */ ([
    ['text', 'text'],
    [new TextEncoder().encode('bytes'), 'bytes'],
    [encodeSwissnum('value'), 'value'],
  ])) {
    b.client.registerSturdyRef(given, named(name));
    assert.equal(await E(enliven(a.client, b.location, name)).who(), name);
  }
  for (const bad of /** @type {any[]} */ ([undefined, 7, {}, [1, 2], new ArrayBuffer(3)])) {
    assert.throws(() => b.client.registerSturdyRef(bad, named('bad')), { code: 'API_MISUSE' });
  }
  await assert.rejects(enliven(b.client, b.location, 'nobody'), { code: 'UNKNOWN_SWISSNUM' });
  await b.client.shutdown();
  assert.throws(() => b.client.registerSturdyRef('late', named('late')), { code: 'SHUT_DOWN' });
});
