// @ts-check

import '../../js/index.js';
import { makeWebSocketDialNetLayer } from '../../js/netlayers/websocket-dial.js';
import { makeWebSocketNetLayer } from '../../js/netlayers/websocket.js';
import { findPort, makeHandlers, toBytes, toText, until } from './fixtures/netlayer-kit.js';
import { challengeOf, dialBare, serve, start, urlOf } from './fixtures/websocket-kit.js';

import assert from 'node:assert/strict';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

/**
 * @import { TestContext } from 'node:test'
 * @import { OcapnLocation } from '../../js/index.js'
 */

const KEY = 'ocapn:netlayer/websocket/key';
const ADDRESS = 'ocapn:netlayer/websocket/address';

/**
 * Two netlayers and an open connection between them.
 *
 * @param {TestContext} t
 * @param {Parameters<typeof start>[1]} [options]
 */
const pair = async (t, options) => {
  const a = await start(t, options);
  const b = await start(t, options);
  const out = a.netlayer.connect(b.netlayer.location);
  await until(() => a.seen.established.length === 1, 'the connection');
  return { a, b, out, into: b.seen.connections[0] };
};

/** A key of a test's own, with its designator. */
const makeKey = () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const bytes = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  let bits = [...bytes].map(byte => byte.toString(2).padStart(8, '0')).join('');
  bits = bits.padEnd(260, '0');
  const designator = (bits.match(/.{5}/g) ?? []).map(five => 'abcdefghijklmnopqrstuvwxyz234567'[parseInt(five, 2)]).join('');
  return { designator, publicKey, privateKey };
};

/**
 * @param {Buffer} challenge
 * @param {Buffer} signature
 */
const envelope = (challenge, signature) =>
  Buffer.concat([
    Buffer.from("<17'desc:sig-envelope"), challenge, Buffer.from("[7'sig-val[5'eddsa[1'r32:"), signature.subarray(0, 32),
    Buffer.from("][1's32:"), signature.subarray(32), Buffer.from(']]]>'),
  ]);

/**
 * @param {string} designator
 * @param {string} url
 * @returns {OcapnLocation}
 */
const at = (designator, url) => ({ type: 'ocapn-peer', transport: 'websocket', designator, hints: { url } });

test('the netlayer has the shape of the contract', async t => {
  const { netlayer, seen } = await start(t);
  const { location } = netlayer;
  assert.deepEqual({ ...location }, { ...at(location.designator, urlOf(location)) });
  assert.match(location.designator, /^[a-z2-7]{52}$/);
  assert.match(urlOf(location), /^ws:\/\/127\.0\.0\.1:[0-9]+$/);
  assert.equal(netlayer.locationId, `ocapn://${location.designator}.websocket?url=${encodeURIComponent(urlOf(location))}`);
  assert.deepEqual([netlayer.authenticates, netlayer.framed, netlayer.maxFrame], ['dialled', true, 16 << 20]);
  assert.ok(Object.isFrozen(netlayer) && Object.isFrozen(location) && Object.isFrozen(location.hints));
  assert.equal(netlayer._debug.designatorPublicKey.length, 32);
  assert.deepEqual(seen.errors, []);
  const other = await start(t, { specifiedUrl: 'wss://example.org/ocapn', specifiedHostname: 'localhost' });
  assert.equal(urlOf(other.netlayer.location), 'wss://example.org/ocapn');
  assert.notEqual(other.netlayer.location.designator, location.designator);
});

test('messages there and back are whole, in order, and of their own', async t => {
  const { a, b, out, into } = await pair(t, { onMessage: (to, data) => !to.isOutgoing && to.write(data.slice()) });
  assert.deepEqual([out.isOutgoing, into.isOutgoing], [true, false]);
  assert.deepEqual([out.netlayer, into.netlayer], [a.netlayer, b.netlayer]);
  const big = new Uint8Array(5_000_000).map((_, index) => (index * 31) >> 3);
  out.write(toBytes('before'));
  out.write(big);
  out.write(toBytes('after'));
  await until(() => a.seen.messages.length === 3, 'the echoes');
  const [first, second, third] = a.seen.messages;
  assert.deepEqual([toText(first.data), toText(third.data)], ['before', 'after']);
  assert.ok(Buffer.from(big).equals(second.data));
  assert.deepEqual([first.connection, first.data.constructor, first.data.byteOffset], [out, Uint8Array, 0]);
  assert.deepEqual([a.seen.errors, b.seen.errors], [[], []]);
});

