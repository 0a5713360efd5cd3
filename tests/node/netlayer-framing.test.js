// @ts-check

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LONGEST_PREFIX, makeDeframer, writePrefix } from '../../js/netlayers/tcp-framing.js';
import { toBytes, toText } from './fixtures/netlayer-kit.js';

/** @param {number} [maxFrame] */
const collect = (maxFrame = 1 << 20) => {
  /** @type {Uint8Array[]} */
  const frames = [];
  const deframer = makeDeframer({ maxFrame, onFrame: frame => frames.push(frame) > 0 });
  return { frames, deframer, texts: () => frames.map(toText) };
};

test('frames are the same however the stream is cut', () => {
  const stream = toBytes('5:hello0:3:a:b12:twelve bytes');
  for (let size = 1; size <= stream.length; size += 1) {
    const { deframer, texts } = collect();
    for (let at = 0; at < stream.length; at += size) {
      deframer.push(stream.subarray(at, at + size));
    }
    assert.deepEqual(texts(), ['hello', '', 'a:b', 'twelve bytes']);
    assert.equal(deframer.isInsideFrame(), false);
  }
});

test('each frame has a buffer of its own, from its start', () => {
  const { deframer, frames } = collect();
  const chunk = toBytes('3:abc3:de');
  deframer.push(chunk);
  deframer.push(toBytes('f'));
  chunk.fill(0);
  assert.deepEqual(frames.map(toText), ['abc', 'def']);
  assert.ok(frames.every(({ byteOffset, buffer }) => byteOffset === 0 && buffer.byteLength === 3));
});

test('what is no canonical length prefix is refused, frames before it are not', () => {
  for (const junk of ['05:hello', '00:', '01:a', ':', 'x', '-1:a', '+1:a', ' 1:a', '1 :a', '1,a', '1.0:', '0x1:a', '<', '\0']) {
    const { deframer, texts } = collect();
    assert.throws(() => deframer.push(toBytes(`2:ok${junk}`)), { code: 'MALFORMED_MESSAGE' }, junk);
    assert.deepEqual(texts(), ['ok']);
  }
});

test('a frame over the limit is refused at the digit that takes it there', () => {
  const { deframer, texts } = collect(1000);
  deframer.push(toBytes(`1000:${'x'.repeat(1000)}`));
  assert.equal(texts()[0].length, 1000);
  deframer.push(toBytes('100'));
  assert.throws(() => deframer.push(toBytes('1')), { code: 'LIMIT_EXCEEDED', message: /1000 bytes/ });
  assert.throws(() => collect().deframer.push(toBytes('9'.repeat(5000))), { code: 'LIMIT_EXCEEDED' });
});

test('a length that is only claimed allocates nothing', () => {
  const before = process.memoryUsage().arrayBuffers;
  const half = Array.from({ length: 200 }, () => {
    const { deframer } = collect(16 << 20);
    deframer.push(toBytes('16000000:x'));
    assert.equal(deframer.isInsideFrame(), true);
    return deframer;
  });
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 4 << 20, `${half.length} claims took ${grown} bytes`);
});

test('a long frame in single bytes takes linear time', () => {
  const length = 2_000_000;
  const { deframer, frames } = collect(length);
  deframer.push(toBytes(`${length}:`));
  const byte = toBytes('x');
  const start = performance.now();
  for (let count = 0; count < length; count += 1) {
    deframer.push(byte);
  }
  assert.equal(frames[0].length, length);
  assert.ok(frames[0].every(value => value === byte[0]));
  assert.ok(performance.now() - start < 5000);
});

test('nothing is delivered after the receiver has had enough', () => {
  /** @type {string[]} */
  const got = [];
  const deframer = makeDeframer({ maxFrame: 10, onFrame: frame => got.push(toText(frame)) < 2 });
  deframer.push(toBytes('1:a1:b1:c'));
  deframer.push(toBytes('junk'));
  assert.deepEqual(got, ['a', 'b']);
});

test('prefixes are the decimal length and a colon', () => {
  const bytes = Buffer.alloc(LONGEST_PREFIX + 3);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const length of [0, 1, 9, 10, 99, 100, 4095, 65536, 16 << 20, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    const end = writePrefix(view, 3, length);
    assert.equal(bytes.toString('latin1', 3, end), `${length}:`);
  }
});
