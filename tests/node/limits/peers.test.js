// @ts-check

import { makeVictim } from '../support/bystander.js';
import { Identity } from '../support/identity.js';
import { dialRaw, listenRaw } from '../support/raw-line.js';
import { acceptRaw, deliver, exported, imported, someLocation, startRaw } from '../support/raw-session.js';
import { bool, bytes, int, record, str, sym } from '../support/syrup.js';
import { until, within } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

/**
 * What a peer may make us hold: each limit is exceeded, its error seen, and another session goes on.
 *
 * @import { Limits } from '../../../js/options.js'
 */

const text = (/** @type {string} */ value) => Buffer.from(value, 'latin1');
const many = (/** @type {number} */ count, /** @type {(index: number) => Buffer} */ make) => Array.from({ length: count }, (_, index) => make(index));

/** @typedef {{ greeter: number, keeper: number, waiter: number }} Slots */

/**
 * The limit, its value, what is just good, and what is one too many.
 *
 * @type {Array<[keyof Limits, number, (slots: Slots) => Buffer[], (slots: Slots) => Buffer[]]>}
 */
const ends = [
  [
    'frame',
    20_000,
    ({ greeter }) => [deliver(exported(greeter), [sym('echo'), bytes(Buffer.alloc(19_000))])],
    ({ greeter }) => [deliver(exported(greeter), [sym('echo'), bytes(Buffer.alloc(20_000))])],
  ],
  [
    'depth',
    20,
    ({ greeter }) => [deliver(exported(greeter), [sym('echo'), text('['.repeat(18) + ']'.repeat(18))])],
    ({ greeter }) => [deliver(exported(greeter), [sym('echo'), text('['.repeat(19) + ']'.repeat(19))])],
  ],
  [
    'digits',
    30,
    ({ greeter }) => [deliver(exported(greeter), [sym('echo'), text(`${'9'.repeat(30)}+`)])],
    ({ greeter }) => [deliver(exported(greeter), [sym('echo'), text(`${'9'.repeat(31)}+`)])],
  ],
  [
    'imports',
    20,
    ({ keeper }) => many(20, index => deliver(exported(keeper), [sym('keep'), imported(100 + index)])),
    ({ keeper }) => [deliver(exported(keeper), [sym('keep'), imported(500)])],
  ],
  [
    'answers',
    20,
    ({ waiter }) => many(20, index => deliver(exported(waiter), [sym('never')], { answer: index })),
    ({ waiter }) => [deliver(exported(waiter), [sym('never')], { answer: 20 })],
  ],
  [
    'answers',
    20,
    ({ waiter }) => many(20, index => deliver(exported(waiter), [sym('never')], { resolver: 100 + index })),
    ({ waiter }) => [deliver(exported(waiter), [sym('never')], { resolver: 200 })],
  ],
  // Those that nobody waits for, to what a call will give.
  [
    'answers',
    20,
    ({ waiter }) => [
      deliver(exported(waiter), [sym('never')], { answer: 1 }),
      ...many(20, index => deliver(record('desc:answer', int(1)), [sym('take'), int(index)])),
    ],
    () => [deliver(record('desc:answer', int(1)), [sym('take'), int(20)])],
  ],
  [
    'listens',
    20,
    ({ waiter }) => [
      deliver(exported(waiter), [sym('never')], { answer: 1 }),
      ...many(20, index => record('op:listen', record('desc:answer', int(1)), imported(100 + index), bool(false))),
    ],
    () => [record('op:listen', record('desc:answer', int(1)), imported(300), bool(false))],
  ],
];

for (const [limit, value, good, bad] of ends) {
  test(`${limit}: a peer that goes beyond it loses its session, and nobody else`, async t => {
    const { victim, isUnharmed } = await makeVictim(t, 'none', { client: { limits: { [limit]: value } } });
    const session = await startRaw(victim.location, { framing: 'none' });
    const [greeter, keeper, waiter] = [await session.fetch('greeter'), await session.fetch('keeper'), await session.fetch('waiter')];
    const slots = { greeter, keeper, waiter };
    session.line.send(...good(slots));
    // An answer more than the waiting calls.
    if (!['answers', 'imports'].includes(limit)) {
      assert.equal((await session.ask(greeter, sym('greet'), str('you'))).value, 'Hello you');
    }
    const from = victim.events.all.length;
    assert.ok(!victim.eventTypes().includes('severed'));
    session.line.send(...bad(slots));
    assert.equal(await session.line.ending(), 'internal error');
    assert.equal((await victim.events.waitFor(({ type }) => type === 'severed', 'the end', { from })).code, 'LIMIT_EXCEEDED');
    await isUnharmed();
  });
}

