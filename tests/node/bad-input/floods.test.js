// @ts-check

import { makeVictim } from '../support/bystander.js';
import { Identity } from '../support/identity.js';
import { startPeer } from '../support/process.js';
import { dialRaw, frame, listenRaw } from '../support/raw-line.js';
import { acceptRaw, deliver, exported, imported, someLocation, startRaw } from '../support/raw-session.js';
import { bytes, int, list, record, str, sym } from '../support/syrup.js';
import { outcome, until, within } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

/** @import { PeerProcess } from '../support/process.js' */

const MIB = 1024 * 1024;

/**
 * @param {number} count
 * @param {number} atOnce
 * @param {(index: number) => Promise<unknown>} run
 */
const times = async (count, atOnce, run) => {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      next += 1;
      await run(next - 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
};

/**
 * How much a process grows, the second time that something is done to it: the first time fills caches.
 *
 * @param {PeerProcess} peer
 * @param {() => Promise<unknown>} happen
 */
const growth = async (peer, happen) => {
  await happen();
  const before = await peer.do('memory');
  await happen();
  return (await peer.do('memory')) - before;
};

/** @param {PeerProcess} peer @param {string} [framing] */
const works = async (peer, framing = 'syrup') => {
  const session = await startRaw(peer.location, { framing: /** @type {any} */ (framing) });
  const greeter = await session.fetch('greeter');
  assert.equal((await session.ask(greeter, sym('greet'), str('you'))).value, 'Hello you');
  session.line.end();
};

for (const framing of /** @type {const} */ (['syrup', 'none'])) {
  test(`thousands of bad connections leave nothing behind, framing '${framing}'`, async t => {
    const peer = await startPeer(t, { execArgv: ['--expose-gc'], netlayer: { framing } });
    const bad = [
      Buffer.from('<4\'junk>'),
      randomBytes(300),
      new Identity().startSession(someLocation(), { version: '0' }),
      new Identity().resumeSession(randomBytes(32), 1),
      Buffer.from('['.repeat(10_000)),
    ];
    const flood = () =>
      times(150, 20, async index => {
        const line = await dialRaw(peer.location, framing);
        const what = /** @type {Buffer} */ (bad[index % bad.length]);
        if (index % 3 === 0) line.socket.end(what.subarray(0, what.length / 2));
        else line.send(what);
        if (index % 3 === 1) line.reset();
        else await line.ending();
      });
    const grown = await growth(peer, flood);
    assert.ok(grown < 8 * MIB, `it grew by ${grown / MIB} MiB`);
    await until(async () => (await peer.do('inspect')).handshakes === 0, 'all handshakes are over');
    assert.equal((await peer.do('inspect')).sessions.length, 0);
    await works(peer, framing);
    assert.deepEqual(await peer.do('troubles'), []);
  });
}

test('sessions that come and go leave nothing behind', async t => {
  const peer = await startPeer(t, { execArgv: ['--expose-gc'] });
  const flood = () =>
    times(60, 10, async () => {
      const session = await startRaw(peer.location);
      const greeter = await session.fetch('greeter');
      session.line.send(deliver(exported(greeter), [sym('greet'), imported(5)], { answer: 0, resolver: 7 }), Buffer.from('junk'));
      await session.line.ending();
    });
  const grown = await growth(peer, flood);
  assert.ok(grown < 8 * MIB, `it grew by ${grown / MIB} MiB`);
  const { sessions, handshakes, locals } = await peer.do('inspect');
  assert.deepEqual([sessions.length, handshakes], [0, 0]);
  assert.ok(locals <= 2, `${locals} objects are exported to nobody`);
  const isForgotten = async () => {
    await peer.do('memory');
    return (await peer.do('inspect')).remotes === 0;
  };
  await until(isForgotten, 'what nobody holds is let go');
  await works(peer);
});

test('connections that say nothing fill their own quota: sessions go on, we can dial, and when they leave others come', async t => {
  const { victim, bystander, isUnharmed } = await makeVictim(t, 'syrup', { client: { limits: { handshakes: 30 }, times: { handshake: 20_000 } } });
  const silent = [];
  for (let i = 0; i < 100; i += 1) silent.push(await dialRaw(victim.location));
  const refused = silent.slice(30);
  await Promise.all(refused.map(line => within(line.closed, 'one too many is closed')));
  assert.equal(victim.inspect().handshakes, 30);
  // The session that is there goes on, and what we dial is not theirs to take.
  assert.equal((await victim.client.provideSession(bystander.location)).status(), 'active');
  const server = await listenRaw();
  t.after(() => server.close());
  const provided = victim.client.provideSession(server.peerLocation);
  await acceptRaw(await server.next(), server.location);
  assert.equal((await provided).status(), 'active');
  silent.forEach(line => line.end());
  await until(() => victim.inspect().handshakes === 0, 'the quota is free again');
  await isUnharmed();
});

test('sessions of strangers fill their own quota, in memory and in the store, and the oldest go first', async t => {
  const { victim, bystander, isUnharmed } = await makeVictim(t, 'syrup', { baggage: new Map(), client: { limits: { sessions: 12 } } });
  for (let i = 0; i < 30; i += 1) {
    const session = await startRaw(victim.location);
    await session.fetch('greeter');
    session.line.end();
    await victim.events.waitFor(({ type, sessionId }) => type === 'suspended' && sessionId === session.id.toString('hex'), 'the cut');
  }
  assert.ok(victim.inspect().sessions.length <= 12);
  await until(() => victim.keys('ocapn:resumeSessionsById/').length <= 12, 'the records are bounded');
  assert.ok(victim.keys('ocapn-durable:').length <= 12 * 3);
  assert.ok(victim.inspect().sessions.some((/** @type {any} */ { designator }) => designator === bystander.location.designator));
  await isUnharmed();
});

test('a peer that asks for more than it may have loses its session, and nobody else', async t => {
  const limits = { answers: 50, imports: 50, exports: 200, frame: 200_000 };
  const { victim, isUnharmed } = await makeVictim(t, 'syrup', { client: { limits } });
  /** @type {Array<[string, (waiter: number, keeper: number) => Buffer[]]>} */
  const greedy = [
    ['answers', waiter => Array.from({ length: 60 }, (_, answer) => deliver(exported(waiter), [sym('never')], { answer }))],
    ['waiting calls', waiter => Array.from({ length: 60 }, (_, index) => deliver(exported(waiter), [sym('never')], { resolver: 100 + index }))],
    ['imports', (_waiter, keeper) => [deliver(exported(keeper), [sym('keep'), list(...Array.from({ length: 60 }, (_, index) => imported(100 + index)))])]],
    ['bytes', (_waiter, keeper) => [deliver(exported(keeper), [sym('keep'), bytes(Buffer.alloc(300_000))])]],
  ];
  for (const [what, make] of greedy) {
    const from = victim.events.all.length;
    const session = await startRaw(victim.location);
    const waiter = await session.fetch('waiter');
    session.line.send(...make(waiter, await session.fetch('keeper')));
    assert.equal(await session.line.ending(), 'internal error', what);
    const { code } = await victim.events.waitFor(({ type }) => type === 'severed', 'the end', { from });
    assert.equal(code, 'LIMIT_EXCEEDED', what);
  }
  await isUnharmed();
});

test('a peer that does not read is given up, and does not make us hold what it should take', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup', { netlayer: { maxUnsent: 2 * MIB } });
  const session = await startRaw(victim.location);
  const greeter = await session.fetch('greeter');
  session.line.socket.pause();
  const big = str('x'.repeat(100_000));
  const closed = new Promise(resolve => {
    session.line.socket.once('close', resolve);
  });
  const ended = victim.events.waitFor(({ type }) => type === 'severed', 'it is given up');
  for (let i = 0; i < 400 && victim.inspect().sessions.length > 1; i += 1) {
    session.line.send(deliver(exported(greeter), [sym('echo'), big], { resolver: 100 + i }));
    await new Promise(resolve => setImmediate(resolve));
  }
  await ended;
  session.line.end();
  await closed;
  await isUnharmed();
});

