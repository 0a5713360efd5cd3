// @ts-check

import { encodeSwissnum } from '../../../js/index.js';
import { makeVictim } from '../support/bystander.js';
import { makeTestPeer } from '../support/peer.js';
import { listenRaw } from '../support/raw-line.js';
import { abort, acceptRaw, deliver, exported, imported, startRaw } from '../support/raw-session.js';
import { bool, bytes, int, list, record, str, sym } from '../support/syrup.js';
import { outcome, within } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/**
 * Bugs of peers that no other test shows us not to have. `list.test.js` has all of them.
 */

/** A client with a session that it dialled, and the raw peer at the other end. @param {any} t */
const dialRawPeer = async t => {
  const peer = await makeTestPeer(t);
  const server = await listenRaw();
  t.after(() => server.close());
  const provided = peer.client.provideSession(server.peerLocation);
  const raw = await acceptRaw(await server.next(), server.location);
  return { peer, server, raw, bootstrap: (await provided).getBootstrap() };
};

test('the first question of a session may be a get: answer positions start at 1', async t => {
  const { raw, bootstrap } = await dialRawPeer(t);
  const got = E.get(bootstrap).name;
  const { fields } = await raw.line.expect('op:get');
  assert.deepEqual([fields[1], fields[2]], ['name', 1n]);
  const listen = await raw.line.expect('op:listen');
  raw.line.send(deliver(exported(listen.fields[1].fields[0]), [sym('fulfill'), str('it')]));
  assert.equal(await got, 'it');
});

test('answer position 0 is a position: a peer may call with it, and get with it', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  const session = await startRaw(victim.location);
  session.line.send(deliver(exported(0), [sym('fetch'), bytes(Buffer.from('greeter'))], { answer: 0 }));
  session.line.send(deliver(record('desc:answer', int(0)), [sym('greet'), str('you')], { resolver: 9 }));
  assert.equal((await session.line.expect('op:deliver')).fields[1][1], 'Hello you');
  session.line.send(record('op:gc-answers', list(int(0))));
  session.line.send(record('op:get', exported(0), str('x'), int(0)));
  assert.equal((await session.ask(await session.fetch('greeter'), sym('greet'), str('you'))).how, 'fulfill');
  await isUnharmed();
});

test('a label is a symbol: what is labelled with text, or with another word, is no message', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  const body = "<11'desc:export0+>[]ff>";
  for (const message of [
    `<10"op:deliver${body}`,
    `<10:op:deliver${body}`,
    "<10'op:deliver<11'desc:export0+>[]f<4'what5+>>",
    "<10'op:deliver<11'desc:export0+>[]f<11'desc:export5+>>",
    "<10'op:deliver<11'desc:export0+>[<4\"void>]ff>",
  ]) {
    const session = await startRaw(victim.location);
    const from = victim.events.all.length;
    session.line.send(Buffer.from(message));
    assert.equal(await session.line.ending(), 'internal error', message);
    assert.equal((await victim.events.waitFor(({ type }) => type === 'severed', 'the end', { from })).code, 'MALFORMED_MESSAGE', message);
  }
  await isUnharmed();
});

test('the reason of an abort in the handshake reaches whoever asked for the session', async t => {
  const peer = await makeTestPeer(t);
  const server = await listenRaw();
  t.after(() => server.close());
  const provided = outcome(peer.client.provideSession(server.peerLocation));
  const line = await server.next();
  await line.expect('op:start-session');
  line.send(abort('no room for you'));
  const { error, code } = await provided;
  assert.equal(code, 'PEER_ABORTED');
  assert.match(`${error.message} ${error.cause?.message}`, /no room for you/);
});

test('we are ourselves under any hints', async t => {
  const { client, location } = await makeTestPeer(t);
  const alias = { ...location, hints: { host: 'localhost', port: '1' } };
  await assert.rejects(within(client.provideSession(alias), 'the request ends'), { code: 'SELF_CONNECT' });
  client.registerSturdyRef('here', Far('here', { who: () => 'me' }));
  const here = await client.enlivenSturdyRef(client.makeSturdyRef(alias, encodeSwissnum('here')));
  assert.equal(await E(here).who(), 'me');
});

test('what was exported to one peer is not reachable by another', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  const friend = await startRaw(victim.location);
  const last = await friend.fetch('keeper');
  const stranger = await startRaw(victim.location);
  stranger.line.send(deliver(exported(last), [sym('given')], { resolver: 5 }));
  assert.equal(await stranger.line.ending(), 'internal error');
  assert.equal((await friend.ask(last, sym('given'))).value, 0);
  await isUnharmed();
});

test('our own hello, sent back to us, begins nothing', async t => {
  const peer = await makeTestPeer(t);
  const server = await listenRaw();
  t.after(() => server.close());
  const provided = outcome(peer.client.provideSession(server.peerLocation));
  const line = await server.next();
  const { bytes: hello } = await line.expect('op:start-session');
  line.send(hello);
  assert.equal((await provided).code, 'PEER_CHANGED');
  assert.deepEqual(peer.inspect().sessions, []);
});

test('errors say no more than their message: no stack, no names of methods, no swissnum', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  const session = await startRaw(victim.location);
  const waiter = await session.fetch('waiter');
  const failed = await session.ask(waiter, sym('fail'), str('too bad'));
  assert.deepEqual([failed.how, failed.value.label, failed.value.fields], ['break', 'desc:error', ['too bad']]);
  const missing = await session.ask(waiter, sym('nothing'));
  assert.doesNotMatch(missing.value.fields.join(), /never|later|fail/);
  const secret = 'secret-swissnum-0123456789';
  const unknown = await session.ask(0, sym('fetch'), bytes(Buffer.from(secret)));
  assert.equal(unknown.how, 'break');
  assert.doesNotMatch(unknown.value.fields.join(), /secret|736563726574/);
  await isUnharmed();
});

test('a resolver that is let go, or called in no known way, leaves nobody waiting', async t => {
  const { raw, bootstrap } = await dialRawPeer(t);
  const first = outcome(E(bootstrap).one());
  const { fields } = await raw.line.expect('op:deliver');
  raw.line.send(record('op:gc-exports', list(int(fields[3].fields[0])), list(int(1))));
  assert.equal((await first).code, 'LOST');
  const second = outcome(E(bootstrap).two());
  const { fields: asked } = await raw.line.expect('op:deliver');
  raw.line.send(deliver(exported(asked[3].fields[0]), [sym('settle'), bool(true)]));
  assert.equal((await second).code, 'MAY_HAVE_RUN');
  assert.equal(await raw.line.ending(), 'internal error');
});

test('an import at position 0 is the bootstrap object of its sender, and a resolver there is answered', async t => {
  const { victim, isUnharmed } = await makeVictim(t, 'syrup');
  const session = await startRaw(victim.location);
  session.line.send(deliver(exported(0), [sym('fetch'), bytes(Buffer.from('greeter'))], { resolver: 0 }));
  const { fields } = await session.line.expect('op:deliver');
  assert.deepEqual([fields[0].fields[0], fields[1][0]], [0n, Symbol.for('fulfill')]);
  session.line.send(deliver(exported(fields[1][1].fields[0]), [sym('echo'), imported(0)], { resolver: 3 }));
  const echoed = await session.line.expect('op:deliver');
  assert.deepEqual([echoed.fields[1][1].label, echoed.fields[1][1].fields[0]], ['desc:export', 0n]);
  await isUnharmed();
});
