// @ts-check

import { encodeSwissnum, locationToLocationId, makeSlot } from '../../js/index.js';
import { makePair, until } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import harden from '@endo/harden';
import { Far, makeTagged } from '@endo/pass-style';

/**
 * Two clients that nothing is released between, and their one session as each shows it.
 *
 * @param {any} t
 * @param {'2026-01' | '2026-02'} [dialect]
 */
const connect = async (t, dialect = '2026-02') => {
  const options = /** @type {const} */ ({ debugMode: true, enableImportCollection: false, dialect });
  const { a, b, shutdown } = await makePair({ a: options, b: options });
  t.after(shutdown);
  const debugA = /** @type {any} */ (a.client)._debug;
  const debugB = /** @type {any} */ (b.client)._debug;
  const sessionA = await debugA.provideInternalSession(b.location);
  const sessionB = await debugB.provideInternalSession(a.location);
  const bootstrap = sessionA.ocapn.getRemoteBootstrap();
  return { a, b, debugA, debugB, sessionA, sessionB, bootstrap, fetch: (/** @type {string} */ name) => E(bootstrap).fetch(encodeSwissnum(name)) };
};

test('without debugMode nothing is shown', async t => {
  const { a, shutdown } = await makePair();
  t.after(shutdown);
  assert.equal(a.client._debug, undefined);
});

test('a session is found by its location while it lasts', async t => {
  const { a, b, debugA, debugB, sessionA, sessionB } = await connect(t);
  const [toB, toA] = [b, a].map(({ location }) => locationToLocationId(location));
  assert.equal(debugA.sessionManager.getActiveSession(toB), sessionA);
  assert.equal(debugB.sessionManager.getActiveSession(toA), sessionB);
  assert.equal(debugA.sessionManager.getActiveSession('memory/nobody'), undefined);
  assert.deepEqual(sessionA.peer.location, b.location);
  assert.deepEqual(sessionA.self.location, a.location);
  const bytes = (/** @type {ArrayBuffer} */ buffer) => Buffer.from(buffer.slice(0)).toString('hex');
  assert.equal(bytes(sessionA.id), bytes(sessionB.id));
  assert.equal(bytes(sessionA.peer.publicKey.bytes), bytes(sessionB.self.keyPair.publicKey.bytes));
  assert.deepEqual(Object.keys(sessionA.self.keyPair), ['publicKey']);
  const { connection } = sessionA;
  assert.equal(connection.isDestroyed, false);
  sessionA.ocapn.abort(Error('enough'));
  await until(() => debugB.sessionManager.getActiveSession(toA) === undefined, 'the abort arrives');
  assert.equal(debugA.sessionManager.getActiveSession(toB), undefined);
  assert.equal(connection.isDestroyed, true);
  assert.notEqual(await debugA.provideInternalSession(b.location), sessionA);
});

test('a session that is asked for is pending until it is there', async t => {
  const { a, b, shutdown } = await makePair({ a: { debugMode: true } });
  t.after(shutdown);
  const { sessionManager } = /** @type {any} */ (a.client)._debug;
  const id = locationToLocationId(b.location);
  const provided = a.client.provideSession(b.location);
  assert.ok(sessionManager.getPendingSessionPromise(id) instanceof Promise);
  await provided;
  assert.equal(sessionManager.getPendingSessionPromise(id), undefined);
  const nowhere = { ...b.location, designator: 'nowhere' };
  await assert.rejects(a.client.provideSession(nowhere));
  assert.equal(sessionManager.getPendingSessionPromise(locationToLocationId(nowhere)), undefined);
});

for (const dialect of /** @type {const} */ (['2026-01', '2026-02'])) {
  test(`slots and counts of both sides agree, and a release written by hand is obeyed (${dialect})`, async t => {
    const { b, sessionA, sessionB, fetch } = await connect(t, dialect);
    const thing = Far('thing', {});
    b.client.registerSturdyRef('thing', thing);
    const remote = await fetch('thing');
    const tableA = sessionA.ocapn._debug.ocapnTable;
    const tableB = sessionB.ocapn._debug.ocapnTable;
    await fetch('thing');
    assert.equal(tableB.getSlotForValue(thing), 'o+1');
    assert.equal(tableA.getSlotForValue(remote), 'o-1');
    assert.deepEqual([tableA.getRefCount('o-1'), tableB.getRefCount('o+1')], [2, 2]);
    assert.deepEqual([tableA.getValueForSlot('o-1'), tableB.getValueForSlot('o+1')], [remote, thing]);
    assert.equal(tableB.getValueForSlot('p+1'), undefined);
    assert.equal(tableB.getSlotForValue(Far('other', {})), undefined);

    const release = (/** @type {bigint} */ delta) =>
      dialect === '2026-01'
        ? { type: 'op:gc-export', exportPosition: 1n, wireDelta: delta }
        : { type: 'op:gc-exports', exportPositions: [1n], wireDeltas: [delta] };
    sessionB.ocapn.dispatchMessageData(sessionA.ocapn.writeOcapnMessage(release(1n)));
    assert.equal(tableB.getRefCount('o+1'), 1);
    sessionB.ocapn.dispatchMessageData(sessionA.ocapn.writeOcapnMessage(release(1n)));
    assert.deepEqual([tableB.getRefCount('o+1'), tableB.getValueForSlot('o+1')], [0, undefined]);
  });
}

