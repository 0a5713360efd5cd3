// @ts-check

import { makeDirectory, startPeer } from '../support/process.js';
import { answered, deliver, exported, imported, startRaw } from '../support/raw-session.js';
import { countsOf, rowsOf } from '../support/rows.js';
import { bool, int, list, record, str, sym } from '../support/syrup.js';
import { until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

/** @import { SyrupRecord } from '../support/syrup.js' */

/**
 * A raw session with a peer whose process was killed, and that had given out a position whose object it cannot make again.
 *
 * @param {any} t
 */
const makeLost = async t => {
  const directory = `${makeDirectory()}/b`;
  const start = () => startPeer(t, { execArgv: ['--expose-gc'], directory, client: { reconnect: 'on-demand', times: { gather: 0 } } });
  const first = await start();
  const session = await startRaw(first.location);
  const [maker, keeper, greeter] = [await session.fetch('maker'), await session.fetch('keeper'), await session.fetch('greeter')];
  const made = await session.ask(maker, sym('ephemeral'));
  const lost = Number(made.value.fields[0]);
  assert.equal((await session.ask(lost, sym('title'))).value, 'none');
  await first.do('durable');
  await first.kill();
  const b = await start();
  await session.resume(b.location, session.parity + 2n);

  /** Waits for what a resolver of ours is told. @param {number} resolver */
  const told = async resolver => {
    for (;;) {
      const { fields } = await session.line.expect('op:deliver');
      const [to, [how, value]] = /** @type {[SyrupRecord, any[]]} */ (/** @type {unknown} */ (fields));
      if (Number(to.fields[0]) === resolver) return { how: Symbol.keyFor(how), value };
    }
  };
  return { b, session, keeper, greeter, lost, told };
};

/** @param {{ how: string | undefined, value: any }} answer */
const isLost = ({ how, value }) => {
  assert.equal(how, 'break');
  assert.equal(value.label, 'desc:error');
  assert.match(String(value.fields[0]), /LOST/);
};

test('a call of, a listen to and a get from a lost position break, and so does what is pipelined on that', async t => {
  const { session, greeter, lost, told } = await makeLost(t);
  isLost(await session.ask(lost, sym('title')));

  const listening = session.take();
  session.line.send(record('op:listen', exported(lost), imported(listening), bool(false)));
  isLost(await told(listening));

  const answer = 5;
  const pipelined = session.take();
  session.line.send(
    record('op:get', exported(lost), str('field'), int(answer)),
    deliver(answered(answer), [sym('more')], { resolver: pipelined }),
  );
  isLost(await told(pipelined));
  const [first, second] = [session.take(), session.take()];
  session.line.send(
    deliver(exported(lost), [sym('title')], { answer: answer + 1, resolver: first }),
    deliver(answered(answer + 1), [sym('more')], { resolver: second }),
  );
  isLost(await told(first));
  isLost(await told(second));
  assert.equal((await session.ask(greeter, sym('greet'), str('you'))).value, 'Hello you');
});

test('as an argument a lost position reads as a broken promise', async t => {
  const { session, greeter, keeper, lost } = await makeLost(t);
  assert.equal((await session.ask(keeper, sym('keep'), exported(lost))).how, 'fulfill');
  const used = await session.ask(keeper, sym('tell'), str('anything'));
  assert.equal(used.how, 'break');
  assert.match(String(used.value.fields[0]), /LOST|lost/);
  assert.equal((await session.ask(greeter, sym('greet'), str('you'))).value, 'Hello you');
});

test('a release of a lost position and a late answer to one are ignored, one beyond all positions is not', async t => {
  const { session, greeter, lost } = await makeLost(t);
  session.line.send(
    record('op:gc-exports', list(int(lost)), list(int(1))),
    record('op:gc-exports', list(int(lost)), list(int(900))),
    deliver(exported(lost), [sym('fulfill'), str('late')]),
    deliver(exported(lost), [sym('break'), str('late')]),
  );
  assert.equal((await session.ask(greeter, sym('greet'), str('you'))).value, 'Hello you');
  session.line.send(record('op:gc-exports', list(int(2 ** 40)), list(int(1))));
  assert.equal(await session.line.ending(), 'internal error');
});

test('what a message to a lost position carries is counted all the same, and released', async t => {
  const { b, session, lost } = await makeLost(t);
  const carried = session.take();
  isLost(await session.ask(lost, sym('take'), imported(carried), imported(carried)));
  assert.deepEqual(countsOf(await rowsOf(b), 'o-').filter(([position]) => position === carried), [[carried, 2]]);
  // Collects garbage there, until it tells us.
  const isTold = () =>
    session.line.messages.all.some(({ label, fields }) => {
      const index = label === 'op:gc-exports' ? /** @type {any} */ (fields[0]).indexOf(BigInt(carried)) : -1;
      return index >= 0 && /** @type {any} */ (fields[1])[index] === 2n;
    });
  await until(async () => (await b.do('memory')) > 0 && isTold(), 'the release');
  assert.deepEqual(countsOf(await rowsOf(b), 'o-').filter(([position]) => position === carried), []);
});
