// @ts-check

import { makeVictim } from '../support/bystander.js';
import { enliven, makeTestPeer } from '../support/peer.js';
import { listenRaw } from '../support/raw-line.js';
import { acceptRaw, answered, deliver, exported, imported, startRaw } from '../support/raw-session.js';
import { bool, bytes, int, list, record, str, sym } from '../support/syrup.js';
import { outcome, until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/**
 * References and promises (the reference's section 5), as a raw peer sees them.
 *
 * @import { RawSession } from '../support/raw-session.js'
 */

const gc = (/** @type {number} */ position, /** @type {number} */ delta) => record('op:gc-exports', list(int(position)), list(int(delta)));
const promise = (/** @type {number} */ position) => record('desc:import-promise', int(position));
const fetchOf = (/** @type {string} */ name) => [sym('fetch'), bytes(Buffer.from(name))];

/** @param {any} peer @param {RawSession} session @param {number} position */
const countAt = (peer, session, position) => {
  const { exports } = peer.inspect().sessions.find((/** @type {any} */ { id }) => id === session.id.toString('hex'));
  return exports.find((/** @type {any} */ one) => one.position === position)?.count;
};

/** A client with a session that it dialled, and the raw peer at the other end. @param {any} t */
const dialRawPeer = async t => {
  const peer = await makeTestPeer(t, { client: { times: { gather: 0 } } });
  const server = await listenRaw();
  t.after(() => server.close());
  const provided = peer.client.provideSession(server.peerLocation);
  const raw = await acceptRaw(await server.next(), server.location);
  return { peer, raw, bootstrap: (await provided).getBootstrap() };
};

test('each occurrence in a message counts, and a release of all of them lets go', async t => {
  const { peer, raw, bootstrap } = await dialRawPeer(t);
  const own = Far('own', {});
  E(bootstrap).take([own, own], own).catch(() => {});
  const { fields } = await raw.line.expect('op:deliver');
  const position = Number(fields[1][2].fields[0]);
  assert.equal(countAt(peer, raw, position), 3);
  raw.line.send(gc(position, 2));
  await until(() => countAt(peer, raw, position) === 1, 'two are given back');
  raw.line.send(gc(position, 1));
  await until(() => countAt(peer, raw, position) === undefined, 'all are given back');
  // A new position, and never the old one.
  E(bootstrap).take(own).catch(() => {});
  const again = await raw.line.expect('op:deliver');
  assert.ok(Number(again.fields[1][1].fields[0]) > position);
});

test('a release that crosses a sending leaves what was sent', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  const session = await startRaw(victim.location);
  const greeter = await session.fetch('greeter');
  session.line.send(deliver(exported(0), fetchOf('greeter'), { resolver: 90 }));
  await until(() => countAt(victim, session, greeter) === 2, 'it is on its way again');
  // The peer gives back what it had, before it reads on.
  session.line.send(gc(greeter, 1));
  assert.equal(Number((await session.line.expect('op:deliver')).fields[1][1].fields[0]), greeter);
  assert.equal((await session.ask(greeter, sym('greet'), str('you'))).value, 'Hello you');
  assert.equal(countAt(victim, session, greeter), 1);
  await isUnharmed();
});

test('what comes late to something that was given back is broken, and harms nobody', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  const session = await startRaw(victim.location);
  const keeper = await session.fetch('keeper');
  const greeter = await session.fetch('greeter');
  session.line.send(gc(keeper, 1));
  await until(() => countAt(victim, session, keeper) === undefined, 'it is given back');
  assert.equal((await session.ask(keeper, sym('given'))).how, 'break');
  // As an argument it is a broken promise.
  const { how, value } = await session.ask(greeter, sym('echo'), exported(keeper));
  assert.equal(how, 'break');
  assert.match(value.fields[0], /LOST/);
  session.line.send(record('op:listen', exported(keeper), imported(200), bool(false)), gc(keeper, 7));
  assert.equal((await session.line.expect('op:deliver')).fields[1][0], Symbol.for('break'));
  await isUnharmed();
});

test('an import that is let go and comes again counts anew', async t => {
  const { peer, raw, bootstrap } = await dialRawPeer(t);
  for (const round of [1, 2]) {
    const got = E(bootstrap).get();
    raw.line.send(deliver(exported((await raw.line.expect('op:deliver')).fields[3].fields[0]), [sym('fulfill'), list(imported(70), imported(70))]));
    const pair = await got;
    assert.equal(pair[0], pair[1]);
    const { imports } = peer.inspect().sessions[0];
    assert.deepEqual(imports.map((/** @type {any} */ { position, count }) => [position, count]), [[70, 2 * round]]);
  }
});

