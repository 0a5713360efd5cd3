// @ts-check

import { makeDurableClient } from '../../../js/index.js';
import { makeThings, registerObjects } from '../support/objects.js';
import { makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { deliver, exported, startRaw } from '../support/raw-session.js';
import { float, int, list, record, str, sym } from '../support/syrup.js';
import { until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

/** @import { PeerProcess } from '../support/process.js' */

/**
 * The rows of the one session that a peer has: `o+` what it exported, `o-` what it imported.
 *
 * @param {PeerProcess} peer
 */
const slotsOf = async peer => {
  await peer.do('durable');
  const keys = await peer.do('keys', { prefix: 'ocapn-durable:tables/' });
  return keys.map((/** @type {string} */ key) => key.split('/')[3]).filter((/** @type {string} */ slot) => /^[op][+-]/.test(slot)).sort();
};

/** @param {string[]} slots @param {string} side */
const positions = (slots, side) => slots.filter(slot => slot.startsWith(side)).map(slot => Number(slot.slice(2)));

test('a restart of both processes preserves the slot positions of exports and imports, and new ones are higher', async t => {
  const root = makeDirectory();
  const start = (/** @type {string} */ name) => startPeer(t, { directory: `${root}/${name}` });
  let [a, b] = await Promise.all([start('a'), start('b')]);

  /** What each of the two does with the other's objects, in both processes. */
  const use = async () => {
    await a.enliven(b.location, 'counter');
    await a.enliven(b.location, 'maker');
    await a.enliven(b.location, 'keeper');
    await a.do('call', { on: 'maker', method: 'make', args: ['one'], as: 'durable-one' });
    await a.call('keeper', 'keep', { name: 'listener' });
    assert.equal(await a.call('keeper', 'tell', 'hello'), 'hello heard');
    assert.equal(await a.call('durable-one', 'title'), 'one');
    return { ofA: await slotsOf(a), ofB: await slotsOf(b) };
  };

  const before = await use();
  // Both sides mean the same by each position.
  assert.deepEqual(positions(before.ofA, 'o-'), positions(before.ofB, 'o+'));
  assert.deepEqual(positions(before.ofA, 'o+'), positions(before.ofB, 'o-'));
  assert.deepEqual([positions(before.ofB, 'o+').length, positions(before.ofA, 'o+').length], [4, 1]);
  const sessionId = await a.do('provide', { location: b.location });

  await Promise.all([a.kill(), b.kill()]);
  [a, b] = await Promise.all([start('a'), start('b')]);
  const after = await use();
  assert.deepEqual(after, before);
  assert.equal(await a.do('provide', { location: b.location }), sessionId);

  // A new export gets a position that was never used, on either side.
  await a.do('call', { on: 'maker', method: 'make', args: ['two'], as: 'durable-two' });
  const withNew = await slotsOf(b);
  const [added] = positions(withNew, 'o+').filter(position => !positions(before.ofB, 'o+').includes(position));
  assert.ok(Number(added) > Math.max(...positions(before.ofB, 'o+')), `${added} after ${before.ofB}`);
  assert.ok(positions(await slotsOf(a), 'o-').includes(Number(added)));
  assert.equal(await a.call('durable-two', 'title'), 'two');
});

test('a reference that comes back across the restart is the same object, made again once', async t => {
  const root = makeDirectory();
  const a = await startPeer(t, { directory: `${root}/a` });
  let b = await startPeer(t, { directory: `${root}/b` });
  await a.enliven(b.location, 'maker');
  await a.enliven(b.location, 'keeper');
  await a.do('call', { on: 'maker', method: 'make', args: ['thing'], as: 'thing' });
  await a.do('call', { on: 'maker', method: 'ephemeral', args: [], as: 'ephemeral' });
  await b.kill();
  b = await startPeer(t, { directory: `${root}/b` });
  await a.call('keeper', 'keep', { name: 'thing' });
  await a.call('keeper', 'keep', { name: 'thing' });
  assert.equal(await a.call('keeper', 'isSame', { name: 'thing' }, 0), true);
  assert.equal(await a.call('keeper', 'isSame', { name: 'thing' }, 1), true);
  assert.equal(await a.call('thing', 'title'), 'thing');
  assert.deepEqual(await b.do('revived'), ['thing']);
  // What could not be described is lost, and says so; nothing else suffers.
  await assert.rejects(a.call('ephemeral', 'title'), /LOST|lost/);
  assert.equal(await a.call('keeper', 'given'), 2);
  assert.deepEqual(await b.do('troubles'), []);
});

test('positions are monotonic: what was released is never given again, across a restart either', async t => {
  const root = makeDirectory();
  let b = await startPeer(t, { directory: `${root}/b` });
  const session = await startRaw(b.location);
  const maker = await session.fetch('maker');
  const make = async () => {
    const { how, value } = await session.ask(maker, sym('make'), str('thing'));
    assert.equal(how, 'fulfill');
    return Number(value.fields[0]);
  };
  /** @type {number[]} */
  const given = [];
  for (let i = 0; i < 3; i += 1) {
    given.push(await make());
    session.line.send(record('op:gc-exports', list(int(Number(given.at(-1)))), list(int(1))));
  }
  // The releases are durable with whatever comes after them.
  await session.fetch('greeter');
  await b.do('durable');
  await b.kill();
  b = await startPeer(t, { directory: `${root}/b` });
  await session.resume(b.location, session.parity + 2n);
  given.push(await make());
  const greeter = await session.fetch('greeter');
  assert.deepEqual(given, [...new Set(given)].sort((x, y) => x - y));
  // A position that holds nothing any more is lost, not a breach of the protocol: it was there before a restart.
  const lost = await session.ask(Number(given[0]), sym('title'));
  assert.equal(lost.how, 'break');
  assert.equal((await session.ask(greeter, sym('echo'), float(1))).value, 1);
});

test('an export that is still held keeps its position when it is sent again, and its count', async t => {
  const root = makeDirectory();
  let b = await startPeer(t, { directory: `${root}/b` });
  const session = await startRaw(b.location);
  const first = [await session.fetch('counter'), await session.fetch('counter')];
  await b.kill();
  b = await startPeer(t, { directory: `${root}/b` });
  await session.resume(b.location, session.parity + 2n);
  const counter = await session.fetch('counter');
  assert.deepEqual([...first, counter], [counter, counter, counter]);
  // Three were given: two given back leave one, so it stays.
  session.line.send(record('op:gc-exports', list(int(counter)), list(int(2))));
  assert.equal((await session.ask(counter, sym('increment'))).how, 'fulfill');
  assert.equal(await session.fetch('counter'), counter);
  // Two are left. With the last of them it goes, and the next fetch gives a new position.
  session.line.send(record('op:gc-exports', list(int(counter)), list(int(2))));
  const next = await session.fetch('counter');
  assert.ok(next > counter);
  // One that nobody was ever given is an error of the peer's.
  session.line.send(deliver(exported(next + 100_000), [sym('increment')]));
  assert.equal(await session.line.ending(), 'internal error');
});

test('a durable client requires an explicit baggage', async () => {
  assert.throws(() => makeDurableClient(), { code: 'API_MISUSE' });
  assert.throws(() => makeDurableClient({ baggage: undefined }), { code: 'API_MISUSE' });
  assert.throws(() => makeDurableClient({ tryResumeSession: true }), /requires explicit baggage/);
});

test('a replayed resume count is refused', async t => {
  const victim = await makeTestPeer(t, { baggage: new Map(), client: { reconnect: 'on-demand' } });
  registerObjects(victim, makeThings());
  const session = await startRaw(victim.location);
  await session.fetch('greeter');
  const numbers = [2n, 4n, 10n].map(n => session.parity + n);
  for (const number of numbers) await session.resume(victim.location, number);
  await until(() => victim.eventTypes().filter(type => type === 'resumed').length === 3, 'three resumes');
  // All that were used, all below, and those of the other side's.
  for (const number of [...numbers, session.parity, session.parity + 8n, session.parity + 13n, 2n ** 63n + session.parity]) {
    const line = await session.dialResume(victim.location, number);
    assert.equal(await line.ending(), 'invalid-session-resume-count', String(number));
  }
  assert.equal(await session.fetch('greeter'), await session.fetch('greeter'));
  assert.equal(victim.eventTypes().length, 4);
});
