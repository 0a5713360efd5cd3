// @ts-check

import { makeDirectory, startPeer } from '../support/process.js';
import { startRaw } from '../support/raw-session.js';
import { countsOf, rowsOf } from '../support/rows.js';
import { int, list, record, str, sym } from '../support/syrup.js';
import { until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

/** @param {number} position @param {number} delta */
const gcExports = (position, delta) => record('op:gc-exports', list(int(position)), list(int(delta)));

/**
 * A peer in a process, and a raw session with it that goes on after each kill.
 *
 * @param {any} t
 */
const makeKillable = async t => {
  const directory = `${makeDirectory()}/b`;
  const start = () => startPeer(t, { directory, client: { reconnect: 'on-demand' } });
  let b = await start();
  const session = await startRaw(b.location);
  let resumes = 0n;
  return {
    session,
    rows: () => rowsOf(b),
    exports: async () => countsOf(await rowsOf(b), 'o+'),
    killAndResume: async () => {
      await b.do('durable');
      await b.kill();
      b = await start();
      resumes += 1n;
      await session.resume(b.location, session.parity + 2n * resumes);
    },
  };
};

test('flaw 14: the count of an export outlives kill -9: as many releases as it was sent let it go, and no fewer', async t => {
  const { session, exports, killAndResume } = await makeKillable(t);
  const counter = await session.fetch('counter');
  assert.equal(await session.fetch('counter'), counter);
  await killAndResume();
  assert.deepEqual(await exports(), [[counter, 2]]);
  session.line.send(gcExports(counter, 1));
  assert.equal((await session.ask(counter, sym('increment'))).value, 1);
  // It is sent again, before the release of the last one is heard of.
  assert.equal(await session.fetch('counter'), counter);
  session.line.send(gcExports(counter, 1));
  await killAndResume();
  assert.deepEqual(await exports(), [[counter, 1]]);
  assert.equal((await session.ask(counter, sym('increment'))).value, 2);
  session.line.send(gcExports(counter, 1));
  const next = await session.fetch('counter');
  assert.ok(next > counter);
  assert.deepEqual(await exports(), [[next, 1]]);
});

test('flaw 14: what a peer no longer knows of is not kept for ever: it releases it when it is back', async t => {
  const root = makeDirectory();
  const b = await startPeer(t, { directory: `${root}/b` });
  const start = () => startPeer(t, { directory: `${root}/a`, client: { times: { unclaimed: 100 } } });
  let a = await start();
  await a.enliven(b.location, 'counter');
  await a.enliven(b.location, 'greeter');
  await a.enliven(b.location, 'greeter');
  assert.equal(countsOf(await rowsOf(b), 'o+').length, 2);
  await a.do('durable');
  await a.kill();
  a = await start();
  // It names one of the two again: that stays, with what was counted before.
  await a.enliven(b.location, 'counter');
  assert.equal(await a.call('counter', 'increment'), 1);
  await until(async () => countsOf(await rowsOf(b), 'o+').length === 1, 'the other one is released');
  assert.deepEqual(countsOf(await rowsOf(b), 'o+'), countsOf(await rowsOf(a), 'o-'));
  assert.equal(await a.call('counter', 'increment'), 2);
});

test('flaw 22: a release is of the position that it names: what got another one since stays', async t => {
  const { session, exports, rows, killAndResume } = await makeKillable(t);
  const maker = await session.fetch('maker');
  const make = async () => Number((await session.ask(maker, sym('make'), str('thing'))).value.fields[0]);
  const first = await make();
  session.line.send(gcExports(first, 1));
  const second = await make();
  assert.ok(second > first);
  // Late, and again, and after a restart: of the incarnation that is gone.
  session.line.send(gcExports(first, 1), gcExports(first, 7));
  assert.equal((await session.ask(second, sym('title'))).value, 'thing');
  await killAndResume();
  session.line.send(gcExports(first, 1));
  assert.equal((await session.ask(second, sym('title'))).value, 'thing');
  assert.deepEqual(await exports(), [[maker, 1], [second, 1]]);
  // One that was sent again meanwhile stays as well.
  assert.equal(await make(), second);
  session.line.send(gcExports(second, 1));
  await killAndResume();
  assert.equal((await session.ask(second, sym('title'))).value, 'thing');
  assert.deepEqual(countsOf(await rows(), 'o+'), [[maker, 1], [second, 1]]);
});
