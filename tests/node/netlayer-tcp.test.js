// @ts-check

import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { makeTcpNetLayer } from '../../js/netlayers/tcp.js';
import { dialBare, makeHandlers, makeSniffer, toBytes, toText, until } from './fixtures/netlayer-kit.js';

/**
 * @import { TestContext } from 'node:test'
 * @import { Connection } from '../../js/netlayers/types.js'
 */

/** @typedef {Omit<Parameters<typeof makeTcpNetLayer>[0], 'handlers'>} Options */

/**
 * @param {TestContext} t
 * @param {Options & { onMessage?: (connection: Connection, data: Uint8Array) => void }} [options]
 */
const start = async (t, { onMessage, ...options } = {}) => {
  const kit = makeHandlers({ onMessage });
  const netlayer = await makeTcpNetLayer({ handlers: kit.handlers, logger: kit.logger, ...options });
  t.after(() => netlayer.shutdown());
  return { ...kit, netlayer };
};

/** @param {TestContext} t */
const sniff = async t => {
  const sniffer = await makeSniffer();
  t.after(() => sniffer.close());
  return sniffer;
};

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
  await until(() => b.seen.connections.length === 1, 'the connection');
  return { a, b, out, into: b.seen.connections[0] };
};

test('the netlayer has the shape of the contract', async t => {
  const { netlayer, seen } = await start(t, { specifiedDesignator: 'me' });
  const { location } = netlayer;
  assert.equal(location.type, 'ocapn-peer');
  assert.equal(location.transport, 'tcp-testing-only');
  assert.equal(location.designator, 'me');
  assert.match(Object(location.hints).port, /^[0-9]+$/);
  assert.equal(Object(location.hints).host, '127.0.0.1');
  assert.equal(netlayer.locationId, `ocapn://me.tcp-testing-only?host=127.0.0.1&port=${Object(location.hints).port}`);
  assert.deepEqual(
    [netlayer.authenticates, netlayer.framed, netlayer.trustClaims, netlayer.maxFrame],
    ['none', true, true, 16 << 20],
  );
  assert.ok(Object.isFrozen(netlayer) && Object.isFrozen(location) && Object.isFrozen(location.hints));
  const bare = await start(t, { framing: 'none', trustClaims: false });
  assert.deepEqual([bare.netlayer.framed, bare.netlayer.trustClaims], [false, false]);
  assert.deepEqual(seen.errors, []);
});

test('rejects unknown framing', async () => {
  const { handlers } = makeHandlers();
  const framing = /** @type {'none'} */ ('bogus');
  await assert.rejects(makeTcpNetLayer({ handlers, framing }), { code: 'API_MISUSE', message: /Unsupported framing/ });
});

test('the wire is length:payload with nothing after it', async t => {
  const { netlayer } = await start(t);
  const sniffer = await sniff(t);
  const connection = netlayer.connect(sniffer.location);
  connection.write(toBytes('<hello>'));
  connection.write(toBytes('again'));
  await until(() => sniffer.bytes().length >= 16, 'the bytes');
  assert.equal(sniffer.bytes().toString(), '7:<hello>5:again');
});

test('a message there and its echo back, as one call each', async t => {
  const { a, b, out, into } = await pair(t, { onMessage: (to, data) => !to.isOutgoing && to.write(data) });
  assert.deepEqual([out.isOutgoing, into.isOutgoing], [true, false]);
  assert.equal(out.netlayer, a.netlayer);
  assert.equal(into.netlayer, b.netlayer);
  out.write(toBytes('hello syrup'));
  await until(() => a.seen.messages.length, 'the echo');
  const [{ connection, data }] = a.seen.messages;
  assert.equal(connection, out);
  assert.equal(toText(data), 'hello syrup');
  assert.equal(data.constructor, Uint8Array);
  assert.deepEqual([data.byteOffset, data.buffer.byteLength], [0, 11]);
});

