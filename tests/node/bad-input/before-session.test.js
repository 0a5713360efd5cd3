// @ts-check

import { makeVictim } from '../support/bystander.js';
import { Identity, encodeKey, encodeLocation, encodeSignature } from '../support/identity.js';
import { dialRaw, frame } from '../support/raw-line.js';
import { abort, deliver, exported, someLocation, startRaw } from '../support/raw-session.js';
import { bool, bytes, int, list, record, str, struct, sym } from '../support/syrup.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';


const text = (/** @type {string} */ value) => Buffer.from(value, 'latin1');

/**
 * A hello with some of its parts replaced, signed as it is.
 *
 * @param {{ version?: Buffer, key?: Buffer, where?: Buffer, signature?: Buffer, more?: Buffer[] }} [parts]
 */
const hello = ({ version, key, where, signature, more = [] } = {}) => {
  const identity = new Identity();
  const location = where ?? encodeLocation(someLocation());
  return record(
    'op:start-session',
    version ?? str('1.0'),
    key ?? encodeKey(identity.publicKey),
    location,
    signature ?? encodeSignature(identity.sign(record('my-location', location))),
    ...more,
  );
};

const peer = (/** @type {Buffer[]} */ ...fields) => record('ocapn-peer', ...fields);

const nested = (/** @type {number} */ depth) => text('['.repeat(depth) + ']'.repeat(depth));

/**
 * What is sent as one message, and how the connection ends: what cannot be read is answered with a close, since it may be a resume
 * that was damaged on its way, to whose sender an op:abort would be a refusal.
 *
 * @type {Array<[string, Buffer, string]>}
 */