test('the server signs the challenge as it was received', async t => {
  const { netlayer, seen } = await start(t);
  const { socket, messages } = await dialBare(netlayer);
  const challenge = challengeOf(7);
  socket.send(challenge);
  await until(() => messages.length === 1, 'the answer');
  const [answer] = messages;
  const r = answer.indexOf("[1'r32:") + 7;
  const s = answer.indexOf("[1's32:") + 7;
  const signature = Buffer.concat([answer.subarray(r, r + 32), answer.subarray(s, s + 32)]);
  assert.ok(answer.equals(envelope(challenge, signature)));
  const x = Buffer.from(netlayer._debug.designatorPublicKey).toString('base64url');
  assert.ok(verify(null, challenge, { key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }, signature));
  assert.equal(seen.connections.length, 1);
  socket.send(toBytes('hello'));
  await until(() => seen.messages.length === 1, 'what follows');
});

test('the dialler waits for the proof before it says anything', async t => {
  const key = makeKey();
  /** @type {string[]} */
  const heard = [];
  const url = await serve(t, async (challenge, socket) => {
    socket.on('message', data => heard.push(data.toString()));
    await sleep(30);
    assert.deepEqual(heard, []);
    assert.match(challenge.toString('latin1'), /^<14'init:peer-auth32:.{32}>$/s);
    socket.send(envelope(challenge, sign(null, challenge, key.privateKey)));
  });
  const { netlayer, seen } = await start(t);
  const connection = netlayer.connect(at(key.designator, url));
  connection.write(toBytes('hello'));
  assert.deepEqual(seen.established, []);
  await until(() => heard.length === 1, 'the message');
  assert.deepEqual([heard, seen.established], [['hello'], [connection]]);
});

test('whoever does not hold the key of the designator is PEER_CHANGED, and hears nothing', async t => {
  const { netlayer, seen } = await start(t);
  const key = makeKey();
  /** @type {Buffer | undefined} */
  let replayed;
  const wasAnswered = () => replayed !== undefined;
  /** @type {Record<string, (challenge: Buffer) => Buffer>} */
  const answers = {
    'another key': challenge => envelope(challenge, sign(null, challenge, makeKey().privateKey)),
    'of another nonce': challenge => {
      const other = challengeOf(1);
      return envelope(challenge, sign(null, other, key.privateKey));
    },
    'an answer to another nonce': () => envelope(challengeOf(1), sign(null, challengeOf(1), key.privateKey)),
    'replayed': challenge => {
      replayed ??= envelope(challenge, sign(null, challenge, key.privateKey));
      return replayed;
    },
    'without the record': challenge => envelope(challenge, sign(null, challenge.subarray(21, 53), key.privateKey)),
    'longer': challenge => Buffer.concat([envelope(challenge, sign(null, challenge, key.privateKey)), Buffer.from('>')]),
    'shorter': challenge => envelope(challenge, sign(null, challenge, key.privateKey)).subarray(0, -1),
    'junk': () => Buffer.from('junk'),
    'empty': () => Buffer.alloc(0),
  };
  for (const [name, answer] of Object.entries(answers)) {
    /** @type {unknown[]} */
    const heard = [];
    const url = await serve(t, (challenge, socket) => {
      socket.on('message', data => heard.push(data));
      socket.send(answer(challenge));
    });
    if (name === 'replayed') {
      netlayer.connect(at(key.designator, url));
      await until(wasAnswered, 'a good answer');
    }
    const before = seen.closes.length;
    const connection = netlayer.connect(at(key.designator, url));
    connection.write(toBytes('secret'));
    await until(() => seen.closes.length > before, name);
    assert.equal(seen.closes[before].reason.code, 'PEER_CHANGED', name);
    assert.equal(seen.closes[before].connection, connection);
    assert.ok(connection.isDestroyed);
    await sleep(5);
    assert.deepEqual(heard, [], name);
  }
  assert.deepEqual(seen.messages, []);
});

test('two netlayers: each is reached by its own designator only', async t => {
  const { netlayer, seen } = await start(t);
  const b = await start(t);
  const c = await start(t);
  netlayer.connect({ ...b.netlayer.location, hints: c.netlayer.location.hints });
  await until(() => seen.closes.length === 1, 'the refusal');
  assert.equal(seen.closes[0].reason.code, 'PEER_CHANGED');
  assert.equal(seen.messages.length, 0);
});

test('junk before the challenge closes its connection, makes none, and harms no other', async t => {
  const { netlayer, seen } = await start(t);
  const good = await dialBare(netlayer);
  good.socket.send(challengeOf(1));
  const right = challengeOf(2);
  const junk = [
    Buffer.from('junk'), Buffer.alloc(0), right.subarray(0, -1), Buffer.concat([right, right]), Buffer.from("<14'init:peer-auth0:>"),
    Buffer.from("<14'init:peer-auth032:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx>"), Buffer.from("<14'init:peer-auth3:abc]"),
    Buffer.from("<15'init:peer-auth 3:abc>"), Buffer.concat([Buffer.from("<14'init:peer-auth1500:"), Buffer.alloc(1500), Buffer.from('>')]),
    Buffer.from("<16'op:start-session3:1.0>"), 'text', right.toString('latin1'), Buffer.alloc(100_000),
  ];
  for (const message of junk) {
    const { socket, messages, state } = await dialBare(netlayer);
    socket.send(message);
    await until(() => state.closed, 'the close');
    assert.equal(state.closed, 4000);
    assert.deepEqual(messages, []);
  }
  const plain = net.connect(Number(new URL(urlOf(netlayer.location)).port), '127.0.0.1');
  plain.end('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const said = await new Promise(resolve => plain.once('data', resolve));
  assert.match(String(said), /^HTTP\/1\.1 426 /);
  good.socket.send(toBytes('still here'));
  await until(() => seen.messages.length === 1, 'the other connection');
  assert.deepEqual([seen.connections.length, seen.closes, seen.errors], [1, [], []]);
});

test('a peer that never says who it wants to talk to is closed', async t => {
  const { netlayer, seen } = await start(t, { authTimeout: 40 });
  const { state } = await dialBare(netlayer);
  await until(() => state.closed, 'the close');
  assert.equal(seen.connections.length, 0);
});

test('text, and a message over maxFrame, close their connection, and no other', async t => {
  const { netlayer, seen } = await start(t, { maxFrame: 5000 });
  const peers = await Promise.all([1, 2, 3].map(() => dialBare(netlayer)));
  for (const { socket, messages } of peers) {
    socket.send(challengeOf(1));
    await until(() => messages.length === 1, 'the answer');
  }
  const [good, texter, oversized] = peers;
  good.socket.send(Buffer.alloc(5000));
  texter.socket.send('text');
  await until(() => seen.closes.length === 1, 'the first close');
  oversized.socket.send(Buffer.alloc(5001));
  await until(() => seen.closes.length === 2, 'the second close');
  assert.deepEqual(seen.closes.map(({ reason }) => reason.code), ['MALFORMED_MESSAGE', 'LIMIT_EXCEEDED']);
  assert.deepEqual(seen.closes.map(({ connection }) => seen.connections.indexOf(connection)), [1, 2]);
  good.socket.send(toBytes('go on'));
  await until(() => seen.messages.length === 2, 'the other connection');
  await until(() => oversized.state.closed, 'the peer hears why');
  assert.equal(oversized.state.closed, 1009);
});

test('the dialled side may send no more than maxFrame, and no text either', async t => {
  const a = await start(t, { maxFrame: 5000 });
  const key = makeKey();
  for (const [message, code] of /** @type {const} */ ([[Buffer.alloc(5001), 'LIMIT_EXCEEDED'], ['text', 'MALFORMED_MESSAGE']])) {
    const url = await serve(t, (challenge, socket) => {
      socket.send(envelope(challenge, sign(null, challenge, key.privateKey)));
      socket.send(message);
    });
    a.netlayer.connect(at(key.designator, url));
    await until(() => a.seen.closes.length === 1, 'the close');
    assert.equal(a.seen.closes.pop()?.reason.code, code);
  }
});

test('a peer that does not read is given up', async t => {
  const { netlayer, seen } = await start(t, { maxUnsent: 1_000_000 });
  const { socket } = await dialBare(netlayer);
  socket.send(challengeOf(1));
  await until(() => seen.connections.length === 1, 'the connection');
  socket.pause();
  const [connection] = seen.connections;
  for (let i = 0; i < 40 && !seen.closes.length; i += 1) {
    connection.write(new Uint8Array(1_000_000));
    await sleep(1);
  }
  assert.equal(seen.closes[0]?.reason.code, 'LIMIT_EXCEEDED');
  socket.terminate();
});

test('a peer that stops answering pings is cut; one that never answered any is not', async t => {
  const { netlayer, seen } = await start(t, { pingInterval: 20 });
  const [live, mute, dead] = await Promise.all([undefined, { autoPong: false }, { autoPong: false }].map(it => dialBare(netlayer, it)));
  dead.socket.once('ping', data => dead.socket.pong(data));
  for (const { socket } of [live, mute, dead]) {
    socket.send(challengeOf(1));
    await until(() => seen.connections.length === [live, mute, dead].findIndex(it => it.socket === socket) + 1, 'a connection');
  }
  await until(() => seen.closes.length, 'the cut');
  await sleep(60);
  assert.deepEqual(seen.closes.map(({ connection, reason }) => [seen.connections.indexOf(connection), reason.code]), [[2, 'CONNECTION_CLOSED']]);
});

test('a close, an end and a shutdown are told once, and what was written arrives', async t => {
  const { a, b, out, into } = await pair(t);
  out.write(toBytes('last words'));
  out.end();
  out.write(toBytes('too late'));
  await until(() => a.seen.closes.length && b.seen.closes.length, 'both closes');
  assert.deepEqual(b.seen.messages.map(({ data }) => toText(data)), ['last words']);
  assert.deepEqual([a.seen.closes, b.seen.closes], [[{ connection: out, reason: undefined }], [{ connection: into, reason: undefined }]]);
  const again = a.netlayer.connect(b.netlayer.location);
  await until(() => b.seen.connections.length === 2, 'another connection');
  const began = Date.now();
  await Promise.all([b.netlayer.shutdown(), b.netlayer.shutdown()]);
  assert.ok(Date.now() - began < 900);
  await until(() => a.seen.closes.length === 2, 'the close');
  assert.equal(a.seen.closes[1].connection, again);
  a.netlayer.connect(b.netlayer.location);
  await until(() => a.seen.closes.length === 3, 'the failure');
  assert.equal(a.seen.closes[2].reason.code, 'DIAL_FAILED');
  assert.throws(() => b.netlayer.connect(a.netlayer.location), { code: 'SHUT_DOWN' });
  assert.deepEqual([a.seen.errors, b.seen.errors], [[], []]);
});

test('what cannot be dialled is NOT_DIALABLE at once', async t => {
  const { netlayer } = await start(t);
  const good = at(makeKey().designator, 'ws://127.0.0.1:1');
  /** @type {Array<Partial<OcapnLocation>>} */
  const wrongs = [
    { transport: 'tcp-testing-only' }, { hints: false }, { hints: {} }, { hints: { url: '' } },
    { hints: { url: 'http://127.0.0.1' } }, { hints: { url: 'ws://a@127.0.0.1' } }, { hints: { url: 'ws://127.0.0.1/#x' } },
    { hints: { url: `ws://127.0.0.1/${'x'.repeat(2048)}` } }, { designator: '' }, { designator: 'aaaa' },
    { designator: good.designator.toUpperCase() }, { designator: `${good.designator}====` }, { designator: `${good.designator.slice(0, -1)}b` },
  ];
  for (const wrong of wrongs) {
    assert.throws(() => netlayer.connect({ ...good, ...wrong }), { code: 'NOT_DIALABLE' }, JSON.stringify(wrong));
  }
});

test('key, host and port are taken from the baggage again; the key stays at another port', async t => {
  /** @type {Map<string, Uint8Array>} */
  const baggage = new Map();
  const first = await start(t, { baggage, specifiedHostname: 'localhost' });
  const { location } = first.netlayer;
  await assert.rejects(makeWebSocketNetLayer({ handlers: makeHandlers().handlers, baggage }), { code: 'API_MISUSE' });
  const labelled = await start(t, { baggage, label: 'b/ö' });
  assert.notEqual(labelled.netlayer.location.designator, location.designator);
  await first.netlayer.shutdown();
  const kept = new Map(baggage);
  const second = await start(t, { baggage });
  assert.deepEqual([second.netlayer.location, baggage], [location, kept]);
  await second.netlayer.shutdown();
  const moved = await start(t, { baggage, specifiedPort: await findPort() });
  assert.equal(moved.netlayer.location.designator, location.designator);
  assert.notDeepEqual(moved.netlayer.location, location);
  await moved.netlayer.shutdown();
  assert.deepEqual((await start(t, { baggage })).netlayer.location, moved.netlayer.location);
  const prefix = 'ocapn:netlayer/websocket/';
  assert.deepEqual([...baggage.keys()].sort(), [ADDRESS, `${prefix}b%2F%C3%B6/address`, `${prefix}b%2F%C3%B6/key`, KEY]);
});

test('a kept port in use is PORT_IN_USE, and frees the key', async t => {
  const baggage = new Map();
  const { netlayer } = await start(t, { baggage });
  const copy = new Map(baggage);
  await assert.rejects(start(t, { baggage: copy }), { code: 'PORT_IN_USE' });
  await netlayer.shutdown();
  assert.deepEqual((await start(t, { baggage: copy })).netlayer.location, netlayer.location);
});

test('any damage to a record is STORE_DAMAGED, naming the key', async t => {
  const baggage = new Map();
  await (await start(t, { baggage })).netlayer.shutdown();
  const kept = new Map(baggage);
  for (const key of [KEY, ADDRESS]) {
    const good = kept.get(key);
    for (let at = 0; at < good.length; at += 1) {
      const bad = good.slice();
      bad[at] ^= 1;
      baggage.set(key, bad);
      await assert.rejects(start(t, { baggage }), error => {
        assert.match(/** @type {any} */ (error).code, /^STORE_(DAMAGED|NEWER)$/);
        return String(error).includes(key);
      });
    }
    for (const bad of ['text', good.subarray(1), new Uint8Array(), kept.get(key === KEY ? ADDRESS : KEY)]) {
      baggage.set(key, bad);
      await assert.rejects(start(t, { baggage }), { code: 'STORE_DAMAGED' });
    }
    baggage.set(key, good);
  }
  await start(t, { baggage });
});

test('nothing is said before the key is durable, and a store that fails is STORE_FAILED', async t => {
  const committed = new Map();
  /** @type {() => void} */
  let release = () => {};
  const baggage = Object.assign(new Map(), {
    commit: () =>
      new Promise(resolve => {
        release = () => {
          baggage.forEach((value, key) => committed.set(key, value));
          resolve(undefined);
        };
      }),
  });
  let isThere = false;
  const starting = start(t, { baggage }).then(it => {
    isThere = true;
    return it;
  });
  for (const count of [1, 2]) {
    await until(() => baggage.size === count, 'a write');
    await sleep(5);
    assert.ok(!isThere);
    release();
  }
  const { netlayer } = await starting;
  assert.equal(committed.size, 2);
  assert.match(netlayer.location.designator, /^[a-z2-7]{52}$/);
  const failing = Object.assign(new Map(), { commit: () => Promise.reject(Error('full')) });
  await assert.rejects(start(t, { baggage: failing }), { code: 'STORE_FAILED' });
});

test('a server of the host takes the connections, and stays open', async t => {
  const server = http.createServer((_, response) => response.end('a page'));
  await new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  t.after(() => server.close());
  const url = `ws://127.0.0.1:${Object(server.address()).port}/ocapn`;
  const b = await start(t, { server, specifiedUrl: url });
  assert.equal(urlOf(b.netlayer.location), url);
  const a = await start(t);
  a.netlayer.connect(b.netlayer.location).write(toBytes('hello'));
  await until(() => b.seen.messages.length === 1, 'the message');
  await b.netlayer.shutdown();
  assert.ok(server.listening);
  assert.equal(await (await fetch(url.replace('ws:', 'http:'))).text(), 'a page');
  await assert.rejects(start(t, { server }), { code: 'API_MISUSE' });
});

test('options that mean nothing are refused', async t => {
  for (const options of [
    { maxFrame: 0 }, { maxUnsent: 1.5 }, { authTimeout: 0 }, { pingInterval: -1 }, { specifiedPort: 65536 },
    { specifiedUrl: 'http://example.org' }, { label: '\ud800', baggage: new Map() }, { random: () => new Uint8Array(31) },
  ]) {
    await assert.rejects(start(t, options), { code: 'API_MISUSE' });
  }
});

test('the dialling half needs nothing of Node', () => {
  /** @type {Set<string>} */
  const seen = new Set();
  const visit = (/** @type {string} */ url) => {
    if (!seen.has(url)) {
      seen.add(url);
      const source = fs.readFileSync(new URL(url), 'utf8').replace(/\/\*.*?\*\//gs, '');
      for (const [, specifier] of source.matchAll(/^(?:import|export)[^;]*?'([^']+)';/gm)) {
        assert.doesNotMatch(specifier, /^node:|^ws$/, url);
        if (specifier.startsWith('.')) {
          visit(new URL(specifier, url).href);
        }
      }
      if (url.includes('/netlayers/')) {
        assert.doesNotMatch(source, /\b(?:Buffer|process)\b/, url);
      }
    }
  };
  visit(new URL('../../js/netlayers/websocket-dial.js', import.meta.url).href);
  assert.ok(seen.size > 10);
});

test('who can only dial has a designator of its own, kept, and no hints', async t => {
  const { netlayer: there, seen } = await start(t, { onMessage: (to, data) => to.write(data.slice()) });
  const baggage = new Map();
  const dialler = async () => {
    const kit = makeHandlers();
    const { handlers, logger } = kit;
    const netlayer = await makeWebSocketDialNetLayer({ handlers, logger, baggage, WebSocket: /** @type {any} */ (WebSocket) });
    t.after(() => netlayer.shutdown());
    return { ...kit, netlayer };
  };
  const a = await dialler();
  assert.deepEqual(a.netlayer.location, { ...at(a.netlayer.location.designator, ''), hints: false });
  assert.deepEqual([a.netlayer.authenticates, a.netlayer.framed], ['dialled', true]);
  a.netlayer.connect(there.location).write(toBytes('hello'));
  await until(() => a.seen.messages.length === 1, 'the echo');
  await assert.rejects(dialler(), { code: 'API_MISUSE' });
  await a.netlayer.shutdown();
  await until(() => seen.closes.length === 1 && a.seen.closes.length === 1, 'the close');
  assert.throws(() => a.netlayer.connect(there.location), { code: 'SHUT_DOWN' });
  const again = await dialler();
  assert.deepEqual(again.netlayer.location, a.netlayer.location);
  await again.netlayer.shutdown();
  assert.equal((await start(t, { baggage })).netlayer.location.designator, a.netlayer.location.designator);
});