test('single bytes and joined frames are taken apart', async t => {
  const { netlayer, seen } = await start(t);
  const { socket } = await dialBare(netlayer);
  for (const char of '12:byte by byte') {
    socket.write(char);
    await sleep(1);
  }
  socket.write('3:one3:two3:th');
  await until(() => seen.messages.length === 3, 'the frames');
  assert.deepEqual(seen.messages.map(({ data }) => toText(data)), ['byte by byte', 'one', 'two']);
});

test('a frame of 5 MB arrives whole, both ways', async t => {
  const { a, out } = await pair(t, { onMessage: (to, data) => !to.isOutgoing && to.write(data) });
  const big = new Uint8Array(5_000_000).map((_, index) => (index * 31) >> 3);
  out.write(toBytes('before'));
  out.write(big);
  out.write(toBytes('after'));
  await until(() => a.seen.messages.length === 3, 'the echoes');
  assert.equal(toText(a.seen.messages[0].data), 'before');
  assert.ok(Buffer.from(big).equals(a.seen.messages[1].data));
  assert.equal(toText(a.seen.messages[2].data), 'after');
});

test('a frame over maxFrame closes its connection, and no other', async t => {
  const { netlayer, seen } = await start(t, { maxFrame: 1000 });
  const good = await dialBare(netlayer);
  const bad = await dialBare(netlayer);
  good.socket.write('2:ok');
  bad.socket.write('1001:');
  await until(() => bad.state.ended, 'the close');
  bad.socket.end();
  await until(() => seen.closes.length, 'the report');
  assert.equal(seen.closes[0].reason.code, 'LIMIT_EXCEEDED');
  assert.equal(seen.closes[0].connection, seen.connections[1]);
  good.socket.write('2:go');
  await until(() => seen.messages.length === 2, 'the other connection');
  assert.equal(seen.closes.length, 1);
});

test('junk closes its connection with MALFORMED_MESSAGE, and no other', async t => {
  const { netlayer, seen } = await start(t);
  const good = await dialBare(netlayer);
  for (const [index, junk] of ['GET / HTTP/1.1\r\n\r\n', '007:bonds', ':', '\x16\x03\x01', '2:ok<'].entries()) {
    const { socket, state } = await dialBare(netlayer);
    socket.write(Buffer.from(junk, 'latin1'));
    await until(() => state.ended, 'the close');
    socket.end();
    await until(() => seen.closes.length === index + 1, 'the report');
    assert.equal(seen.closes[index].reason.code, 'MALFORMED_MESSAGE');
  }
  good.socket.write('2:go');
  await until(() => seen.messages.length === 2, 'the good connection');
});

test('a stream that ends inside a frame is reported', async t => {
  const { netlayer, seen } = await start(t);
  const { socket } = await dialBare(netlayer);
  socket.end('10:half');
  await until(() => seen.closes.length, 'the close');
  assert.equal(seen.closes[0].reason.code, 'MALFORMED_MESSAGE');
  assert.equal(seen.connections[0].isDestroyed, true);
});

test('a handler that throws closes its connection, and no other', async t => {
  const { netlayer, seen } = await start(t, {
    onMessage: (_to, data) => {
      if (toText(data) === 'bad') {
        throw Error('a handler failed');
      }
    },
  });
  const bad = await dialBare(netlayer);
  const good = await dialBare(netlayer);
  bad.socket.end('3:bad4:more');
  await until(() => seen.closes.length, 'the close');
  assert.equal(seen.closes[0].reason.message, 'a handler failed');
  good.socket.write('4:good');
  await until(() => seen.messages.length === 2, 'the other connection');
  assert.equal(seen.errors.length, 1);
});