test('a stream that never ends its message is cut at the limit, not when the memory is full', async t => {
  const peer = await startPeer(t, { execArgv: ['--expose-gc'], netlayer: { framing: 'none' }, client: { limits: { frame: MIB } } });
  const flood = async () => {
    for (const start of ['<16\'op:start-session', `${'9'.repeat(4000)}`, '[', '{1"a[', '900000"']) {
      const line = await dialRaw(peer.location, 'none');
      line.write(Buffer.from(start));
      const chunk = Buffer.from(start.endsWith('9') ? '9'.repeat(65_536) : '1+'.repeat(32_768));
      for (let i = 0; i < 100 && !line.isClosed; i += 1) {
        line.write(chunk);
        await new Promise(resolve => setImmediate(resolve));
      }
      assert.match(await line.ending(), /internal error|closed/, start.slice(0, 20));
    }
  };
  const grown = await growth(peer, flood);
  assert.ok(grown < 8 * MIB, `it grew by ${grown / MIB} MiB`);
  await works(peer, 'none');
});

test('messages of the largest size, again and again, do not grow the process without bound', async t => {
  const peer = await startPeer(t, { execArgv: ['--expose-gc'] });
  const payload = bytes(Buffer.alloc(4 * MIB, 7));
  const flood = async () => {
    for (let i = 0; i < 4; i += 1) {
      const session = await startRaw(peer.location);
      const greeter = await session.fetch('greeter');
      const { value } = await session.ask(greeter, sym('echo'), payload);
      assert.equal(value.length, 4 * MIB);
      session.line.end();
    }
  };
  const grown = await growth(peer, flood);
  assert.ok(grown < 8 * MIB, `it grew by ${grown / MIB} MiB`);
  await works(peer);
});

test('releases and calls of one slot, tens of thousands of them, in one go', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  const session = await startRaw(victim.location);
  const waiter = await session.fetch('waiter');
  const calls = Array.from({ length: 20_000 }, () => deliver(exported(waiter), [sym('fail'), str('x')]));
  session.line.write(Buffer.concat(calls.map(frame)));
  await outcome(session.fetch('greeter'));
  const fetched = Array.from({ length: 500 }, (_, index) => deliver(exported(0), [sym('fetch'), bytes(Buffer.from('greeter'))], { resolver: 1000 + index }));
  session.line.send(...fetched);
  const greeter = await session.fetch('greeter');
  session.line.send(record('op:gc-exports', list(int(greeter)), list(int(502))));
  assert.ok((await session.fetch('greeter')) > greeter);
  await isUnharmed();
});
