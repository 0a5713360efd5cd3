// @ts-check

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { makeHandlers, toBytes, toText, until } from './fixtures/netlayer-kit.js';

/** @import { Connection } from '../../js/netlayers/types.js' */

/** @param {ReturnType<typeof makeHandlers>} kit */
const optionsOf = ({ handlers, logger }) => ({ handlers, logger });

/**
 * @param {object} [options]
 * @param {(connection: Connection, data: Uint8Array) => void} [options.onMessage] at b
 */
const makePair = async ({ onMessage } = {}) => {
  const network = makeMemoryNetwork();
  const a = makeHandlers();
  const b = makeHandlers({ onMessage });
  const netlayerA = network.makeNetLayer({ ...optionsOf(a), designator: 'a' });
  const netlayerB = network.makeNetLayer({ ...optionsOf(b), designator: 'b' });
  const out = netlayerA.connect(netlayerB.location);
  await sleep(1);
  const [into] = b.seen.connections;
  const texts = () => b.seen.messages.map(({ data }) => toText(data));
  return { network, a, b, netlayerA, netlayerB, out, into, texts };
};

test('the netlayer has the shape of the contract', () => {
  const network = makeMemoryNetwork({ transport: 'other' });
  const netlayer = network.makeNetLayer({ ...optionsOf(makeHandlers()), designator: 'a', authenticates: 'dialled', trustClaims: false });
  assert.deepEqual(netlayer.location, { type: 'ocapn-peer', transport: 'other', designator: 'a', hints: {} });
  assert.equal(netlayer.locationId, 'ocapn://a.other');
  assert.deepEqual([netlayer.authenticates, netlayer.framed, netlayer.trustClaims], ['dialled', true, false]);
  assert.ok(Object.isFrozen(netlayer) && Object.isFrozen(netlayer.location));
  assert.throws(() => network.makeNetLayer({ ...optionsOf(makeHandlers()), designator: 'a' }), { code: 'API_MISUSE' });
  assert.notEqual(network.makeNetLayer(optionsOf(makeHandlers())).locationId, network.makeNetLayer(optionsOf(makeHandlers())).locationId);
});

test('messages arrive later, whole, in order, and as copies', async () => {
  const { a, b, out, into, texts } = await makePair();
  const memory = Buffer.from('xxx');
  for (const text of ['one', 'two', 'six']) {
    memory.write(text);
    out.write(memory);
  }
  assert.deepEqual(texts(), []);
  await null;
  assert.deepEqual(texts(), ['one', 'two', 'six']);
  const [{ connection, data }] = b.seen.messages;
  assert.equal(connection, into);
  assert.deepEqual([data.constructor, data.byteOffset, data.buffer.byteLength], [Uint8Array, 0, 3]);
  into.write(toBytes('back'));
  await null;
  assert.equal(toText(a.seen.messages[0].data), 'back');
  assert.deepEqual([out.isOutgoing, into.isOutgoing], [true, false]);
});

test('what is written before the other side knows of the dial arrives', async () => {
  const { network, b, netlayerA, netlayerB, texts } = await makePair();
  const second = netlayerA.connect(netlayerB.location);
  second.write(toBytes('early'));
  second.end();
  await sleep(1);
  assert.deepEqual(texts(), ['early']);
  assert.equal(b.seen.closes.length, 1);
  assert.deepEqual(network.connections(), [{ id: 1, from: 'a', to: 'b' }]);
});

test('a close is told once to each side, after what was written', async () => {
  for (const who of ['out', 'into', 'both']) {
    const { network, a, b, out, into, texts } = await makePair();
    out.write(toBytes('last'));
    for (const connection of who === 'both' ? [out, into] : [who === 'out' ? out : into]) {
      connection.end();
      connection.end();
      connection.write(toBytes('ignored'));
    }
    await sleep(1);
    assert.deepEqual(texts(), who === 'out' ? ['last'] : []);
    assert.deepEqual(a.seen.closes, [{ connection: out, reason: undefined }]);
    assert.deepEqual(b.seen.closes, [{ connection: into, reason: undefined }]);
    assert.ok(out.isDestroyed && into.isDestroyed);
    assert.deepEqual(network.connections(), []);
  }
});

test('a dial to nobody, or to who refuses, is a close with DIAL_FAILED', async () => {
  const { network, a, netlayerA, netlayerB } = await makePair();
  const lost = netlayerA.connect({ ...netlayerB.location, designator: 'nobody' });
  network.refuse('b');
  const refused = netlayerA.connect(netlayerB.location);
  await sleep(1);
  assert.deepEqual(a.seen.closes.map(({ connection, reason }) => [connection, reason.code]), [
    [lost, 'DIAL_FAILED'],
    [refused, 'DIAL_FAILED'],
  ]);
  network.refuse('b', false);
  netlayerA.connect(netlayerB.location);
  await sleep(1);
  assert.equal(a.seen.closes.length, 2);
  assert.throws(() => netlayerA.connect({ ...netlayerB.location, transport: 'x' }), { code: 'NOT_DIALABLE' });
});

test('cut loses what is under way and tells both', async () => {
  const { network, a, b, out, into, texts } = await makePair();
  out.write(toBytes('lost'));
  network.cut('b', 'a');
  await sleep(1);
  assert.deepEqual(texts(), []);
  assert.deepEqual([...a.seen.closes, ...b.seen.closes].map(({ connection, reason }) => [connection, reason.code]), [
    [out, 'CONNECTION_CLOSED'],
    [into, 'CONNECTION_CLOSED'],
  ]);
  network.cut('a');
  await sleep(1);
  assert.equal(a.seen.closes.length, 1);
});