test('names of symbols: what is too long, or one too many, is broken where it stands, and the session goes on', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'none', { client: { limits: { frame: 16 * 1024 * 1024 } } });
  const session = await startRaw(victim.location, { framing: 'none' });
  const greeter = await session.fetch('greeter');
  const echo = (/** @type {Buffer} */ value) => session.ask(greeter, sym('echo'), value);
  const known = await echo(sym('met before'));
  assert.equal(known.value, Symbol.for('met before'));
  assert.equal((await echo(sym('x'.repeat(1024)))).how, 'fulfill');
  assert.equal((await echo(sym('x'.repeat(1025)))).how, 'break');
  // More names than there is room for: the first are symbols, the last are not.
  const names = many(8000, index => sym(`${index}${'x'.repeat(1000)}`));
  const { value: list } = await echo(Buffer.concat([text('['), ...names, text(']')]));
  assert.equal(list.length, 8000);
  const [first, last] = [list[0], list[7999]];
  assert.equal(typeof first, 'symbol');
  assert.equal(last.label, 'desc:import-promise');
  assert.deepEqual(await echo(sym('met before')), known);
  await isUnharmed();
});

test("frame: a netlayer that frames messages does not gather one that is too long ('maxFrame')", async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup', { netlayer: { maxFrame: 20_000 } });
  const session = await startRaw(victim.location);
  const from = victim.events.all.length;
  session.line.write(text('20001:'));
  assert.equal(await session.line.ending(), 'closed');
  await victim.events.waitFor(({ type }) => type === 'severed', 'the end', { from });
  await isUnharmed();
});

for (const framing of /** @type {const} */ (['syrup', 'none'])) {
  test(`helloFrame: who has no session may send no more, framing '${framing}'`, async t => {
    const { victim, isUnharmed } = await makeVictim(t, framing, { client: { limits: { helloFrame: 8192 } } });
    const long = await dialRaw(victim.location, framing);
    if (framing === 'syrup') long.write(text('8193:'));
    else long.write(text(`<16'op:start-session${'9'.repeat(8000)}"${'x'.repeat(8192)}`));
    assert.equal(await long.ending(), 'closed');
    long.end();
    await until(() => victim.inspect().handshakes === 0, 'it is forgotten');
    // A long hello is one within the limit.
    const location = { ...someLocation(), hints: { host: '127.0.0.1', port: '1', more: 'x'.repeat(7000) } };
    const session = await startRaw(victim.location, { framing, location });
    // Now that there is a session, a message may be longer.
    const greeter = await session.fetch('greeter');
    const { value } = await session.ask(greeter, sym('echo'), bytes(Buffer.alloc(1_000_000)));
    assert.equal(value.length, 1_000_000);
    await isUnharmed();
  });
}

test('helloFrame: what comes while the host judges a session counts too', async t => {
  /** @type {(granted: boolean) => void} */
  let judge = () => {};
  const authenticateSession = (/** @type {any} */ { peerLocation }) =>
    peerLocation.designator === 'judged' ? new Promise(resolve => { judge = resolve; }) : true;
  const { victim, isUnharmed } = await makeVictim(t, 'none', { client: { limits: { helloFrame: 8192 }, authenticateSession: /** @type {any} */ (authenticateSession) } });
  const line = await dialRaw(victim.location, 'none');
  line.send(new Identity().startSession({ ...someLocation(), designator: 'judged' }));
  await until(() => victim.inspect().handshakes === 1, 'the hello is there');
  line.send(deliver(exported(0), [sym('fetch'), bytes(Buffer.alloc(9000))]));
  assert.equal(await line.ending(), 'internal error');
  judge(true);
  assert.equal(victim.inspect().handshakes, 0);
  await isUnharmed();
});

