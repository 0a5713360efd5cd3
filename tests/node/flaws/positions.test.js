// @ts-check

import { makeThings, registerObjects } from '../support/objects.js';
import { makeTestPeer } from '../support/peer.js';
import { makeDirectory, startPeer } from '../support/process.js';
import { dialRaw } from '../support/raw-line.js';
import { deliver, exported, startRaw } from '../support/raw-session.js';
import { str, sym } from '../support/syrup.js';
import { until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

/** @import { RawSession } from '../support/raw-session.js' */

/**
 * @param {RawSession} session
 * @param {number} maker
 * @param {string} title
 * @returns {Promise<number>} the position of what was made
 */
const make = async (session, maker, title) => {
  const { how, value } = await session.ask(maker, sym('make'), str(title));
  assert.equal(how, 'fulfill');
  return Number(value.fields[0]);
};

test('flaw 21: an export is two small writes in one commit, however many there are', async t => {
  /** @type {Array<[string, number]>} */
  let sets = [];
  let commits = 0;
  const map = new Map();
  const baggage = Object.assign(map, {
    set: (/** @type {string} */ key, /** @type {Uint8Array} */ value) => {
      sets.push([key, value.length]);
      return Map.prototype.set.call(map, key, value);
    },
    commit: async () => {
      commits += 1;
    },
  });
  const things = makeThings();
  const victim = await makeTestPeer(t, { baggage, client: { describe: things.describe, revive: things.revive } });
  registerObjects(victim, things);
  const session = await startRaw(victim.location);
  const maker = await session.fetch('maker');
  for (let i = 0; i < 300; i += 1) await make(session, maker, `thing ${i}`);
  sets = [];
  commits = 0;
  await make(session, maker, 'one more');
  const rows = sets.filter(([key]) => key.startsWith('ocapn-durable:'));
  assert.deepEqual(sets, rows);
  assert.equal(rows.length, 2);
  assert.ok(rows.every(([, length]) => length < 200), JSON.stringify(rows));
  assert.ok(commits <= 2, `${commits} commits`);
});

test('flaw 21: no position is on the wire before its row is committed', async t => {
  /** @type {Array<() => void>} */
  const waiting = [];
  let isHeld = false;
  const baggage = Object.assign(new Map(), {
    commit: () => {
      if (!isHeld) return undefined;
      return new Promise(resolve => {
        waiting.push(() => resolve(undefined));
      });
    },
  });
  const things = makeThings();
  const victim = await makeTestPeer(t, { baggage, client: { describe: things.describe, revive: things.revive } });
  registerObjects(victim, things);
  const session = await startRaw(victim.location);
  const maker = await session.fetch('maker');
  isHeld = true;
  // A release of what the fetch brought may still be on its way: it gives nothing.
  const delivered = () => session.line.messages.all.filter(({ label }) => label === 'op:deliver').length;
  const heard = delivered();
  const made = make(session, maker, 'thing');
  await until(() => waiting.length > 0, 'the commit');
  assert.equal(victim.keys('ocapn-durable:').filter(key => key.includes('/o+')).length, 2);
  // Another connection is served meanwhile: there was time for an answer.
  const other = await dialRaw(victim.location);
  other.write(Buffer.from('junk:'));
  assert.equal(await other.ending(), 'closed');
  assert.equal(delivered(), heard);
  isHeld = false;
  waiting.forEach(commit => commit());
  assert.ok((await made) > maker);
});

test('flaw 21: what kill -9 in a flood of exports leaves: each position that was on the wire is still its object', async t => {
  const directory = `${makeDirectory()}/b`;
  const start = () => startPeer(t, { directory, client: { reconnect: 'on-demand' } });
  let b = await start();
  const session = await startRaw(b.location);
  const maker = await session.fetch('maker');
  /** Titles by position. @type {Map<number, string>} */
  const seen = new Map();
  for (let round = 0; round < 3; round += 1) {
    const titles = Array.from({ length: 120 }, (_, index) => `thing ${round}-${index}`);
    /** @type {Map<number, string>} */
    const resolvers = new Map();
    for (const title of titles) {
      const resolver = session.take();
      resolvers.set(resolver, title);
      session.line.send(deliver(exported(maker), [sym('make'), str(title)], { resolver }));
    }
    // It is killed somewhere among its answers; all that was written before comes all the same.
    const enough = 10 + 30 * round;
    const { messages } = session.line;
    const before = messages.all.length;
    await until(() => messages.all.length >= before + enough, 'some answers');
    await b.kill();
    await session.line.ending();
    const fresh = messages.all.slice(before).flatMap(({ label, fields }) => {
      if (label !== 'op:deliver') return [];
      const [to, [, value]] = /** @type {any} */ (fields);
      return [[Number(value.fields[0]), resolvers.get(Number(to.fields[0]))]];
    });
    assert.ok(fresh.length >= enough);
    for (const [position, title] of /** @type {Array<[number, string]>} */ (fresh)) {
      assert.ok(!seen.has(position), `position ${position} was given before`);
      seen.set(position, title);
    }
    b = await start();
    await session.resume(b.location, session.parity + 2n * BigInt(round + 1));
    for (const [position, title] of seen) assert.equal((await session.ask(position, sym('title'))).value, title);
  }
});