test('hold keeps messages and closes, in one direction, until release', async () => {
  const { network, a, b, out, into, texts } = await makePair();
  network.hold('a', 'b');
  out.write(toBytes('one'));
  out.write(toBytes('two'));
  into.write(toBytes('other way'));
  await sleep(1);
  assert.deepEqual([texts(), a.seen.messages.length], [[], 1]);
  out.end();
  await sleep(1);
  assert.deepEqual([a.seen.closes.length, b.seen.closes.length], [1, 0]);
  network.release('a', 'b');
  await sleep(1);
  assert.deepEqual(texts(), ['one', 'two']);
  assert.equal(b.seen.closes.length, 1);
});

test('a handler can hold the rest of what is arriving', async () => {
  const { network, out, texts } = await makePair({ onMessage: () => network.hold('a', 'b') });
  for (const text of ['1', '2', '3']) {
    out.write(toBytes(text));
  }
  await sleep(1);
  assert.deepEqual(texts(), ['1']);
  network.release('a', 'b');
  out.write(toBytes('4'));
  await sleep(1);
  assert.deepEqual(texts(), ['1', '2']);
});

test('delay keeps order when it shrinks', async () => {
  const { network, out, texts } = await makePair();
  const start = performance.now();
  network.delay('a', 'b', 40);
  out.write(toBytes('slow'));
  network.delay('a', 'b', 0);
  out.write(toBytes('fast'));
  await sleep(5);
  assert.deepEqual(texts(), []);
  await until(() => texts().length === 2, 'both');
  assert.deepEqual(texts(), ['slow', 'fast']);
  assert.ok(performance.now() - start > 35);
});

test('tamper drops, corrupts, repeats', async () => {
  const { network, out, texts } = await makePair();
  /** @type {object[]} */
  const about = [];
  network.tamper('a', 'b', (bytes, connection) => {
    about.push(connection);
    const text = toText(bytes);
    if (text === 'corrupt') {
      return toBytes('CORRUPT');
    }
    return text === 'repeat' ? [bytes, bytes] : undefined;
  });
  for (const text of ['drop', 'corrupt', 'repeat']) {
    out.write(toBytes(text));
  }
  await sleep(1);
  assert.deepEqual(texts(), ['CORRUPT', 'repeat', 'repeat']);
  assert.deepEqual(about[0], { id: 1, from: 'a', to: 'b' });
  network.tamper('a', 'b');
  out.write(toBytes('drop'));
  await sleep(1);
  assert.equal(texts().at(-1), 'drop');
});

test('a crashed peer hears nothing more, and can start again', async () => {
  const { network, a, b, netlayerA, netlayerB, out, into, texts } = await makePair();
  into.write(toBytes('sent before'));
  network.crash('b');
  into.write(toBytes('not sent'));
  out.write(toBytes('into the void'));
  await sleep(1);
  assert.deepEqual(a.seen.messages.map(({ data }) => toText(data)), ['sent before']);
  assert.equal(a.seen.closes.length, 1);
  assert.deepEqual([texts(), b.seen.closes], [[], []]);
  assert.throws(() => netlayerB.connect(netlayerA.location), { code: 'SHUT_DOWN' });
  const again = makeHandlers();
  network.makeNetLayer({ ...optionsOf(again), designator: 'b' });
  netlayerA.connect(netlayerB.location).write(toBytes('hello'));
  await sleep(1);
  assert.equal(again.seen.messages.length, 1);
});

test('shutdown delivers what was written, then closes', async () => {
  const { a, b, netlayerA, netlayerB, out, texts } = await makePair();
  out.write(toBytes('last'));
  netlayerA.shutdown();
  netlayerA.shutdown();
  await sleep(1);
  assert.deepEqual(texts(), ['last']);
  assert.deepEqual([a.seen.closes.length, b.seen.closes.length], [1, 1]);
  assert.throws(() => netlayerA.connect(netlayerB.location), { code: 'SHUT_DOWN' });
});

test('a handler that throws cuts its connection only', async () => {
  const { a, b, netlayerA, netlayerB, out, texts } = await makePair({
    onMessage: (_to, data) => {
      if (toText(data) === 'bad') {
        throw Error('a handler failed');
      }
    },
  });
  const second = netlayerA.connect(netlayerB.location);
  out.write(toBytes('bad'));
  out.write(toBytes('more'));
  second.write(toBytes('good'));
  await sleep(1);
  assert.deepEqual(texts().sort(), ['bad', 'good']);
  assert.deepEqual([a.seen.closes.length, b.seen.closes.length, b.seen.errors.length], [1, 1, 1]);
});

test('a peer can dial itself', async () => {
  const { a, netlayerA } = await makePair();
  const out = netlayerA.connect(netlayerA.location);
  out.write(toBytes('me'));
  await sleep(1);
  const into = a.seen.messages[0].connection;
  assert.notEqual(into, out);
  into.end();
  await sleep(1);
  assert.equal(a.seen.closes.length, 2);
});

test('peers who answer each other for ever let timers fire', async () => {
  let isOver = false;
  /** @type {(to: Connection, data: Uint8Array) => void} */
  const onMessage = (to, data) => void (isOver || to.write(data));
  const network = makeMemoryNetwork();
  const a = makeHandlers({ onMessage });
  const b = makeHandlers({ onMessage });
  const { location } = network.makeNetLayer(optionsOf(a));
  network.makeNetLayer(optionsOf(b)).connect(location).write(toBytes('ball'));
  await sleep(5);
  isOver = true;
  assert.ok(a.seen.messages.length > 10);
});