test('answers are where the peer put them until it lets them go', async t => {
  const { b, sessionA, sessionB, fetch } = await connect(t);
  /** @type {any} */
  let received;
  b.client.registerSturdyRef('object', Far('object', { wait: () => new Promise(() => {}), take: (/** @type {any} */ it) => void (received = it) }));
  const remote = await fetch('object');
  const waiting = E(remote).wait();
  waiting.catch(() => {});
  await E(remote).take(waiting);
  received.catch(() => {});
  const table = sessionB.ocapn._debug.ocapnTable;
  const position = table.getLocalAnswerToPosition(received);
  assert.equal(table.getValueForSlot(makeSlot('a', true, position)), received);
  const release = { type: 'op:gc-answers', answerPositions: [position] };
  sessionA.ocapn._debug.sendMessage(release);
  await until(() => table.getValueForSlot(makeSlot('a', true, position)) === undefined, 'the release arrives');
});

test('messages are shown to who asks, as long as it asks', async t => {
  const { a, b, sessionA, fetch } = await connect(t);
  b.client.registerSturdyRef('object', Far('object', { make: () => harden({ one: 1n, '\u2028': [null, undefined] }) }));
  const remote = await fetch('object');
  /** @type {Array<[string, any]>} */
  const seen = [];
  const unsubscribe = sessionA.ocapn._debug.subscribeMessages((/** @type {string} */ way, /** @type {any} */ message) => seen.push([way, message]));
  await E(remote).make(2.5, 'x', Symbol.for('s'), a.client.makeSturdyRef(b.location, encodeSwissnum('n')), Far('f', {}), Error('e'));
  unsubscribe();
  await E(remote).make();
  const object = { type: 'desc:import-object', position: 3n };
  const peer = { type: 'ocapn-peer', transport: Symbol.for(b.location.transport), designator: 'b', hints: b.location.hints };
  assert.deepEqual(seen, [
    [
      'send',
      {
        type: 'op:deliver',
        to: { type: 'desc:export', position: 1n },
        args: [
          Symbol.for('make'),
          2.5,
          'x',
          Symbol.for('s'),
          { type: 'ocapn-sturdyref', node: peer, swissNum: new Uint8Array([110]) },
          { type: 'desc:import-object', position: 2n },
          { type: 'desc:error', message: 'e' },
        ],
        answerPosition: 2n,
        resolveMeDesc: object,
      },
    ],
    [
      'receive',
      {
        type: 'op:deliver',
        to: { type: 'desc:export', position: 3n },
        args: [Symbol.for('fulfill'), { one: 1n, '\u2028': [null, undefined] }],
        answerPosition: false,
        resolveMeDesc: false,
      },
    ],
  ]);
});

test('an observer that throws, and bytes that are no message, harm nobody', async t => {
  const { b, sessionA, sessionB, fetch } = await connect(t);
  b.client.registerSturdyRef('object', Far('object', { ping: () => 'pong' }));
  sessionB.ocapn._debug.subscribeMessages(() => {
    throw Error('observer');
  });
  assert.equal(await E(fetch('object')).ping(), 'pong');
  sessionB.ocapn._debug.subscribeMessages(() => {});
  sessionA.connection.write(new Uint8Array([0xff, 0xfe]));
  await until(() => sessionA.connection.isDestroyed, 'the peer gives up');
});

test('op:untag and its like are sent by hand, and pipelined', async t => {
  const { b, sessionA, fetch } = await connect(t);
  const inner = Far('inner', { number: () => 7n });
  b.client.registerSturdyRef('object', Far('object', { make: () => makeTagged('box', harden({ list: [inner] })) }));
  const remote = await fetch('object');
  const { referenceKit, _debug } = sessionA.ocapn;
  const [made, box, list, item] = [0, 1, 2, 3].map(() => referenceKit.takeNextRemoteAnswer());
  _debug.sendMessage({ type: 'op:deliver', to: remote, args: [Symbol.for('make')], answerPosition: made.position, resolveMeDesc: made.resolver });
  _debug.sendMessage({ type: 'op:untag', receiverDesc: made.answerPromise, tag: 'box', answerPosition: box.position });
  _debug.sendMessage({ type: 'op:get', receiverDesc: box.answerPromise, fieldName: 'list', answerPosition: list.position });
  _debug.sendMessage({ type: 'op:index', receiverDesc: list.answerPromise, index: 0n, answerPosition: item.position });
  const wrong = referenceKit.takeNextRemoteAnswer();
  _debug.sendMessage({ type: 'op:untag', receiverDesc: made.answerPromise, tag: 'bag', answerPosition: wrong.position });
  assert.equal(await E(item.answerPromise).number(), 7n);
  await assert.rejects(wrong.answerPromise, /Tag mismatch/);
  assert.throws(() => _debug.sendMessage({ type: 'op:deliver', to: remote, args: [], answerPosition: 99n }), { code: 'API_MISUSE' });
  assert.throws(() => sessionA.ocapn.writeOcapnMessage({ type: 'op:deliver' }), { code: 'API_MISUSE' });
});
