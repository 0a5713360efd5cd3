// @ts-check

import { makeVictim } from '../support/bystander.js';
import { Identity } from '../support/identity.js';
import { listenRaw } from '../support/raw-line.js';
import { abort, acceptRaw, deliver, exported, someLocation } from '../support/raw-session.js';
import { str } from '../support/syrup.js';
import { outcome } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

/** @import { RawLocation } from '../support/identity.js' */
/** @import { RawLine, RawMessage } from '../support/raw-line.js' */

/** @typedef {(line: RawLine, location: RawLocation, hello: RawMessage) => unknown} Answer */

/** How a peer that was dialled answers, and what whoever asked for the session is told. @type {Array<[string, Answer, string]>} */
const answers = [
  ['closes', line => line.end(), 'CONNECTION_CLOSED'],
  ['resets', line => line.reset(), 'CONNECTION_CLOSED'],
  ['ends in the middle of its hello', (line, location) => line.socket.end(new Identity().startSession(location).subarray(0, 100)), 'CONNECTION_CLOSED'],
  ['says nothing', () => {}, 'HANDSHAKE_TIMEOUT'],
  ['says half of something', line => line.write(Buffer.from('3')), 'HANDSHAKE_TIMEOUT'],
  ['sends junk', line => line.send(Buffer.from('junk')), 'MALFORMED_MESSAGE'],
  ['calls before it says hello', line => line.send(deliver(exported(0), [])), 'PEER_MISBEHAVED'],
  ['resumes what never was', line => line.send(new Identity().resumeSession(Buffer.alloc(32), 1)), 'PEER_MISBEHAVED'],
  ['aborts', line => line.send(abort('no reason')), 'PEER_ABORTED'],
  ['does not like the version', line => line.send(abort('invalid-version')), 'VERSION_MISMATCH'],
  ['does not like us', line => line.send(abort('invalid-session-auth')), 'AUTH_REFUSED'],
  ['speaks another version', (line, location) => line.send(new Identity().startSession(location, { version: '9.9' })), 'VERSION_MISMATCH'],
  ['signs wrongly', (line, location) => line.send(new Identity().startSession(location, { signature: Buffer.alloc(64) })), 'PEER_CHANGED'],
  ['says that it is another', line => line.send(new Identity().startSession(someLocation())), 'PEER_CHANGED'],
  ['sends back our own hello', (line, _location, hello) => line.send(hello.bytes), 'PEER_CHANGED'],
];

for (const framing of /** @type {const} */ (['syrup', 'none'])) {
  test(`a peer that was dialled and misbehaves, framing '${framing}'`, async t => {
    const patient = await makeVictim(t, framing);
    const impatient = await makeVictim(t, framing, { client: { times: { handshake: 700 } } });
    for (const [name, answer, code] of answers) {
      await t.test(name, async () => {
        const { victim } = code === 'HANDSHAKE_TIMEOUT' ? impatient : patient;
        const server = await listenRaw({ framing });
        t.after(() => server.close());
        const provided = outcome(victim.client.provideSession(server.peerLocation));
        const line = await server.next();
        answer(line, server.location, await line.expect('op:start-session'));
        const { error } = await provided;
        assert.equal(error.code, code);
        // A new session with the same peer, at once.
        const again = victim.client.provideSession(server.peerLocation);
        const session = await acceptRaw(await server.next(), server.location);
        const [value] = await Promise.all([E((await again).getBootstrap()).hello(), session.answerNext(str('hello'))]);
        assert.equal(value, 'hello');
      });
    }
    for (const { victim, isUnharmed } of [patient, impatient]) {
      assert.equal(victim.inspect().handshakes, 0);
      await isUnharmed();
    }
  });
}

test('a peer that is not there, or cannot be dialled, is told of at once', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  const server = await listenRaw();
  server.close();
  const { error } = await outcome(victim.client.provideSession(server.peerLocation));
  assert.equal(error.code, 'DIAL_FAILED');
  assert.match(error.message, /^Connection closed during handshake: .*ECONNREFUSED 127\.0\.0\.1:[0-9]+/);
  assert.equal(error.cause.code, 'ECONNREFUSED');
  for (const hints of [{}, { host: '127.0.0.1', port: '65536' }, { host: '127.0.0.1', port: '0x10' }, /** @type {const} */ (false)]) {
    assert.equal((await outcome(victim.client.provideSession({ ...server.peerLocation, hints }))).code, 'NOT_DIALABLE');
  }
  const session = outcome(victim.client.provideSession({ ...server.peerLocation, transport: 'pigeon' }));
  assert.equal((await session).code, 'NO_NETLAYER');
  assert.equal((await outcome(victim.client.provideSession(/** @type {any} */ (victim.location)))).code, 'SELF_CONNECT');
  await isUnharmed();
});

test('a peer that speaks the other framing is told apart on both sides', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup', { client: { times: { handshake: 2000 } } });
  const other = await makeVictim(t, 'none', { client: { times: { handshake: 2000 } } });
  const there = await outcome(victim.client.provideSession(other.victim.location));
  const back = await outcome(other.victim.client.provideSession(victim.location));
  for (const { code } of [there, back]) assert.match(String(code), /MALFORMED_MESSAGE|CONNECTION_CLOSED|PEER_ABORTED|HANDSHAKE_TIMEOUT/);
  await isUnharmed();
  await other.isUnharmed();
});
