// @ts-check

import { makeVictim } from '../support/bystander.js';
import { Identity } from '../support/identity.js';
import { abort, answered, deliver, exported, imported, startRaw } from '../support/raw-session.js';
import { bool, bytes, float, int, list, record, str, struct, sym } from '../support/syrup.js';
import { outcome, until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

/** @import { RawSession } from '../support/raw-session.js' */

const text = (/** @type {string} */ value) => Buffer.from(value, 'latin1');

/** A good call with one argument that may not be. @param {Buffer} argument */
const echo = argument => (/** @type {Slots} */ { greeter }) => deliver(exported(greeter), [sym('echo'), argument], { resolver: 90 });

const gc = (/** @type {number | bigint} */ position, /** @type {number | bigint} */ delta) =>
  record('op:gc-exports', list(int(position)), list(int(delta)));

const gcAnswers = (/** @type {number[]} */ ...positions) => record('op:gc-answers', list(...positions.map(int)));

/** @typedef {{ greeter: number, keeper: number, other: number, session: RawSession }} Slots */

/** What a peer sends, and the code that its session ends with. @type {Array<[string, (slots: Slots) => Buffer, string]>} */
const breaches = [
  ['junk', () => text('junk'), 'MALFORMED_MESSAGE'],
  ['a second start', ({ session }) => session.identity.startSession(session.location), 'PEER_MISBEHAVED'],
  ["a second start with another's key", ({ session }) => new Identity().startSession(session.location), 'PEER_MISBEHAVED'],
  ['a resume', ({ session }) => session.identity.resumeSession(session.id, session.parity + 2n), 'PEER_MISBEHAVED'],
  ['an abort', () => abort('enough'), 'PEER_ABORTED'],
  ['an unknown operation', () => record('op:what', int(1)), 'MALFORMED_MESSAGE'],
  ['an operation that the session has not', () => record('op:flush', exported(0), imported(1)), 'MALFORMED_MESSAGE'],
  ['a call of an export that never was', () => deliver(exported(99_999), [sym('x')]), 'UNKNOWN_SLOT'],
  ['a call of the export 2^64', () => deliver(exported(2n ** 64n), [sym('x')]), 'MALFORMED_MESSAGE'],
  ['a call of the export 2^64 - 1', () => deliver(exported(2n ** 64n - 1n), [sym('x')]), 'UNKNOWN_SLOT'],
  ['a call of a negative export', () => deliver(exported(-1), [sym('x')]), 'MALFORMED_MESSAGE'],
  ['a call of an answer that never was', () => deliver(answered(7), [sym('x')]), 'UNKNOWN_SLOT'],
  ['a call of an import', () => deliver(imported(1), [sym('x')]), 'MALFORMED_MESSAGE'],
  ['a call whose arguments are no list', ({ greeter }) => record('op:deliver', exported(greeter), str('x'), bool(false), bool(false)), 'MALFORMED_MESSAGE'],
  ['a call with a field too few', ({ greeter }) => record('op:deliver', exported(greeter), list(), bool(false)), 'MALFORMED_MESSAGE'],
  ['a call with a field too many', ({ greeter }) => record('op:deliver', exported(greeter), list(), bool(false), bool(false), bool(false)), 'MALFORMED_MESSAGE'],
  ['a call with an answer that is no position', ({ greeter }) => record('op:deliver', exported(greeter), list(), bool(true), bool(false)), 'MALFORMED_MESSAGE'],
  ['two answers at one position', ({ greeter }) => Buffer.concat([7, 7].map(answer => deliver(exported(greeter), [sym('greet')], { answer }))), 'PEER_MISBEHAVED'],
  ['a listen to an export that never was', () => record('op:listen', exported(99_999), imported(5), bool(false)), 'UNKNOWN_SLOT'],
  ['a listen to an answer that never was', () => record('op:listen', answered(5), imported(5), bool(false)), 'UNKNOWN_SLOT'],
  ['a field of an answer that never was', () => record('op:get', answered(5), str('x'), int(6)), 'UNKNOWN_SLOT'],
  ['a field whose name is a number', ({ greeter }) => record('op:get', exported(greeter), int(1), int(6)), 'MALFORMED_MESSAGE'],
  ['an index that is negative', ({ greeter }) => record('op:index', exported(greeter), int(-1), int(6)), 'MALFORMED_MESSAGE'],
  ['a release of an export that never was', () => gc(99_999, 1), 'UNKNOWN_SLOT'],
  ['a release of more than was given', ({ greeter }) => gc(greeter, 2), 'PEER_MISBEHAVED'],
  ['a release of 2^64 - 1', ({ greeter }) => gc(greeter, 2n ** 64n - 1n), 'PEER_MISBEHAVED'],
  ['a release of 2^64', ({ greeter }) => gc(greeter, 2n ** 64n), 'MALFORMED_MESSAGE'],
  ['a release of nothing', ({ greeter }) => gc(greeter, 0), 'MALFORMED_MESSAGE'],
  ['a release of less than nothing', ({ greeter }) => gc(greeter, -1), 'MALFORMED_MESSAGE'],
  ['releases and amounts of different number', ({ greeter }) => record('op:gc-exports', list(int(greeter)), list()), 'MALFORMED_MESSAGE'],
  ['a release of an answer that never was', () => gcAnswers(5), 'UNKNOWN_SLOT'],
  ['an argument that is an export that never was', echo(exported(99_999)), 'UNKNOWN_SLOT'],
  ['an argument that is an answer that never was', echo(answered(99)), 'UNKNOWN_SLOT'],
  ['an argument that is an unknown record', echo(record('desc:what', int(1))), 'MALFORMED_MESSAGE'],
  ['an argument that is a set', echo(text('#1+$')), 'MALFORMED_MESSAGE'],
  ['an argument nested 1,000 deep', echo(text(`${'['.repeat(1000)}${']'.repeat(1000)}`)), 'LIMIT_EXCEEDED'],
  ['an argument nested a million deep', echo(text(`${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`)), 'LIMIT_EXCEEDED'],
  ['an integer of 5,000 digits', echo(text(`${'9'.repeat(5000)}+`)), 'LIMIT_EXCEEDED'],
  ['an integer with a leading zero', echo(text('007+')), 'MALFORMED_MESSAGE'],
  ['the integer -0', echo(text('0-')), 'MALFORMED_MESSAGE'],
  ['a NaN of another kind', echo(text('D\x7f\xf8\x00\x00\x00\x00\x00\x01')), 'MALFORMED_MESSAGE'],
  ['a float of 4 bytes', echo(text('F\x00\x00\x00\x00')), 'MALFORMED_MESSAGE'],
  ['text that is no UTF-8', echo(text('2"\xc0\x80')), 'MALFORMED_MESSAGE'],
  ['text with half a surrogate pair', echo(text('3"\xed\xa0\x80')), 'MALFORMED_MESSAGE'],
  ['a struct with a key twice', echo(struct(['a', int(1)], ['a', int(2)])), 'MALFORMED_MESSAGE'],
  ['a struct in no order', echo(struct(['bb', int(1)], ['a', int(2)], ['ba', int(3)])), 'MALFORMED_MESSAGE'],
  ['a struct whose key is a symbol', echo(text("{1'a1+}")), 'MALFORMED_MESSAGE'],
  ['a struct whose key is a number', echo(text('{1+1+}')), 'MALFORMED_MESSAGE'],
  ['a struct with a key and no value', echo(text('{1"a}')), 'MALFORMED_MESSAGE'],
  ['a well-known symbol', echo(sym('@@iterator')), 'MALFORMED_MESSAGE'],
  ['a sturdyref without a swissnum', echo(record('ocapn-sturdyref', record('ocapn-peer', sym('x'), str('y'), bool(false)))), 'MALFORMED_MESSAGE'],
  ['an error with two messages', echo(record('desc:error', str('a'), str('b'))), 'MALFORMED_MESSAGE'],
  ['a tag that is a string', echo(record('desc:tagged', str('tag'), int(1))), 'MALFORMED_MESSAGE'],
];

/** What breaks a single call at most. @type {Array<[string, (slots: Slots) => Buffer]>} */
const harmless = [
  ['a release of the bootstrap object', () => gc(0, 1)],
  ['a release of the bootstrap object, 2^63 times', () => gc(0, 2n ** 63n)],
  ['a release twice, and a call of what is gone', ({ other }) => Buffer.concat([gc(other, 1), gc(other, 1), deliver(exported(other), [], { resolver: 49 })])],
  ['a call of a method that is not there', ({ greeter }) => deliver(exported(greeter), [sym('what')], { resolver: 50 })],
  ['a call of __proto__', ({ greeter }) => deliver(exported(greeter), [sym('__proto__')], { resolver: 51 })],
  ['a call of constructor', ({ greeter }) => deliver(exported(greeter), [sym('constructor'), str('return process')], { resolver: 52 })],
  ['a call without a method', ({ greeter }) => deliver(exported(greeter), [], { resolver: 53 })],
  ['a call whose method is a number', ({ greeter }) => deliver(exported(greeter), [int(5)], { resolver: 54 })],
  ['a fetch of nothing', () => deliver(exported(0), [sym('fetch')], { resolver: 55 })],
  ['a fetch of text', () => deliver(exported(0), [sym('fetch'), str('greeter')], { resolver: 56 })],
  ['a fetch of a swissnum of a million bytes', () => deliver(exported(0), [sym('fetch'), bytes(Buffer.alloc(1_000_000))], { resolver: 57 })],
  ['a withdrawal of nothing', () => deliver(exported(0), [sym('withdraw-gift')], { resolver: 58 })],
  ['a send-only call that throws', ({ greeter }) => deliver(exported(greeter), [sym('what')])],
  ['a field of an object', ({ greeter }) => record('op:get', exported(greeter), str('greet'), int(600))],
  ['an import at position 0', ({ keeper }) => deliver(exported(keeper), [sym('keep'), imported(0)], { resolver: 59 })],
  ['an import at the last position', ({ keeper }) => deliver(exported(keeper), [sym('keep'), imported(2n ** 64n - 1n)], { resolver: 60 })],
  ['a struct with the key __proto__', echo(struct(['__proto__', struct(['polluted', bool(true)])]))],
  ['a struct that looks like a descriptor', echo(struct(['type', str('desc:sig-envelope')]))],
  ['the float -0', echo(float(-0))],
];

for (const framing of /** @type {const} */ (['syrup', 'none'])) {
  test(`messages that end their own session, and no other, framing '${framing}'`, async t => {
    const { victim, objects, isUnharmed } = await makeVictim(t, framing, { baggage: new Map() });
    // Where objects were is remembered for the next session with a peer.
    const count = () => victim.keys().filter(key => !key.startsWith('ocapn:positions/')).length;
    const known = count();
    for (const [index, [name, make, code]] of breaches.entries()) {
      await t.test(name, async () => {
        const from = victim.events.all.length;
        const session = await startRaw(victim.location, { framing });
        const greeter = await session.fetch('greeter');
        const keeper = await session.fetch('keeper');
        // A call of the victim's that this peer never answers.
        await session.ask(keeper, sym('keep'), imported(session.take()));
        const pending = outcome(E(objects.keeper).tell('anybody?', index));
        await session.line.expect('op:deliver');
        session.line.send(make({ greeter, keeper, other: 0, session }));
        assert.equal(await session.line.ending(), code === 'PEER_ABORTED' ? 'closed' : 'internal error');
        assert.equal((await pending).code, 'MAY_HAVE_RUN');
        const ended = await victim.events.waitFor(({ type }) => type === 'severed', 'the end', { from });
        assert.deepEqual([ended.sessionId, ended.code], [session.id.toString('hex'), code]);
        assert.equal((await outcome(E(objects.keeper).tell('again', index))).code, code);
      });
    }
    await until(() => count() <= known + 1, 'all of those sessions is deleted');
    assert.deepEqual([victim.inspect().sessions.length, victim.inspect().handshakes], [1, 0]);
    await isUnharmed();
  });

  test(`messages that harm nobody, framing '${framing}'`, async t => {
    const { victim, isUnharmed } = await makeVictim(t, framing, { baggage: new Map() });
    const session = await startRaw(victim.location, { framing });
    const greeter = await session.fetch('greeter');
    const keeper = await session.fetch('keeper');
    const other = await session.fetch('waiter');
    for (const [name, make] of harmless) {
      await t.test(name, async () => {
        session.line.send(make({ greeter, keeper, other, session }));
        assert.equal((await session.ask(greeter, sym('greet'), str('you'))).value, 'Hello you');
      });
    }
    assert.equal(/** @type {any} */ ({}).polluted, undefined);
    const swapped = await session.ask(greeter, sym('echo'), struct(['__proto__', struct(['polluted', bool(true)])]));
    assert.deepEqual(swapped.value, new Map([['__proto__', new Map([['polluted', true]])]]));
    assert.deepEqual(victim.eventTypes(), ['fresh', 'fresh']);
    await isUnharmed();
  });
}