test('a reset is a close with a reason, once', async t => {
  const { netlayer, seen } = await start(t);
  const { socket } = await dialBare(netlayer);
  socket.write('2:ok');
  await until(() => seen.messages.length, 'the message');
  socket.resetAndDestroy();
  await until(() => seen.closes.length, 'the close');
  await sleep(20);
  assert.equal(seen.closes.length, 1);
  assert.equal(seen.closes[0].reason.code, 'CONNECTION_CLOSED');
  assert.equal(seen.closes[0].reason.cause.code, 'ECONNRESET');
  assert.equal(seen.connections[0].isDestroyed, true);
  seen.connections[0].write(toBytes('ignored'));
  assert.deepEqual(seen.errors, []);
});

test('a close is reported once to each side, whoever closes and however often', async t => {
  for (const first of ['out', 'into', 'both']) {
    const { a, b, out, into } = await pair(t);
    for (const connection of first === 'both' ? [out, into] : [first === 'out' ? out : into]) {
      connection.end();
      connection.end();
    }
    await until(() => a.seen.closes.length && b.seen.closes.length, 'the closes');
    await sleep(20);
    assert.deepEqual([a.seen.closes, b.seen.closes], [[{ connection: out, reason: undefined }], [{ connection: into, reason: undefined }]]);
    assert.ok(out.isDestroyed && into.isDestroyed);
    out.write(toBytes('ignored'));
    into.write(toBytes('ignored'));
  }
});

test('end() delivers what was written, though the peer goes on sending', async t => {
  const big = Buffer.alloc(3_000_000, 'b');
  const { netlayer, seen } = await start(t, {
    onMessage: to => {
      if (!to.isDestroyed) {
        to.write(big);
        to.write(toBytes("<8'op:abort>"));
        to.end();
        to.write(toBytes('too late'));
      }
    },
  });
  const { socket, state, bytes } = await dialBare(netlayer);
  const flood = setInterval(() => socket.write(`1000:${'x'.repeat(1000)}`), 1);
  t.after(() => clearInterval(flood));
  await until(() => state.ended, 'the end');
  clearInterval(flood);
  assert.ok(bytes().equals(Buffer.from(`3000000:${big}12:<8'op:abort>`)));
  assert.equal(seen.messages.length, 1);
  assert.equal(seen.closes.length, 0);
  socket.end();
  await until(() => seen.closes.length, 'the close');
});

test('what is written in the turn of the peer closing still reaches it', async t => {
  const { netlayer, seen } = await start(t, {
    onMessage: to => void Promise.resolve().then(() => to.write(toBytes('bye'))),
  });
  const { socket, bytes, state } = await dialBare(netlayer);
  socket.end('5:hello');
  await until(() => state.closed, 'the close');
  assert.equal(bytes().toString(), '3:bye');
  await until(() => seen.closes.length, 'the report');
  assert.equal(seen.closes[0].reason, undefined);
  assert.deepEqual(seen.errors, []);
});

test('a refused dial is a close with DIAL_FAILED', async t => {
  const { netlayer, seen } = await start(t);
  const gone = await makeSniffer();
  gone.close();
  const connection = netlayer.connect(gone.location);
  connection.write(toBytes('hello'));
  await until(() => seen.closes.length, 'the close');
  await sleep(20);
  assert.equal(seen.closes.length, 1);
  assert.equal(seen.closes[0].connection, connection);
  assert.equal(seen.closes[0].reason.code, 'DIAL_FAILED');
  assert.equal(seen.closes[0].reason.cause.code, 'ECONNREFUSED');
});

test('a location that cannot be dialled throws NOT_DIALABLE', async t => {
  const { netlayer, seen } = await start(t);
  const { location } = netlayer;
  /** @type {any[]} */
  const hints = [
    false, undefined, {}, { host: '127.0.0.1' }, { port: '1' }, { host: '', port: '1' }, { host: 7, port: '1' },
    ...['', '0', '-1', '65536', '1e3', '80x', ' 80', '0x50', '00080'].map(port => ({ host: '127.0.0.1', port })),
    { host: 'x'.repeat(300), port: '80' },
  ];
  for (const bad of hints) {
    assert.throws(() => netlayer.connect({ ...location, hints: bad }), { code: 'NOT_DIALABLE' }, JSON.stringify(bad));
  }
  assert.throws(() => netlayer.connect({ ...location, transport: 'onion' }), { code: 'NOT_DIALABLE', message: /onion/ });
  assert.deepEqual(seen.connections, []);
});

