// @ts-check

import { makePeer, pause, until } from './fixtures/face-pair.js';
import { bytes, envelope, give, makeKey, makeRawPeer, peer, receive, record, symbol } from './fixtures/raw-peer.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

import { makeMemoryNetwork } from '../../js/netlayers/memory.js';

/** @import { ClientOptions } from '../../js/options.js' */
/** @import { Key } from './fixtures/raw-peer.js' */

/** @param {string} id @param {string} [gift] */
const deposit = (id, gift = record('desc:export', '1+')) => `${symbol('deposit-gift')}${bytes(id)}${gift}`;

/**
 * A client whose peers are a gifter and a receiver that say what a test wants.
 *
 * @param {{ after: (done: () => unknown) => void }} t
 * @param {ClientOptions} [options]
 */
const makeExporter = async (t, options = {}) => {
  const network = makeMemoryNetwork();
  const exporter = await makePeer(network, 'exporter', { debugMode: true, ...options });
  const { client, location } = exporter;
  t.after(() => client.shutdown());
  client.registerSturdyRef('thing', Far('thing', { number: () => 1n }));
  client.registerSturdyRef('other', Far('other', { number: () => 2n }));
  const gifter = await makeRawPeer(network, 'gifter', location, 21);
  const receiver = await makeRawPeer(network, 'receiver', location, 22);
  const handoffKey = makeKey(23);
  assert.match(await gifter.ask(`${symbol('fetch')}${bytes('thing')}`), /7'fulfill<18'desc:import-object1\+>/);
  let counts = 0;

  /**
   * @param {object} [lie] what is not as it should be
   * @param {Key} [lie.receiverKey]
   * @param {string} [lie.exporterLocation]
   * @param {Uint8Array} [lie.gifterSession]
   * @param {Uint8Array} [lie.gifterSide]
   * @param {Key} [lie.giveSigner]
   * @param {Uint8Array} [lie.receivingSession]
   * @param {Uint8Array} [lie.receivingSide]
   * @param {Key} [lie.receiveSigner]
   * @param {number} [lie.count]
   * @param {string} [lie.id]
   */
  const withdrawal = (lie = {}) => {
    const { count = counts, id = 'gift' } = lie;
    counts += lie.count === undefined ? 1 : 0;
    const given = give({
      receiver: lie.receiverKey ?? handoffKey,
      exporter: lie.exporterLocation ?? peer(location),
      session: lie.gifterSession ?? gifter.session,
      side: lie.gifterSide ?? gifter.key.id,
      id,
    });
    const received = receive({
      session: lie.receivingSession ?? receiver.session,
      side: lie.receivingSide ?? receiver.key.id,
      count,
      signedGive: envelope(lie.giveSigner ?? gifter.key, given),
    });
    return `${symbol('withdraw-gift')}${envelope(lie.receiveSigner ?? handoffKey, received)}`;
  };
  const inspect = () => client._debug.inspect();
  return { network, exporter, gifter, receiver, handoffKey, withdrawal, inspect };
};

/** @type {Array<[string, (parts: Awaited<ReturnType<typeof makeExporter>>) => object]>} */
const lies = [
  ['the key in the give is not the one that signed the receive', () => ({ receiverKey: makeKey(24) })],
  ['the give is for another exporter', ({ gifter }) => ({ exporterLocation: peer(gifter.location) })],
  ['the give names a session that does not exist', () => ({ gifterSession: Buffer.alloc(32, 7) })],
  ['the give names no session id', () => ({ gifterSession: Buffer.alloc(3, 7) })],
  ['the give names the session of the receiver', ({ receiver }) => ({ gifterSession: receiver.session })],
  ['the give names another side', ({ receiver }) => ({ gifterSide: receiver.key.id })],
  ['the give names the exporter’s side', ({ gifter }) => ({ gifterSide: gifter.theirId })],
  ['the receiver signed the give', ({ receiver }) => ({ giveSigner: receiver.key })],
  ['the receive names the session of the gifter', ({ gifter }) => ({ receivingSession: gifter.session })],
  ['the receive names another side', ({ gifter }) => ({ receivingSide: gifter.key.id })],
  ['the receive names the exporter’s side', ({ receiver }) => ({ receivingSide: receiver.theirId })],
  ['the key of the session signed the receive', ({ receiver }) => ({ receiveSigner: receiver.key })],
];

for (const [what, lie] of lies) {
  test(`a withdrawal is refused when ${what}; the gift and the count stay`, async t => {
    const parts = await makeExporter(t);
    const { gifter, receiver, withdrawal, inspect } = parts;
    assert.match(await gifter.ask(deposit('gift')), /7'fulfill<4'void>/);
    const refused = await receiver.ask(withdrawal({ count: 0, ...lie(parts) }));
    assert.match(refused, /5'break<10'desc:error/);
    assert.equal(inspect().gifts, 1);
    assert.match(await receiver.ask(withdrawal({ count: 0 })), /7'fulfill<18'desc:import-object1\+>/);
    assert.deepEqual([inspect().gifts, inspect().claims], [0, 0]);
  });
}

