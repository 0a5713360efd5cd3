// @ts-check

import { makeThings, registerObjects } from '../support/objects.js';
import { makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { deliver, exported, imported, startRaw } from '../support/raw-session.js';
import { bool, int, list, record, sym } from '../support/syrup.js';
import { until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

/**
 * @import { RawSession } from '../support/raw-session.js'
 * @import { PeerProcess } from '../support/process.js'
 */

/** Soon after a resume. */
const client = { times: { recount: 1 }, reconnect: /** @type {const} */ ('on-demand') };

/** @param {PeerProcess} peer @param {string} mark */
const rows = async (peer, mark) => {
  const keys = await peer.do('keys', { prefix: 'ocapn-durable:tables/' });
  return keys.filter((/** @type {string} */ key) => key.split('/')[3]?.startsWith(mark)).length;
};

test('what a process forgot when it was killed is taken back by the peer that gave it', async t => {
  const root = makeDirectory();
  const b = await startPeer(t, { directory: `${root}/b`, client });
  // It never releases what nobody names after a restart: only the recount can tell.
  const start = () => startPeer(t, { directory: `${root}/a`, client: { times: { unclaimed: 1e9 } } });
  let a = await start();
  await a.enliven(b.location, 'maker');
  await a.do('durable');
  const [before] = [await rows(b, 'o+')];
  // Its rows of these wait for a commit when it is killed.
  const made = Array.from({ length: 20 }, (_, i) => a.do('call', { on: 'maker', method: 'make', args: [`thing ${i}`], as: `thing ${i}` }));
  await Promise.race(made);
  await a.kill();
  await Promise.allSettled(made);
  a = await start();
  await a.enliven(b.location, 'maker');
  await until(async () => (await rows(b, 'o+')) === (await rows(a, 'o-')), 'both count the same');
  assert.ok((await rows(b, 'o+')) >= before);
});

/**
 * The next question about counts.
 *
 * @param {RawSession} session
 */
const question = async session => {
  for (;;) {
    const { fields } = await session.line.expect('op:deliver');
    const [to, [method, serial, positions], answer, resolver] = fields;
    if (method === Symbol.for('ocapn-wasm:recount')) {
      assert.deepEqual([to.label, Number(to.fields[0]), answer, resolver], ['desc:export', 0, false, false]);
      return { serial, positions: positions.map(Number) };
    }
  }
};

/**
 * @param {RawSession} session
 * @param {bigint} serial
 * @param {Array<number | bigint>} counts
 */
const say = (session, serial, counts) =>
  session.line.send(deliver(exported(0), [sym('ocapn-wasm:recounted'), int(serial), list(...counts.map(int))]));

/** @param {any} t */
const prepare = async t => {
  const peer = await makeTestPeer(t, { baggage: new Map(), client });
  registerObjects(peer, makeThings());
  const session = await startRaw(peer.location);
  const [counter] = [await session.fetch('counter'), await session.fetch('counter'), await session.fetch('counter')];
  const greeter = await session.fetch('greeter');
  const countOf = (/** @type {number} */ position) =>
    peer.inspect().sessions[0].exports.find((/** @type {any} */ entry) => Number(entry.position) === position)?.count;
  return { peer, session, counter, greeter, countOf };
};

test('the answer to a recount lowers counts, and drops what the peer does not have', async t => {
  const { peer, session, counter, greeter, countOf } = await prepare(t);
  assert.equal(Number(countOf(counter)), 3);
  await session.resume(peer.location, session.parity + 2n);
  const { serial, positions } = await question(session);
  assert.deepEqual(positions, [counter, greeter].sort((x, y) => x - y));
  // Sent since the question: it stays whatever the answer says.
  assert.equal(await session.fetch('counter'), counter);
  // Released since the question: the answer does not have it any more.
  session.line.send(record('op:gc-exports', list(int(counter)), list(int(1))));
  say(session, serial, positions.map((/** @type {number} */ position) => (position === counter ? 1 : 0)));
  await until(() => Number(countOf(counter)) === 2, 'the count of the counter');
  assert.equal(countOf(greeter), undefined);
  assert.ok((await session.fetch('greeter')) > greeter);
  assert.equal(await session.fetch('counter'), counter);
});

test('a peer that does not know of recounts is left alone', async t => {
  const { peer, session, counter, countOf } = await prepare(t);
  await session.resume(peer.location, session.parity + 2n);
  await question(session);
  assert.equal((await session.ask(counter, sym('increment'))).how, 'fulfill');
  assert.equal(Number(countOf(counter)), 3);
  // It is asked again after the next resume, and not before.
  await session.resume(peer.location, session.parity + 4n);
  await question(session);
  assert.equal((await session.ask(counter, sym('increment'))).how, 'fulfill');
});

test('no answer raises a count, and none that fits no question changes anything', async t => {
  const { peer, session, counter, countOf } = await prepare(t);
  const fetched = await session.fetch('maker');
  say(session, 0n, []);
  say(session, 1n, [0, 0, 0]);
  await session.resume(peer.location, session.parity + 2n);
  const { serial, positions } = await question(session);
  const none = positions.map(() => 0);
  say(session, serial + 1n, none);
  say(session, serial - 1n, none);
  say(session, serial, none.slice(1));
  say(session, serial, [...none, 0]);
  const label = sym('ocapn-wasm:recounted');
  for (const args of [[label], [label, int(serial)], [label, int(serial), int(0)], [label, int(serial), list(bool(true))], [label, int(-1), list()]]) {
    session.line.send(deliver(exported(0), args));
  }
  assert.equal((await session.ask(counter, sym('increment'))).how, 'fulfill');
  say(session, serial, positions.map(() => 2n ** 63n));
  say(session, serial, none);
  assert.equal((await session.ask(fetched, sym('make'), list())).how, 'fulfill');
  assert.equal(Number(countOf(counter)), 3);
  assert.ok(!peer.eventTypes().includes('severed'));
});

test('a peer is told how often its objects are held, and a long question is not answered', async t => {
  const { peer, session } = await prepare(t);
  const keeper = await session.fetch('keeper');
  const own = session.take();
  const other = session.take();
  for (const position of [own, own, other]) assert.equal((await session.ask(keeper, sym('keep'), imported(position))).how, 'fulfill');
  await session.resume(peer.location, session.parity + 2n);
  const ask = (/** @type {number} */ serial, /** @type {number[]} */ positions) =>
    session.line.send(deliver(exported(0), [sym('ocapn-wasm:recount'), int(serial), list(...positions.map(int))]));
  ask(1, Array.from({ length: 257 }, (_, i) => i));
  ask(2, [own, 999, other]);
  for (;;) {
    const { fields } = await session.line.expect('op:deliver');
    const [method, serial, counts] = fields[1];
    if (method === Symbol.for('ocapn-wasm:recounted')) {
      assert.deepEqual([Number(serial), counts.map(Number)], [2, [2, 0, 1]]);
      break;
    }
  }
});