test('each dial is a new socket, and the debug one shows it', async t => {
  const { netlayer, seen } = await start(t);
  const sniffer = await sniff(t);
  const first = netlayer.connect(sniffer.location);
  const second = netlayer.connect(sniffer.location);
  const { connection, socket } = netlayer._debug.establishConnection(sniffer.location);
  await until(() => sniffer.sockets.length === 3, 'three sockets');
  assert.equal(new Set([first, second, connection]).size, 3);
  socket.destroy();
  await until(() => seen.closes.length, 'the close');
  assert.equal(seen.closes[0].connection, connection);
});

test('the messages of a turn, its promise jobs included, are one write', async t => {
  const { netlayer } = await start(t);
  const sniffer = await sniff(t);
  const { connection, socket } = netlayer._debug.establishConnection(sniffer.location);
  let writes = 0;
  const write = socket.write.bind(socket);
  socket.write = /** @type {typeof socket.write} */ (
    (/** @type {Uint8Array} */ bytes) => {
      writes += 1;
      return write(bytes);
    }
  );
  for (let index = 0; index < 100; index += 1) {
    connection.write(toBytes(`m${index}`));
  }
  await null;
  await null;
  connection.write(toBytes('last'));
  const expected = Array.from({ length: 100 }, (_, index) => `m${index}`)
    .concat('last')
    .map(text => `${text.length}:${text}`)
    .join('');
  await until(() => sniffer.bytes().length >= expected.length, 'the messages');
  assert.equal(sniffer.bytes().toString(), expected);
  assert.equal(writes, 1);
});

test('order is kept between short and long messages', async t => {
  const { b, out } = await pair(t);
  /** @type {string[]} */
  const sent = [];
  for (let index = 0; index < 3000; index += 1) {
    const size = [3, 4000, 4095, 4096, 20, 9000, 70_000][index % 7];
    const text = `${index}.`.padEnd(size, 'x');
    sent.push(text);
    out.write(toBytes(text));
    if (index % 50 === 0) {
      await sleep(1);
    }
  }
  await until(() => b.seen.messages.length === sent.length, 'all messages');
  assert.ok(b.seen.messages.every(({ data }, index) => toText(data) === sent[index]));
});

test('short messages are copied by write()', async t => {
  const { a, b, out } = await pair(t);
  const memory = new Uint8Array(10_000);
  const limit = Number(a.netlayer.copiesBelow);
  for (const size of [1, 100, limit - 1]) {
    memory.fill(size % 256);
    out.write(memory.subarray(50, 50 + size));
  }
  memory.fill(0);
  await until(() => b.seen.messages.length === 3, 'the messages');
  assert.ok(b.seen.messages.every(({ data }) => data.every(byte => byte === data.length % 256)));
});

test("framing 'none' passes bytes as they are, each message by itself", async t => {
  const { netlayer, seen } = await start(t, { framing: 'none' });
  const { socket, bytes } = await dialBare(netlayer);
  socket.write("<8'op:abort");
  await until(() => seen.messages.length, 'a chunk');
  socket.write('>');
  await until(() => seen.messages.length === 2, 'the rest');
  assert.deepEqual(seen.messages.map(({ data }) => toText(data)), ["<8'op:abort", '>']);
  assert.ok(seen.messages.every(({ data }) => data.byteOffset === 0 && data.constructor === Uint8Array));
  seen.connections[0].write(toBytes('<a>'));
  seen.connections[0].write(toBytes('<b>'));
  seen.connections[0].end();
  await until(() => bytes().length === 6, 'the answer');
  assert.equal(bytes().toString(), '<a><b>');
});

