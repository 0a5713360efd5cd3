// @ts-check

import { encodeSwissnum } from '../../../js/index.js';
import { makeMemoryNetwork } from '../../../js/netlayers/memory.js';
import { makePair, makePeer, until } from '../fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/**
 * Objects of the application's that misbehave where a peer names them: what was asked fails, and neither this client nor any other
 * of the process ends.
 */

const silent = { log: () => {}, info: () => {}, error: () => {} };

/** @param {any} client @param {any} location @param {string} name */
const enliven = (client, location, name) => client.enlivenSturdyRef(client.makeSturdyRef(location, encodeSwissnum(name)));

/**
 * A pair whose second side has an object, and two clients beside it that have nothing to do with them.
 *
 * @param {any} t
 * @param {object} object
 */
const stage = async (t, object) => {
  const pair = await makePair({ a: { logger: silent }, b: { logger: silent } });
  const others = await makePair();
  t.after(() => Promise.all([pair.shutdown(), others.shutdown()]));
  pair.b.client.registerSturdyRef('object', object);
  others.b.client.registerSturdyRef('other', Far('other', { ping: () => 'pong' }));
  const other = await enliven(others.a.client, others.b.location, 'other');
  const remote = await enliven(pair.a.client, pair.b.location, 'object');
  const isUnharmed = async () => {
    assert.equal(await E(remote).ping(), 'pong');
    assert.equal(await E(other).ping(), 'pong');
  };
  return { ...pair, remote, isUnharmed };
};

const ping = () => 'pong';

test('a peer makes a thenable of a function of ours', async t => {
  /** @type {unknown[]} */
  const taken = [];
  const callback = Far('callback', () => 'called');
  const { a, b, remote, isUnharmed } = await stage(t, Far('object', { ping, give: () => callback, take: (/** @type {unknown} */ one) => void taken.push(one) }));
  const held = await E(remote).give();
  // A presence of a function is no function: so the record passes on its way out.
  await E(remote).take({ then: held, deep: [{ then: held }] });
  await assert.rejects(/** @type {any} */ (taken[0]), { code: 'NOT_PASSABLE' });
  // The same towards what every peer has, and as the result of a call.
  await assert.rejects(E((await a.client.provideSession(b.location)).getBootstrap()).fetch({ then: held }));
  a.client.registerSturdyRef('back', Far('back', { give: () => ({ then: held }) }));
  const back = await enliven(b.client, a.location, 'back');
  await assert.rejects(E(back).give(), { code: 'NOT_PASSABLE' });
  await isUnharmed();
});

/** @extends {Promise<number>} */
class Derived extends Promise {}

/** A caretaker, as it is when what it takes care of was revoked. */
const makeCaretaker = () => Proxy.revocable(Far('caretaker', { hello: () => 'hello' }), {});

test('a peer calls what was revoked', async t => {
  const { proxy, revoke } = makeCaretaker();
  const { remote, isUnharmed } = await stage(t, Far('object', { ping, give: () => proxy, list: () => [proxy] }));
  const held = await E(remote).give();
  assert.equal(await E(held).hello(), 'hello');
  revoke();
  await assert.rejects(E(held).hello(), /revoked/);
  await assert.rejects(E(E(remote).give()).hello(), /revoked/);
  await isUnharmed();
});

test('a peer sends back what was revoked: as an argument, as a reason, and for a promise that a third has', async t => {
  const { proxy, revoke } = makeCaretaker();
  /** @type {any} */
  let kept;
  const object = Far('object', {
    ping,
    keep: (/** @type {any} */ one) => void (kept = one),
    give: () => [kept],
    fail: () => { throw kept; },
    later: () => new Promise(resolve => setTimeout(() => resolve(kept), 20)),
  });
  const { network, a, remote, isUnharmed } = await stage(t, object);
  const third = await makePeer(network, 'c', { logger: silent });
  t.after(() => third.client.shutdown());
  third.client.registerSturdyRef('third', Far('third', { take: (/** @type {any} */ one) => E.when(one, () => 'settled', () => 'broken') }));
  const theirs = await enliven(a.client, third.location, 'third');
  await E(remote).keep(proxy);
  const taken = E(theirs).take(E(remote).later());
  revoke();
  assert.equal((await E(remote).give())[0], proxy);
  const reason = await E(remote).fail().then(() => assert.fail('it fails'), (/** @type {unknown} */ error) => ({ error }));
  assert.equal(/** @type {any} */ (reason).error, proxy);
  assert.match(await taken, /settled|broken/);
  await isUnharmed();
});

test('what a method returns only looks like a promise', async t => {
  const spoilt = Promise.resolve(1);
  Object.defineProperty(spoilt, 'constructor', { get: () => { throw Error('no constructor'); } });
  const { remote, isUnharmed } = await stage(t, Far('object', {
    ping,
    proxied: () => new Proxy(Promise.resolve(1), {}),
    fake: () => Object.create(Promise.prototype),
    spoilt: () => spoilt,
    derived: () => Reflect.construct(Promise, [(/** @type {any} */ resolve) => resolve(2)], Derived),
  }));
  await assert.rejects(E(remote).proxied(), /incompatible receiver/);
  await assert.rejects(E(remote).fake(), /incompatible receiver/);
  await assert.rejects(E(remote).spoilt(), /no constructor/);
  assert.equal(await E(remote).derived(), 2);
  await isUnharmed();
});

test('a table of swissnums that throws for what it does not have', async t => {
  const network = makeMemoryNetwork();
  const baggage = new Map();
  const start = () => {
    const map = new Map();
    const get = (/** @type {string} */ key) => {
      if (!map.has(key)) throw Error(`${key} is not here`);
      return map.get(key);
    };
    const swissnumTable = { get, set: (/** @type {string} */ key, /** @type {any} */ value) => map.set(key, value) };
    return makePeer(network, 'b', { logger: silent, baggage, tryResumeSession: true, swissnumTable });
  };
  const a = await makePeer(network, 'a', { baggage: new Map(), tryResumeSession: true });
  let b = await start();
  b.client.registerSturdyRef('object', Far('object', { ping }));
  const remote = await enliven(a.client, b.location, 'object');
  assert.equal(await E(remote).ping(), 'pong');
  await assert.rejects(enliven(a.client, b.location, 'nothing'), /nothing is not here/);
  await b.client.shutdown();
  b = await start();
  t.after(() => Promise.all([a.client.shutdown(), b.client.shutdown()]));
  await until(() => a.events.some(({ type }) => type === 'suspended'), 'it is away');
  await assert.rejects(E(remote).ping(), { code: 'NOT_REVIVABLE' });
  b.client.registerSturdyRef('object', Far('object', { ping: () => 'pong again' }));
  assert.equal(await E(remote).ping(), 'pong again');
});

test('a promise of a peer’s that is passed on and rejects is no unhandled rejection of ours', async t => {
  const { network, a, remote } = await stage(t, Far('object', { ping, fail: () => { throw Error('failed'); } }));
  const third = await makePeer(network, 'c');
  t.after(() => third.client.shutdown());
  third.client.registerSturdyRef('third', Far('third', { take: (/** @type {any} */ one) => E.when(one, () => 'settled', ({ message }) => message) }));
  const theirs = await enliven(a.client, third.location, 'third');
  // The test runner takes an unhandled rejection for a failure.
  assert.equal(await E(theirs).take(E(remote).fail()), 'failed');
});
