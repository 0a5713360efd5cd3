// @ts-check

import { encodeSwissnum } from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { makePeer } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

const times = { retryLeast: 5, retryMost: 20 };

/**
 * An application whose things are named, and one of which is registered, too.
 *
 * @param {any} network
 * @param {Map<string, Uint8Array>} baggage
 */
const start = async (network, baggage) => {
  /** @type {WeakMap<object, string>} */
  const names = new WeakMap();
  const make = (/** @type {string} */ name) => {
    const thing = Far('thing', { title: () => name });
    names.set(thing, name);
    return thing;
  };
  /** @type {Map<string, object>} */
  const things = new Map();
  const provide = (/** @type {string} */ name) => {
    const thing = things.get(name) ?? make(name);
    things.set(name, thing);
    return thing;
  };
  const server = await makePeer(network, 'server', {
    baggage,
    tryResumeSession: true,
    times,
    describe: object => names.get(object),
    revive: name => provide(name),
  });
  server.client.registerSturdyRef('source', Far('source', { give: (/** @type {string} */ name) => provide(name) }));
  return { ...server, provide };
};

/**
 * @param {any} client
 * @param {any} server
 * @param {string} name
 */
const enliven = ({ client }, { location }, name) =>
  client.enlivenSturdyRef(client.makeSturdyRef(location, encodeSwissnum(name)));

test('an object that is registered and described has one slot, whichever way it is given first, in each process', async () => {
  const network = makeMemoryNetwork();
  const baggage = new Map();
  const peer = await makePeer(network, 'peer', { baggage: new Map(), tryResumeSession: true, times });
  const first = await start(network, baggage);
  first.client.registerSturdyRef('thing', first.provide('it'));
  const thing = await enliven(peer, first, 'thing');
  const source = await enliven(peer, first, 'source');
  assert.equal(await E(source).give('it'), thing, 'in the process that registered it');

  network.crash('server');
  const copy = new Map(baggage);
  await first.client.shutdown();
  const second = await start(network, copy);
  assert.equal(await E(source).give('it'), thing, 'before anybody asks for it by its swissnum');
  assert.equal(await enliven(peer, second, 'thing'), thing);
  assert.equal(await E(thing).title(), 'it');

  network.crash('server');
  const another = new Map(copy);
  await second.client.shutdown();
  const third = await start(network, another);
  assert.equal(await enliven(peer, third, 'thing'), thing, 'by its swissnum first');
  assert.equal(await E(source).give('it'), thing);
  await Promise.all([peer.client.shutdown(), third.client.shutdown()]);
});

test('an object that was given before it was registered has one slot in a later process', async () => {
  const network = makeMemoryNetwork();
  const baggage = new Map();
  const peer = await makePeer(network, 'peer', { baggage: new Map(), tryResumeSession: true, times });
  const first = await start(network, baggage);
  const source = await enliven(peer, first, 'source');
  const thing = await E(source).give('it');
  first.client.registerSturdyRef('thing', first.provide('it'));
  assert.equal(await enliven(peer, first, 'thing'), thing);

  network.crash('server');
  const copy = new Map(baggage);
  await first.client.shutdown();
  const second = await start(network, copy);
  assert.equal(await enliven(peer, second, 'thing'), thing);
  assert.equal(await E(source).give('it'), thing);
  await Promise.all([peer.client.shutdown(), second.client.shutdown()]);
});
