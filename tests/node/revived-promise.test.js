// @ts-check

import { encodeSwissnum } from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { makePeer, pause, until } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/** What an object is while it is being revived: a promise, which leads to it alone, also when the peer has let go of it. */

setFlagsFromString('--expose_gc');
/** @type {() => void} */
const gc = runInNewContext('gc');

/** @param {any} client @param {any} location @param {string} name */
const enliven = (client, location, name) => client.enlivenSturdyRef(client.makeSturdyRef(location, encodeSwissnum(name)));

/**
 * b restarts, and is passed its own thing: what it holds then is a promise. Another peer has a secret.
 *
 * @param {any} t
 * @param {(id: any, make: (id: any) => object) => unknown} revive
 */
const stage = async (t, revive) => {
  const network = makeMemoryNetwork();
  const baggage = new Map();
  const ids = new WeakMap();
  const make = (/** @type {any} */ id) => {
    const thing = Far('thing', { which: () => `thing ${id}` });
    ids.set(thing, id);
    return thing;
  };
  /** @type {any} */
  const kept = {};
  const start = async () => {
    const b = await makePeer(network, 'b', {
      baggage,
      tryResumeSession: true,
      debugMode: true,
      describe: object => ids.get(object),
      revive: async id => revive(id, make),
      times: { gather: 1 },
    });
    b.client.registerSturdyRef('service', Far('service', {
      thing: () => make(1n),
      take: (/** @type {any} */ one) => void (kept.promise = one),
      give: () => [kept.promise],
    }));
    b.client.registerSturdyRef('vault', Far('vault', { secret: () => Far('secret', { which: () => 'the secret' }) }));
    return b;
  };
  const a = await makePeer(network, 'a', { baggage: new Map(), tryResumeSession: true });
  const c = await makePeer(network, 'c');
  const before = await start();
  const service = await enliven(a.client, before.location, 'service');
  const thing = await E(service).thing();
  await before.client.shutdown();
  const b = await start();
  t.after(() => Promise.all([a, b, c].map(({ client }) => client.shutdown())));
  await until(() => a.events.some(({ type }) => type === 'suspended'), 'a has noticed');
  await E(service).take(thing);
  return { b, c, service, kept };
};

/** @param {any} b */
const untilReleased = async b => {
  const rows = () => b.client._debug.inspect().sessions.flatMap((/** @type {any} */ { exports }) => exports);
  const described = () => rows().filter((/** @type {any} */ { position }) => position !== 0).length;
  const before = described();
  for (let round = 0; round < 200 && described() === before; round += 1) {
    gc();
    await pause(10);
  }
  assert.ok(described() < before, 'the peer has let go of it');
};

test('it leads to the object once that is there', async t => {
  const { b, c, service, kept } = await stage(t, (id, make) => make(id));
  await kept.promise;
  await untilReleased(b);
  // It may take the handle that is free now.
  const secret = await E(enliven(c.client, b.location, 'vault')).secret();
  const [back] = await E(service).give();
  assert.equal(await E(back).which(), 'thing 1');
  assert.equal(await E(secret).which(), 'the secret');
});

test('it is broken when the object cannot be had', async t => {
  const { b, c, service, kept } = await stage(t, () => { throw Error('gone'); });
  await assert.rejects(kept.promise, { code: 'NOT_REVIVABLE' });
  await untilReleased(b);
  const secret = await E(enliven(c.client, b.location, 'vault')).secret();
  const [back] = await E(service).give();
  await assert.rejects(E(back).which(), { code: 'NOT_REVIVABLE' });
  assert.equal(await E(secret).which(), 'the secret');
});