test('gifts: one too many breaks, and the session goes on', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup', { client: { limits: { gifts: 3 } } });
  const session = await startRaw(victim.location);
  const greeter = await session.fetch('greeter');
  const leave = (/** @type {number} */ index) => session.ask(0, sym('deposit-gift'), bytes(Buffer.from([index])), exported(greeter));
  for (let index = 0; index < 3; index += 1) assert.equal((await leave(index)).how, 'fulfill');
  const { how, value } = await leave(3);
  assert.equal(how, 'break');
  assert.match(value.fields[0], /^LIMIT_EXCEEDED/);
  assert.equal(victim.inspect().gifts, 3);
  // They go with the session that they belong to.
  session.line.end();
  await until(() => victim.inspect().gifts === 0, 'the gifts are gone');
  await isUnharmed();
});

test('sessions: a stranger that is one too many is refused while all others are in use', async t => {
  const { victim, bystander, isUnharmed } = await makeVictim(t, 'syrup', { client: { limits: { sessions: 3 } } });
  const strangers = [await startRaw(victim.location), await startRaw(victim.location)];
  const line = await dialRaw(victim.location);
  line.send(new Identity().startSession(someLocation()));
  assert.equal(await line.ending(), 'internal error');
  assert.equal(victim.inspect().sessions.length, 3);
  assert.ok(victim.inspect().sessions.some((/** @type {any} */ { designator }) => designator === bystander.location.designator));
  const [first] = strangers;
  first?.line.end();
  await until(() => victim.inspect().sessions.length === 2, 'one has left');
  await isUnharmed();
});

test('handshakes: a connection that is one too many is closed, and others come when one has left', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup', { client: { limits: { handshakes: 2 } } });
  const silent = [await dialRaw(victim.location), await dialRaw(victim.location)];
  await until(() => victim.inspect().handshakes === 2, 'both wait');
  const refused = await dialRaw(victim.location);
  assert.equal(await refused.ending(), 'closed');
  silent[0]?.end();
  await until(() => victim.inspect().handshakes === 1, 'one has left');
  await isUnharmed();
});

test('times.handshake: who dialled and says nothing is let go, and who was dialled too, with HANDSHAKE_TIMEOUT', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup', { client: { times: { handshake: 600 } } });
  const silent = await dialRaw(victim.location);
  const server = await listenRaw();
  t.after(() => server.close());
  await assert.rejects(within(victim.client.provideSession(server.peerLocation), 'the request ends'), { code: 'HANDSHAKE_TIMEOUT' });
  assert.equal(await silent.ending(), 'closed');
  await until(() => victim.inspect().handshakes === 0, 'both are let go');
  await isUnharmed();
});

test('parked: of the sessions that somebody refused, the oldest go', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup', { baggage: new Map(), client: { limits: { parked: 1 } } });
  const ids = [];
  for (const name of ['one', 'two']) {
    const server = await listenRaw();
    t.after(() => server.close());
    const provided = victim.client.provideSession(server.peerLocation);
    const session = await acceptRaw(await server.next(), server.location);
    ids.push((await provided).sessionId);
    session.line.send(deliver(exported(0), [sym('fetch'), bytes(Buffer.from('greeter'))], { resolver: 1 }));
    await session.line.expect('op:deliver');
    session.line.end();
    const dial = await server.next(`the dial that resumes ${name}`);
    await dial.expect('op:resume-session');
    dial.send(record('op:abort', str('unknown-session')));
    await victim.events.waitFor(({ type, sessionId }) => type === 'refused' && sessionId === ids.at(-1), 'it is parked');
    server.close();
  }
  const gone = await victim.events.waitFor(({ type, sessionId }) => type === 'severed' && sessionId === ids[0], 'the older one goes');
  assert.equal(gone.code, 'LIMIT_EXCEEDED');
  const parked = victim.inspect().sessions.filter((/** @type {any} */ { status }) => status === 'parked');
  assert.deepEqual(parked.map((/** @type {any} */ { id }) => id), [ids[1]]);
  await isUnharmed();
});