test('the bootstrap object is pinned, whatever is released of it', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  const session = await startRaw(victim.location);
  for (const delta of [1, 1000]) session.line.send(gc(0, delta));
  assert.ok((await session.fetch('greeter')) > 0);
  await isUnharmed();
});

test('messages to one reference arrive in order, before it is settled and after, through us and past us', async t => {
  const { victim } = await makeVictim(t, 'syrup');
  const session = await startRaw(victim.location);
  const waiter = await session.fetch('waiter');
  const listener = await session.fetch('listener');
  // An answer that becomes the listener later; messages to it wait, and keep their order with those that come after.
  session.line.send(deliver(exported(waiter), [sym('later'), exported(listener), int(60)], { answer: 1 }));
  const hear = (/** @type {any} */ to, /** @type {number} */ index) => deliver(to, [sym('hear'), int(index)]);
  for (let index = 0; index < 40; index += 1) session.line.send(hear(answered(1), index));
  const done = session.ask(listener, sym('hear'), str('direct'));
  await done;
  session.line.send(deliver(answered(1), [sym('hear'), str('last')], { resolver: 300 }));
  let answer;
  do answer = await session.line.expect('op:deliver');
  while (Number(answer.fields[0].fields[0]) !== 300);
  const { value } = await session.ask(listener, sym('all'));
  assert.deepEqual(value.filter((/** @type {any} */ item) => typeof item === 'bigint').map(Number), Array.from({ length: 40 }, (_, index) => index));
  assert.equal(value.at(-1), 'last');
});

test('a promise of the peer is listened to once, however often it comes, and settles for all', async t => {
  const { raw, bootstrap } = await dialRawPeer(t);
  const calls = [E(bootstrap).one(), E(bootstrap).two()];
  for (const _ of calls) {
    const { fields } = await raw.line.expect('op:deliver');
    raw.line.send(deliver(exported(fields[3].fields[0]), [sym('fulfill'), list(promise(30), promise(30))]));
  }
  const [[a, b], [c]] = await Promise.all(calls);
  const listened = await raw.line.expect('op:listen');
  raw.line.send(deliver(exported(listened.fields[1].fields[0]), [sym('fulfill'), str('done')]));
  assert.deepEqual([await a, await b, await c], ['done', 'done', 'done']);
  const listens = raw.line.messages.all.filter(({ label }) => label === 'op:listen');
  assert.equal(listens.length, 1);
});

test('a break goes through everything that was pipelined on it, ours and the peers', async t => {
  const { raw, bootstrap } = await dialRawPeer(t);
  const first = E(bootstrap).get();
  const all = [first, E(first).next(), E(E(first).next()).more(), E.get(first).field];
  const outcomes = all.map(call => outcome(Promise.resolve(call)));
  const { fields } = await raw.line.expect('op:deliver');
  // This peer breaks the first, and lets the others break as they do: each by itself.
  const reason = record('desc:error', str('broken'));
  raw.line.send(deliver(exported(fields[3].fields[0]), [sym('break'), reason]));
  for (let index = 0; index < 3; index += 1) {
    const next = await raw.line.expect('op:deliver');
    raw.line.send(deliver(exported(next.fields[3].fields[0]), [sym('break'), reason]));
  }
  const listen = raw.line.messages.all.find(({ label }) => label === 'op:listen');
  raw.line.send(deliver(exported(listen?.fields[1].fields[0]), [sym('break'), reason]));
  for (const { error } of await Promise.all(outcomes)) assert.equal(error.message, 'broken');

  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  const session = await startRaw(victim.location);
  const waiter = await session.fetch('waiter');
  session.line.send(
    deliver(exported(waiter), [sym('fail'), str('broken')], { answer: 1 }),
    deliver(answered(1), [sym('next')], { answer: 2 }),
    record('op:get', answered(2), str('x'), int(3)),
    record('op:index', answered(3), int(0), int(4)),
    record('op:untag', answered(4), str('x'), int(5)),
    deliver(answered(5), [sym('more')], { resolver: 400 }),
    record('op:listen', answered(5), imported(401), bool(false)),
  );
  for (let count = 0; count < 2; ) {
    const { fields: told } = await session.line.expect('op:deliver');
    if (![400n, 401n].includes(told[0].fields[0])) continue;
    count += 1;
    assert.deepEqual([told[1][0], told[1][1].fields, told[1].length], [Symbol.for('break'), ['broken'], 2]);
  }
  await isUnharmed();
});