const messages = [
  ['text', text('hello world'), 'closed'],
  ['a web browser', text('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), 'closed'],
  ['TLS', text('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'), 'closed'],
  ['zeros', Buffer.alloc(64), 'closed'],
  ['an empty list', list(), 'closed'],
  ['a string', str('op:start-session'), 'closed'],
  ['an unknown record', record('op:what', int(1)), 'closed'],
  ['a record without a label', text('<>'), 'closed'],
  ['a record whose label is a string', text('<16"op:start-session>'), 'closed'],
  ['a call before the hello', deliver(exported(0), [sym('fetch'), bytes(Buffer.from('counter'))], { answer: 0 }), 'internal error'],
  ['an abort before the hello', abort('never mind'), 'closed'],
  ['another version', hello({ version: str('2.0') }), 'invalid-version'],
  ['a version that is a symbol', hello({ version: sym('1.0') }), 'closed'],
  ['a version of a million characters', hello({ version: str('1'.repeat(1_000_000)) }), 'closed'],
  ['a wrong location signature', hello({ signature: encodeSignature(Buffer.alloc(64, 7)) }), 'Invalid location signature'],
  ['a signature of zeros', hello({ signature: encodeSignature(Buffer.alloc(64)) }), 'Invalid location signature'],
  ["another key's signature", hello({ signature: encodeSignature(new Identity().sign(Buffer.from('anything'))) }), 'Invalid location signature'],
  ['a key that is no point', hello({ key: encodeKey(Buffer.alloc(32, 0xff)) }), 'Invalid location signature'],
  ['the key of small order', hello({ key: encodeKey(Buffer.alloc(32)), signature: encodeSignature(Buffer.alloc(64)) }), 'Invalid location signature'],
  ['a key of 31 bytes', hello({ key: encodeKey(Buffer.alloc(31)) }), 'closed'],
  ['a key of another curve', hello({ key: list(sym('public-key'), list(sym('ecc'), list(sym('curve'), sym('P256')))) }), 'closed'],
  ['a signature that is too short', hello({ signature: encodeSignature(Buffer.alloc(40)) }), 'closed'],
  ['a field too few', record('op:start-session', str('1.0')), 'closed'],
  ['a field too many', hello({ more: [bool(true)] }), 'closed'],
  ['a location of another transport', hello({ where: encodeLocation({ ...someLocation(), transport: 'websocket' }) }), 'internal error'],
  ['a location whose hints are no texts', hello({ where: peer(sym('tcp-testing-only'), str('x'), struct(['port', int(1)])) }), 'closed'],
  ['a location with a hint twice', hello({ where: peer(sym('tcp-testing-only'), str('x'), struct(['a', str('1')], ['a', str('2')])) }), 'closed'],
  ['a location whose hints are out of order', hello({ where: peer(sym('tcp-testing-only'), str('x'), struct(['bb', str('1')], ['a', str('2')], ['ba', str('3')])) }), 'closed'],
  ['a location with half a surrogate pair', hello({ where: peer(sym('tcp-testing-only'), text('3"\xed\xa0\x80'), bool(false)) }), 'closed'],
  ['a session id of 31 bytes', new Identity().resumeSession(Buffer.alloc(31), 0), 'invalid-session-id'],
  ['a session id of a million bytes', new Identity().resumeSession(Buffer.alloc(1_000_000), 0), 'closed'],
  ['an unknown session', new Identity().resumeSession(Buffer.alloc(32), 0), 'unknown-session'],
  ['a count of 2^128', new Identity().resumeSession(Buffer.alloc(32), 2n ** 128n), 'closed'],
  ['a negative count', new Identity().resumeSession(Buffer.alloc(32), -1), 'closed'],
  ['a list nested 200 deep', nested(200), 'closed'],
  ['a list nested 100,000 deep', nested(100_000), 'closed'],
  ['lists that never end', text('['.repeat(100_000)), 'closed'],
  ['a record nested 100,000 deep', text("<1'a".repeat(100_000)), 'closed'],
  ['an integer of 5,000 digits', hello({ version: text(`${'9'.repeat(5000)}+`) }), 'closed'],
  ['an integer of a million digits', text(`${'9'.repeat(1_000_000)}+`), 'closed'],
  ['a string of 10^12 bytes, it says', text('<16\'op:start-session1000000000000"'), 'closed'],
  ['a length of 2^64', text('18446744073709551616:'), 'closed'],
  ['a length with a leading zero', text("<016'op:start-session>"), 'closed'],
  ['a set', text('#1+2+$'), 'closed'],
  ['spaces', text('   '), 'closed'],
];

for (const framing of /** @type {const} */ (['syrup', 'none'])) {
  test(`messages that are no hello, framing '${framing}'`, async t => {
    const { victim, isUnharmed } = await makeVictim(t, framing, { baggage: new Map() });
    const known = victim.keys().length;
    for (const [name, message, expected] of messages) {
      await t.test(name, async () => {
        const line = await dialRaw(victim.location, framing);
        line.send(message);
        assert.equal(await line.ending(), expected);
        assert.ok(line.messages.all.every(({ label }) => label === 'op:abort' || label === 'closed'));
      });
    }
    assert.equal(victim.inspect().handshakes, 0);
    assert.deepEqual([victim.inspect().sessions.length, victim.keys().length], [1, known]);
    await isUnharmed();
  });
}

/** What the framing itself refuses, before any message. @type {Array<[string, Buffer]>} */
const streams = [
  ['text', text('hello')],
  ['a length and no colon', text('12x34:')],
  ['a length with a leading zero', text('007:1234567')],
  ['a negative length', text('-1:')],
  ['a length of 17 MiB', text('17825792:')],
  ['a length of a thousand digits', text('9'.repeat(1000))],
  ['a length of 2^53', text('9007199254740993:')],
  ['a colon alone', text(':')],
];

test("streams that are no frames, framing 'syrup'", async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  for (const [name, stream] of streams) {
    await t.test(name, async () => {
      const line = await dialRaw(victim.location);
      line.write(stream);
      assert.equal(await line.ending(), 'closed');
    });
  }
  await isUnharmed();
});

test('a peer that closes in the middle of a hello, at any place', async t => {
  for (const framing of /** @type {const} */ (['syrup', 'none'])) {
    const { victim, isUnharmed } = await makeVictim(t, framing);
    const whole = framing === 'syrup' ? frame(hello()) : hello();
    for (let end = 0; end < whole.length; end += 13) {
      const line = await dialRaw(victim.location, framing);
      line.socket.end(whole.subarray(0, end));
      assert.equal(await line.ending(), 'closed');
    }
    assert.equal(victim.inspect().handshakes, 0);
    await isUnharmed();
  }
});

test('a hello in pieces of a byte, and one with the first call in the same piece, are good', async t => {
  for (const framing of /** @type {const} */ (['syrup', 'none'])) {
    const { victim } = await makeVictim(t, framing);
    const slow = await dialRaw(victim.location, framing);
    const message = hello();
    for (const byte of framing === 'syrup' ? frame(message) : message) {
      slow.write(Uint8Array.of(byte));
      if (byte % 16 === 0) await new Promise(resolve => setImmediate(resolve));
    }
    await slow.expect('op:start-session');
    const fast = await dialRaw(victim.location, framing);
    fast.send(hello(), deliver(exported(0), [sym('fetch'), bytes(Buffer.from('greeter'))], { resolver: 1 }));
    await fast.expect('op:start-session');
    const { fields } = await fast.expect('op:deliver');
    assert.equal(fields[1][0], Symbol.for('fulfill'));
  }
});

test('an empty frame is no message, and nothing happens, before the hello and after it', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  const line = await dialRaw(victim.location);
  line.write(text('0:0:'));
  line.send(hello());
  await line.expect('op:start-session');
  line.write(text('0:'));
  line.send(deliver(exported(0), [sym('fetch'), bytes(Buffer.from('greeter'))], { resolver: 1 }));
  const { fields } = await line.expect('op:deliver');
  assert.equal(fields[1][0], Symbol.for('fulfill'));
  await isUnharmed();
});

test('a peer that never says hello is let go when the handshake time is over, and no sooner', async t => {
  for (const framing of /** @type {const} */ (['syrup', 'none'])) {
    const { victim, isUnharmed } = await makeVictim(t, framing, { client: { times: { handshake: 700 } } });
    const silent = await Promise.all([0, 1, 2].map(() => dialRaw(victim.location, framing)));
    silent[1]?.write(framing === 'syrup' ? text('400:<16') : text('<16'));
    silent[2]?.write(framing === 'syrup' ? text('4') : text('['));
    const began = performance.now();
    assert.deepEqual(await Promise.all(silent.map(line => line.ending())), ['closed', 'closed', 'closed']);
    assert.ok(performance.now() - began > 400);
    assert.equal(victim.inspect().handshakes, 0);
    await isUnharmed();
  }
});

test('a location with a __proto__ hint is a location like others', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  const location = someLocation();
  const hints = JSON.parse('{"__proto__": "polluted", "constructor": "x", "port": "1"}');
  const session = await startRaw(victim.location, { location: { ...location, hints } });
  await session.fetch('greeter');
  const event = victim.events.all.find(({ location: where }) => where?.designator === location.designator);
  const kept = /** @type {any} */ (event?.location?.hints);
  assert.equal(Object.getPrototypeOf(kept), Object.prototype);
  assert.deepEqual(Object.entries(kept).sort(), Object.entries(hints).sort());
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
  await isUnharmed();
});

