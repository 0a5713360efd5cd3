// @ts-check

import { makeThings, registerObjects } from '../support/objects.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { makeProxy } from '../support/proxy.js';
import { frame } from '../support/raw-line.js';
import { outcome, throughCuts, until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

/** @import { Fate, Heard } from '../support/proxy.js' */
/** @import { PeerProcess } from '../support/process.js' */

/** @param {Heard} heard @param {string} text */
const says = ({ bytes }, text) => bytes.includes(text);

/**
 * A gives B's objects to C. B is a process, with a directory; all that they say to each other goes through proxies.
 *
 * @param {any} t
 */
const makeThree = async t => {
  const directory = `${makeDirectory()}/b`;
  const start = () => startPeer(t, { directory, client: { reconnect: 'on-demand' } });
  let b = await start();
  const cToB = await makeProxy({ port: () => Number(b.location.hints.port) });
  const c = await makeTestPeer(t, {
    baggage: new Map(),
    via: ({ designator }) => (designator === b.location.designator ? cToB.port : undefined),
  });
  registerObjects(c, makeThings());
  const aToC = await makeProxy({ port: () => Number(Object(c.location.hints).port) });
  t.after(() => Promise.all([cToB.close(), aToC.close()]));
  const aToB = await makeProxy({ port: () => Number(b.location.hints.port) });
  t.after(() => aToB.close());
  const a = await makeTestPeer(t, {
    baggage: new Map(),
    via: ({ designator }) => (designator === c.location.designator ? aToC.port : aToB.port),
  });
  const gift = await enliven(a, b.location, 'counter');
  const keeper = await enliven(a, c.location, 'keeper');
  const restart = async () => {
    await b.do('durable');
    await b.kill();
    b = await start();
  };
  return { a, c, cToB, aToC, aToB, gift, keeper, restart, b: () => b };
};

/** @param {PeerProcess} peer */
const giftRows = async peer => {
  await peer.do('durable');
  return peer.do('keys', { prefix: 'ocapn:giftTable/' });
};

test('flaw 17: a recorded withdrawal is refused after a resume, after kill -9 of the exporter, and after both again', async t => {
  const { c, cToB, gift, keeper, restart } = await makeThree(t);
  /** @type {Buffer | undefined} */
  let recorded;
  let refused = 0;
  cToB.judge = heard => {
    if (says(heard, 'withdraw-gift')) recorded ??= heard.bytes;
    return 'pass';
  };
  await E(keeper).keep(gift);
  await until(() => recorded !== undefined, 'the withdrawal');
  const sent = /** @type {Buffer} */ (recorded);
  const kept = await keptBy(c);
  assert.equal(await E(kept).increment(), 1);

  const replay = async () => {
    let isDone = false;
    const before = refused;
    cToB.judge = heard => {
      if (!heard.isFromDialler && says(heard, 'Gift handoff already used')) refused += 1;
      if (isDone || !heard.isFromDialler || heard.label !== 'op:deliver') return 'pass';
      isDone = true;
      return Buffer.concat([frame(heard.bytes), frame(sent)]);
    };
    await throughCuts(() => E(kept).value());
    await until(() => refused === before + 1, 'the replay is refused');
  };
  cToB.cutAll();
  await replay();
  for (let round = 0; round < 2; round += 1) {
    await restart();
    await replay();
  }
  assert.equal(await E(kept).increment(), 2);
});

/**
 * What the keeper of a peer in this process holds, as that peer sees it.
 *
 * @param {import('../support/peer.js').Peer} peer
 */
const keptBy = async peer => {
  const held = await enliven(peer, peer.location, 'keeper');
  return E(held).first();
};

test('flaw 17: a receiver that was killed counts on: its next withdrawals are good', async t => {
  const root = makeDirectory();
  const b = await startPeer(t, { directory: `${root}/b` });
  const start = () => startPeer(t, { directory: `${root}/c` });
  let c = await start();
  const a = await makeTestPeer(t, { directory: `${root}/a` });
  const gifts = [await enliven(a, b.location, 'listener'), await enliven(a, b.location, 'greeter')];
  const keeper = await enliven(a, c.location, 'keeper');
  await E(keeper).keep(gifts[0]);
  assert.equal(await E(keeper).tell('before'), 'before heard');
  await c.do('durable');
  await c.kill();
  c = await start();
  await throughCuts(() => E(keeper).keep(gifts[0]));
  assert.equal(await E(keeper).tell('after'), 'after heard');
  await E(keeper).keep(gifts[1]);
  assert.equal(await E(keeper).given(), 2);
  // Each was withdrawn by a handoff of its own, in one session: nothing was refused, and nothing begun afresh.
  assert.deepEqual(c.events.all.map(({ type }) => type).sort(), ['resumed', 'resumed']);
});

test('flaw 18: a gift outlives kill -9 of the exporter, and is withdrawn from the next process', async t => {
  const { aToC, gift, keeper, restart, b } = await makeThree(t);
  /** @type {(value?: any) => void} */
  let release = () => {};
  const released = new Promise(resolve => {
    release = resolve;
  });
  aToC.judge = async heard => {
    if (says(heard, 'handoff-give')) await released;
    return 'pass';
  };
  const kept = outcome(E(keeper).keep(gift));
  await until(async () => (await giftRows(b())).length === 1, 'the gift is left');
  await restart();
  assert.equal((await giftRows(b())).length, 1);
  release();
  assert.equal((await kept).error, undefined);
  assert.equal(await E(gift).increment(), 1);
  assert.equal(await E(E(keeper).first()).increment(), 2);
  await until(async () => (await giftRows(b())).length === 0, 'the gift is gone with its withdrawal');
});

for (const isRestarted of [false, true]) {
  const when = isRestarted ? 'and kill -9 of the exporter' : 'while the exporter lives on';
  test(`flaw 18: a gift that is left again after it was withdrawn is not kept, ${when}`, async t => {
    const { c, aToB, gift, keeper, restart, b } = await makeThree(t);
    /** @type {(value?: any) => void} */
    let release = () => {};
    const released = new Promise(resolve => {
      release = resolve;
    });
    let deposits = 0;
    aToB.judge = async heard => {
      if (heard.isFromDialler && says(heard, 'deposit-gift')) deposits += 1;
      if (heard.connection > 0) await released;
      const isAcknowledgement = deposits === 1 && !heard.isFromDialler && heard.label === 'op:deliver';
      return isAcknowledgement && heard.connection === 0 ? 'cut' : 'pass';
    };
    await E(keeper).keep(gift);
    assert.equal(await E(await keptBy(c)).increment(), 1);
    if (isRestarted) await restart();
    release();
    assert.equal(await throughCuts(() => E(gift).increment()), 2);
    assert.equal(deposits, 2);
    await until(async () => (await giftRows(b())).length === 0, 'nothing is kept for anybody');
    assert.equal((await b().do('inspect')).gifts, 0);
  });
}

test('flaw 18: gifts of a session that has ended are gone, and stay gone', async t => {
  const { a, aToC, gift, keeper, restart, b } = await makeThree(t);
  aToC.judge = heard => (says(heard, 'handoff-give') ? 'swallow' : 'pass');
  outcome(E(keeper).keep(gift));
  await until(async () => (await giftRows(b())).length === 1, 'the gift is left');
  await restart();
  (await a.client.provideSession(b().location)).abort('no more');
  await until(async () => (await giftRows(b())).length === 0, 'the gift is deleted');
  await restart();
  assert.deepEqual(await giftRows(b()), []);
});

test('flaw 25: a gift that is waited for does not keep the store from anything, nor does kill -9 then', async t => {
  const root = makeDirectory();
  const start = () => startPeer(t, { directory: `${root}/b`, client: { reconnect: 'on-demand' } });
  let b = await start();
  const aToB = await makeProxy({ port: () => Number(b.location.hints.port) });
  t.after(() => aToB.close());
  const c = await makeTestPeer(t, { baggage: new Map() });
  registerObjects(c, makeThings());
  const a = await makeTestPeer(t, {
    baggage: new Map(),
    via: ({ designator }) => (designator === b.location.designator ? aToB.port : undefined),
  });
  const gift = await enliven(a, b.location, 'listener');
  const doubler = await enliven(a, b.location, 'doubler');
  const keeper = await enliven(a, c.location, 'keeper');
  aToB.judge = heard => (says(heard, 'deposit-gift') ? 'drop' : 'pass');
  const kept = outcome(E(keeper).keep(gift));
  await until(async () => (await b.do('inspect')).claims === 1, 'the receiver waits at the exporter');

  // Unrelated things are written, of kinds that a file of JSON does not know.
  const values = { undefined, NaN, minusZero: -0, infinite: [-Infinity, 2n ** 70n] };
  for (const [name, value] of Object.entries(values)) await b.do('keep', { name, value });
  await assert.rejects(b.do('keepFunction'), { code: 'NOT_STORABLE' });
  assert.equal(await E(doubler)(4), 8);
  const counter = await enliven(c, b.location, 'counter');
  assert.equal(await E(counter).increment(), 1);
  assert.deepEqual(await giftRows(b), []);
  await b.kill();
  b = await start();
  for (const [name, value] of Object.entries(values)) assert.deepStrictEqual(await b.do('kept', { name }), value);
  assert.equal(await throughCuts(() => E(counter).increment()), 2);
  assert.equal(await throughCuts(() => E(doubler)(8)), 16);
  await kept;
});