test('a promise may become our own object, an object of the peer, or another promise', async t => {
  const { raw, bootstrap } = await dialRawPeer(t);
  const own = Far('own', { who: () => 'me' });
  const call = E(bootstrap).get(own);
  const { fields } = await raw.line.expect('op:deliver');
  const position = fields[1][1].fields[0];
  raw.line.send(deliver(exported(fields[3].fields[0]), [sym('fulfill'), list(promise(31), promise(32), promise(33))]));
  const [mine, theirs, later] = await call;
  /** @type {Record<string, number>} */
  const listeners = {};
  for (const at of [31, 32, 33]) {
    const { fields: listen } = await raw.line.expect('op:listen');
    listeners[Number(listen[0].fields[0])] = listen[1].fields[0];
    assert.ok(at);
  }
  const settle = (/** @type {number} */ at, /** @type {Buffer} */ value) => deliver(exported(/** @type {number} */ (listeners[at])), [sym('fulfill'), value]);
  raw.line.send(settle(31, exported(position)), settle(32, imported(50)), settle(33, promise(34)));
  assert.equal(await mine, own);
  assert.equal(await E(mine).who(), 'me');
  const object = await theirs;
  raw.line.send(deliver(exported((await raw.line.expect('op:listen')).fields[1].fields[0]), [sym('fulfill'), imported(50)]));
  assert.equal(await later, object);
});

test('a call without a resolver, or without an answer, is a call', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  const session = await startRaw(victim.location);
  const listener = await session.fetch('listener');
  session.line.send(
    deliver(exported(listener), [sym('hear'), str('one')]),
    deliver(exported(listener), [sym('hear'), str('two')], { answer: 7 }),
    record('op:listen', answered(7), imported(500), bool(false)),
  );
  let told;
  do told = await session.line.expect('op:deliver');
  while (told.fields[0].fields[0] !== 500n);
  assert.equal(told.fields[1][1], 'two heard');
  assert.deepEqual((await session.ask(listener, sym('all'))).value, ['one', 'two']);
  // Position 7 is in use until it is given back.
  session.line.send(record('op:gc-answers', list(int(7))), deliver(exported(listener), [sym('hear'), str('three')], { answer: 7 }));
  assert.deepEqual((await session.ask(listener, sym('all'))).value, ['one', 'two', 'three']);
  await isUnharmed();
});

test('an answer of ours as an argument is a promise of ours; one of the peer is its own', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  const session = await startRaw(victim.location);
  const waiter = await session.fetch('waiter');
  const greeter = await session.fetch('greeter');
  // The peer passes its question back: what comes is the promise that it stands for.
  session.line.send(deliver(exported(waiter), [sym('later'), str('done'), int(30)], { answer: 3 }));
  const { value } = await session.ask(greeter, sym('echo'), answered(3));
  assert.equal(value, 'done');
  session.line.send(deliver(exported(waiter), [sym('later'), str('done'), int(5000)], { answer: 4 }));
  const { value: boxed } = await session.ask(greeter, sym('echo'), list(answered(4)));
  assert.equal(boxed[0].label, 'desc:import-promise');
  await isUnharmed();
});

test('sturdyrefs are values: they pass through, and enliven where they lead', async t => {
  const { victim } = await makeVictim(t, 'syrup');
  const other = await makeTestPeer(t);
  const swissnum = new TextEncoder().encode('greeter');
  const echo = await enliven(other, victim.location, 'greeter');
  const { encodeSwissnum } = await import('../../../js/index.js');
  const ref = other.client.makeSturdyRef(victim.location, encodeSwissnum('greeter'));
  const back = await E(echo).echo(ref);
  assert.notEqual(back, ref);
  assert.equal(await E(other.client.enlivenSturdyRef(back)).greet('you'), 'Hello you');
  // On the wire: the peer, and bytes.
  const { raw, bootstrap } = await dialRawPeer(t);
  const mine = /** @type {any} */ (ref);
  await assert.doesNotReject(async () => {
    E(bootstrap).take(mine).catch(() => {});
    const { fields } = await raw.line.expect('op:deliver');
    assert.equal(fields[1][1].label, 'ocapn-sturdyref');
    assert.equal(fields[1][1].fields[0].label, 'ocapn-peer');
    assert.deepEqual(new Uint8Array(fields[1][1].fields[1]), swissnum);
  });
});
