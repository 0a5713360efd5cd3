// @ts-check

import { makePeer, pause, until } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

import { encodeSwissnum } from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';

const resuming = { debugMode: true, tryResumeSession: true, times: { retryLeast: 10, retryMost: 20 } };

/** @param {Uint8Array} bytes */
const text = bytes => Buffer.from(bytes).toString('latin1');

/** @param {{ after: (done: () => unknown) => void }} t */
const makeThree = async t => {
  const network = makeMemoryNetwork();
  const baggage = new Map();
  const thing = Far('thing', { number: () => 1n });
  const startExporter = async () => {
    const peer = await makePeer(network, 'b', { ...resuming, baggage });
    peer.client.registerSturdyRef('thing', thing);
    return peer;
  };
  const a = await makePeer(network, 'a', { ...resuming, baggage: new Map() });
  const c = await makePeer(network, 'c', { ...resuming, baggage: new Map() });
  let b = await startExporter();
  t.after(() => Promise.all([a, b, c].map(({ client }) => client.shutdown())));
  c.client.registerSturdyRef('keeper', Far('keeper', { number: (/** @type {any} */ value) => E(value).number() }));
  /** @param {{ location: any }} peer @param {string} name */
  const from = (peer, name) =>
    a.client.enlivenSturdyRef(a.client.makeSturdyRef(peer.location, encodeSwissnum(name)));
  const gift = await from(b, 'thing');
  const keeper = await from(c, 'keeper');
  const restart = async () => {
    network.crash('b');
    await b.client.shutdown();
    b = await startExporter();
  };
  const giftKeys = () => [...baggage.keys()].filter(key => key.startsWith('ocapn:giftTable/'));
  const inspect = () => b.client._debug.inspect();
  return { network, a, c, gift, keeper, restart, giftKeys, inspect };
};

test('a gift of a registered object outlives the process that it was left with', async t => {
  const { network, gift, keeper, restart, giftKeys, inspect } = await makeThree(t);
  network.hold('c', 'b');
  const number = E(keeper).number(gift);
  await until(() => inspect().gifts === 1, 'the gift is there');
  assert.equal(giftKeys().length, 1);
  await restart();
  network.release('c', 'b');
  assert.equal(await number, 1n);
  assert.equal(inspect().gifts, 0);
  // Its giver might leave it again, until it says something else.
  assert.equal(await E(gift).number(), 1n);
  await until(() => giftKeys().length === 0, 'the row of the gift is gone');
});

test('the rows of gifts go with the session of their giver', async t => {
  const { network, a, gift, keeper, giftKeys, restart } = await makeThree(t);
  network.hold('c', 'b');
  const number = E(keeper).number(gift);
  number.catch(() => {});
  await until(() => giftKeys().length === 1, 'the gift is there');
  await restart();
  const session = await a.client.provideSession(
    /** @type {const} */ ({ type: 'ocapn-peer', transport: 'memory', designator: 'b', hints: {} }),
  );
  session.abort('no more');
  await until(() => giftKeys().length === 0, 'the row of the gift is gone');
  network.release('c', 'b');
  await assert.rejects(number, /no session with its gifter/);
});

test('a used count is refused after a resume, and in another process', async t => {
  const { network, c, gift, keeper, restart } = await makeThree(t);
  /** @type {Uint8Array | undefined} */
  let withdrawal;
  network.tamper('c', 'b', bytes => {
    if (text(bytes).includes('withdraw-gift')) {
      withdrawal = bytes.slice();
    }
    return bytes;
  });
  assert.equal(await E(keeper).number(gift), 1n);
  const sent = withdrawal;
  assert.ok(sent);
  /** @type {string[]} */
  const refusals = [];
  network.tamper('b', 'c', bytes => {
    if (text(bytes).includes('already used')) {
      refusals.push(text(bytes));
    }
    return bytes;
  });
  const replay = async (/** @type {number} */ times) => {
    await until(() => c.events.filter(event => event.type === 'resumed').length === times, 'c resumes with b');
    let isDone = false;
    network.tamper('c', 'b', bytes => {
      const messages = isDone ? [bytes] : [bytes, sent];
      isDone = true;
      return messages;
    });
    assert.equal(await E(keeper).number(gift), 1n);
    await until(() => refusals.length === times, 'the replay is refused');
  };
  network.cut('c', 'b');
  await replay(1);
  await restart();
  await replay(2);
  await pause();
});

for (const reconnect of /** @type {const} */ (['auto', 'on-demand'])) {
  test(`a gift that its exporter has not got is left by the next process of its giver, which nobody asks: ${reconnect}`, async t => {
    const network = makeMemoryNetwork();
    const b = await makePeer(network, 'b', { ...resuming, baggage: new Map() });
    b.client.registerSturdyRef('thing', Far('thing', { number: () => 1n }));
    const c = await makePeer(network, 'c', { ...resuming, baggage: new Map() });
    /** @type {unknown[]} */
    const numbers = [];
    c.client.registerSturdyRef('waiter', Far('waiter', { wait: value => void E(value).number().then(number => numbers.push(number)) }));
    const baggage = new Map();
    const options = { ...resuming, reconnect, baggage, times: { ...resuming.times, unclaimed: 1 } };
    const a = await makePeer(network, 'a', options);
    /** @param {any} location @param {string} name */
    const from = (location, name) => a.client.enlivenSturdyRef(a.client.makeSturdyRef(location, encodeSwissnum(name)));
    const gift = await from(b.location, 'thing');
    const waiter = await from(c.location, 'waiter');
    const depositKeys = () => [...baggage.keys()].filter(key => key.includes('/g:'));

    // What is swallowed is not sent again by this process: no cut, no resume.
    network.tamper('a', 'b', bytes => (text(bytes).includes('deposit-gift') ? undefined : bytes));
    await E(waiter).wait(gift);
    await until(() => b.client._debug.inspect().claims === 1, 'c waits for the gift');
    assert.equal(depositKeys().length, 1);
    network.crash('a');
    await a.client.shutdown();

    network.tamper('a', 'b', bytes => bytes);
    const again = await makePeer(network, 'a', options);
    t.after(() => Promise.all([again, b, c].map(({ client }) => client.shutdown())));
    await until(() => numbers.length === 1, 'c has the gift');
    assert.deepEqual(numbers, [1n]);
    await until(() => depositKeys().length === 0, 'the row of the deposit is gone');
    // Nothing else holds it: it is given back.
    await until(() => ![...baggage.keys()].some(key => key.includes('/o-1')), 'the import is released');
  });
}