test('a replayed withdrawal is refused, after a second deposit too', async t => {
  const { gifter, receiver, withdrawal, inspect } = await makeExporter(t);
  await gifter.ask(deposit('gift'));
  const first = withdrawal();
  assert.match(await receiver.ask(first), /7'fulfill/);
  await gifter.ask(deposit('gift'));
  assert.match(await receiver.ask(first), /5'break.*Gift handoff already used/);
  assert.equal(inspect().gifts, 1);
});

test('a replayed withdrawal is refused although the first still waits, and although it then got its gift', async t => {
  const { gifter, receiver, withdrawal, inspect } = await makeExporter(t);
  const first = withdrawal();
  const waiting = receiver.ask(first);
  await until(() => inspect().claims === 1, 'the withdrawal waits');
  // What is asked is told apart by its resolver: the waiting one has the first.
  const replay = await makeReplay(receiver, first);
  assert.match(replay, /5'break.*Gift handoff already used/);
  await gifter.ask(deposit('gift'));
  assert.match(await waiting, /7'fulfill<18'desc:import-object1\+>/);
  await gifter.ask(deposit('gift'));
  assert.match(await receiver.ask(first), /5'break.*Gift handoff already used/);
});

/** @param {Awaited<ReturnType<typeof makeRawPeer>>} from @param {string} args */
const makeReplay = (from, args) => from.ask(args);

test('a count need not follow the last, and is used once', async t => {
  const { gifter, receiver, withdrawal } = await makeExporter(t);
  for (const count of [7, 3, 0]) {
    await gifter.ask(deposit('gift'));
    assert.match(await receiver.ask(withdrawal({ count })), /7'fulfill/);
  }
  await gifter.ask(deposit('gift'));
  assert.match(await receiver.ask(withdrawal({ count: 3 })), /already used/);
});

test('the second who comes for the same gift is refused, and the first gets it', async t => {
  const { gifter, receiver, withdrawal, inspect } = await makeExporter(t);
  const waiting = receiver.ask(withdrawal());
  await until(() => inspect().claims === 1, 'the withdrawal waits');
  assert.match(await receiver.ask(withdrawal()), /5'break.*another waits for this gift/);
  await gifter.ask(deposit('gift'));
  assert.match(await waiting, /7'fulfill/);
});

test('a gift is one thing: the same again is fine, another is refused', async t => {
  const { gifter, receiver, withdrawal, inspect } = await makeExporter(t);
  await gifter.ask(`${symbol('fetch')}${bytes('other')}`);
  assert.match(await gifter.ask(deposit('gift')), /7'fulfill/);
  assert.match(await gifter.ask(deposit('gift')), /7'fulfill/);
  assert.match(await gifter.ask(deposit('gift', record('desc:export', '2+'))), /5'break/);
  assert.equal(inspect().gifts, 1);
  assert.match(await receiver.ask(withdrawal()), /7'fulfill/);
});

test('a gift must be ours, and something that can be called', async t => {
  const { gifter, inspect } = await makeExporter(t);
  assert.match(await gifter.ask(deposit('gift', record('desc:import-object', '9+'))), /5'break.*Gift must be local/);
  assert.match(await gifter.ask(deposit('gift', '{}')), /5'break.*Gift must be remotable/);
  assert.match(await gifter.ask(symbol('withdraw-gift')), /5'break.*no signed withdrawal/);
  assert.match(await gifter.ask(`${symbol('withdraw-gift')}${record('desc:sig-envelope', '1+', '2+')}`), /5'break/);
  assert.equal(inspect().gifts, 0);
});

test('gifts of an ended session cannot be withdrawn', async t => {
  const { gifter, receiver, withdrawal, inspect } = await makeExporter(t);
  await gifter.ask(deposit('gift'));
  gifter.end();
  await until(() => inspect().gifts === 0, 'the gift is gone');
  assert.match(await receiver.ask(withdrawal()), /5'break.*no session with its gifter/);
});

test('who waits for a gift of a session that ends is told', async t => {
  const { gifter, receiver, withdrawal, inspect } = await makeExporter(t);
  const waiting = receiver.ask(withdrawal());
  await until(() => inspect().claims === 1, 'the withdrawal waits');
  gifter.end();
  assert.match(await waiting, /5'break.*no session with its gifter/);
});

test('who waits and goes away leaves nothing behind', async t => {
  const { receiver, withdrawal, inspect } = await makeExporter(t);
  receiver.ask(withdrawal()).catch(() => {});
  await until(() => inspect().claims === 1, 'the withdrawal waits');
  receiver.end();
  await until(() => inspect().claims === 0, 'the withdrawal is forgotten');
});

test('gifts and those who wait are bounded for each session', async t => {
  const { gifter, receiver, withdrawal, inspect } = await makeExporter(t, { limits: { gifts: 2 } });
  for (const id of ['a', 'b']) {
    assert.match(await gifter.ask(deposit(id)), /7'fulfill/);
    receiver.ask(withdrawal({ id: `later ${id}` })).catch(() => {});
  }
  assert.match(await gifter.ask(deposit('c')), /5'break.*limit/);
  assert.match(await receiver.ask(withdrawal({ id: 'later c' })), /5'break.*limit/);
  assert.deepEqual([inspect().gifts, inspect().claims], [2, 2]);
  assert.match(await receiver.ask(withdrawal({ id: 'a' })), /7'fulfill/);
});

test('messages to a gift that is not there yet wait for it', async t => {
  const { gifter, receiver, withdrawal, inspect } = await makeExporter(t);
  const waiting = receiver.ask(withdrawal());
  await until(() => inspect().claims === 1, 'the withdrawal waits');
  receiver.send(
    record('op:deliver', record('desc:answer', '101+'), `[${symbol('number')}]`, 'f', record('desc:import-object', '7+')),
  );
  await pause(10);
  await gifter.ask(deposit('gift'));
  assert.match(await receiver.hear("7'fulfill1+"), /desc:export7\+/);
  await waiting.catch(() => {});
});

test('a give for another key is not pursued', async t => {
  const { network, exporter, gifter, receiver } = await makeExporter(t);
  /** @type {any[]} */
  const kept = [];
  exporter.client.registerSturdyRef('keeper', Far('keeper', { keep: (/** @type {any} */ value) => void kept.push(value) }));
  const third = { type: /** @type {const} */ ('ocapn-peer'), transport: 'memory', designator: 'nobody', hints: {} };
  const given = give({
    receiver: receiver.key,
    exporter: peer(third),
    session: gifter.session,
    side: gifter.key.id,
    id: 'gift',
  });
  await gifter.ask(`${symbol('fetch')}${bytes('keeper')}`);
  const dials = network.connections().length;
  gifter.send(
    record('op:deliver', record('desc:export', '2+'), `[${symbol('keep')}${envelope(gifter.key, given)}]`, 'f', 'f'),
  );
  await until(() => kept.length === 1, 'the reference came');
  await assert.rejects(kept[0], { code: 'HANDOFF_REFUSED' });
  assert.equal(network.connections().length, dials);
});

test('a give for an exporter that cannot be dialled breaks', async t => {
  const { exporter, gifter } = await makeExporter(t);
  /** @type {any[]} */
  const kept = [];
  exporter.client.registerSturdyRef('keeper', Far('keeper', { keep: (/** @type {any} */ value) => void kept.push(value) }));
  await gifter.ask(`${symbol('fetch')}${bytes('keeper')}`);
  /** @param {string} transport */
  const send = transport => {
    const given = give({
      receiver: { ...gifter.key, encoded: gifter.theirEncodedKey },
      exporter: peer({ type: 'ocapn-peer', transport, designator: 'nobody', hints: {} }),
      session: gifter.session,
      side: gifter.key.id,
      id: 'gift',
    });
    gifter.send(
      record('op:deliver', record('desc:export', '2+'), `[${symbol('keep')}${envelope(gifter.key, given)}]`, 'f', 'f'),
    );
  };
  send('nowhere');
  send('memory');
  await until(() => kept.length === 2, 'the references came');
  await assert.rejects(kept[0], { code: 'NO_NETLAYER' });
  await assert.rejects(kept[1], { code: /^(?:DIAL_FAILED|CONNECTION_CLOSED)$/ });
});

test('a gift of our own that comes to us under another hint needs no dialling', async t => {
  const { exporter, gifter, receiver, inspect } = await makeExporter(t);
  /** @type {any[]} */
  const kept = [];
  const { client, location } = exporter;
  client.registerSturdyRef('keeper', Far('keeper', { keep: (/** @type {any} */ value) => void kept.push(value) }));
  await receiver.ask(`${symbol('fetch')}${bytes('keeper')}`);
  const alias = peer(location).replace('{}', '{4"host5"there}');
  /** @param {string} id @param {Key} [signer] */
  const send = (id, signer = gifter.key) => {
    const own = { ...receiver.key, encoded: receiver.theirEncodedKey };
    const given = give({ receiver: own, exporter: alias, session: gifter.session, side: gifter.key.id, id });
    receiver.send(
      record('op:deliver', record('desc:export', '1+'), `[${symbol('keep')}${envelope(signer, given)}]`, 'f', 'f'),
    );
  };
  await gifter.ask(deposit('there'));
  send('there');
  send('later');
  send('forged', receiver.key);
  await until(() => kept.length === 3, 'the references came');
  assert.equal(await E(await kept[0]).number(), 1n);
  await assert.rejects(kept[2], { code: 'HANDOFF_REFUSED' });
  assert.deepEqual([inspect().gifts, inspect().claims], [0, 1]);
  await gifter.ask(deposit('later'));
  assert.equal(await kept[0], await kept[1]);
});