test('write latency delays, keeps order, and end() waits for it', async t => {
  const { b, out } = await pair(t, { writeLatencyMs: 30 });
  const started = performance.now();
  out.write(toBytes('one'));
  await sleep(5);
  out.write(new Uint8Array(100_000));
  out.write(toBytes('three'));
  out.end();
  await until(() => b.seen.closes.length, 'the close');
  assert.ok(performance.now() - started >= 29);
  assert.deepEqual(b.seen.messages.map(({ data }) => data.length), [3, 100_000, 5]);
});

test('shutdown closes every socket and frees the port', async t => {
  const { a, b, out } = await pair(t);
  out.write(toBytes('written before'));
  const { host, port } = Object(a.netlayer.location.hints);
  await a.netlayer.shutdown();
  await a.netlayer.shutdown();
  await until(() => b.seen.closes.length && a.seen.closes.length, 'the closes');
  assert.equal(toText(b.seen.messages[0].data), 'written before');
  assert.throws(() => a.netlayer.connect(b.netlayer.location), { code: 'SHUT_DOWN' });
  const server = net.createServer();
  await new Promise(resolve => {
    server.listen(Number(port), host, () => resolve(undefined));
  });
  server.close();
});

test('shutdown during a dial ends the dial', async t => {
  const { netlayer, seen } = await start(t);
  netlayer.connect({ ...netlayer.location, designator: 'far', hints: { host: '192.0.2.1', port: '9' } });
  await netlayer.shutdown();
  await until(() => seen.closes.length, 'the close');
});

test('a client that refuses a connection closes it', async t => {
  const { handlers } = makeHandlers();
  const refusing = {
    ...handlers,
    makeConnection: () => {
      throw Error('no room');
    },
  };
  const netlayer = await makeTcpNetLayer({ handlers: refusing });
  t.after(() => netlayer.shutdown());
  const { state } = await dialBare(netlayer);
  await until(() => state.closed || state.ended, 'the close');
  assert.throws(() => netlayer.connect({ ...netlayer.location, designator: 'other' }), /no room/);
});

describe('peers that are slow to read or to close', { concurrency: true }, () => {
  test('a slow peer that goes on reading gets all of it after end()', async t => {
    const { netlayer, seen } = await start(t);
    const { socket, bytes } = await dialBare(netlayer);
    await until(() => seen.connections.length, 'the connection');
    seen.connections[0].write(Buffer.alloc(9_000_000));
    seen.connections[0].end();
    for (let pause = 0; pause < 4; pause += 1) {
      socket.pause();
      await sleep(700);
      socket.resume();
      await sleep(1);
    }
    await until(() => bytes().length === 9_000_008, 'all of it');
    socket.end();
  });

  test('a peer that does not read is given up when too much waits for it', async t => {
    const { netlayer, seen } = await start(t, { maxUnsent: 1_000_000 });
    const { socket } = await dialBare(netlayer);
    socket.pause();
    await until(() => seen.connections.length, 'the connection');
    const [connection] = seen.connections;
    const started = performance.now();
    while (seen.closes.length === 0) {
      connection.write(new Uint8Array(200_000));
      await sleep(1);
      assert.ok(performance.now() - started < 5000);
    }
    assert.equal(seen.closes[0].reason.code, 'LIMIT_EXCEEDED');
    connection.write(new Uint8Array(10));
    socket.destroy();
  });

  test('a peer that never closes is cut off some time after end()', async t => {
    const { netlayer, seen } = await start(t);
    const { socket } = await dialBare(netlayer);
    socket.pause();
    await until(() => seen.connections.length, 'the connection');
    seen.connections[0].write(Buffer.alloc(10_000_000));
    seen.connections[0].end();
    await until(() => seen.closes.length, 'the close');
    socket.destroy();
  });
});
