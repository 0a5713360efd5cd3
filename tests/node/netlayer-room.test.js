// @ts-check

/** Memory for large messages that is used again, and for whom it is not. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { giveRoom, keepsNothing, mayOverwrite, takeRoom } from '../../js/netlayers/room.js';
import { makeDeframer } from '../../js/netlayers/tcp-framing.js';
import { makeHandlers, toBytes, toText } from './fixtures/netlayer-kit.js';

const LARGE = 100_000;

/** @param {string} letter @param {number} [length] */
const large = (letter, length = LARGE) => toBytes(letter.repeat(length));

/** @param {Uint8Array} bytes @returns {string} which letters it has, and how many bytes */
const shown = bytes => `${[...new Set(toText(bytes))].join('')} ${bytes.length}`;

/** @param {boolean} keepsThem whether the receiver keeps what it is given */
const send = async keepsThem => {
  const network = makeMemoryNetwork();
  /** @type {Array<{ data: Uint8Array, was: string }>} */
  const heard = [];
  const take = (/** @type {any} */ _connection, /** @type {Uint8Array} */ data) => {
    heard.push({ data, was: shown(data) });
  };
  const handlers = makeHandlers().handlers;
  const b = network.makeNetLayer({
    handlers: { ...handlers, handleMessageData: keepsThem ? take : keepsNothing(take) },
    designator: 'b',
  });
  const out = network.makeNetLayer({ handlers, designator: 'a' }).connect(b.location);
  await null;
  // One after the other, then two at once.
  for (const letters of ['k', 'l', 'mn']) {
    for (const letter of letters) out.write(large(letter));
    await null;
  }
  assert.deepEqual(
    heard.map(({ was }) => was),
    ['k', 'l', 'm', 'n'].map(letter => `${letter} ${LARGE}`),
  );
  return heard.map(({ data }) => data);
};

test('who keeps what arrives has it to itself', async () => {
  const datas = await send(true);
  assert.equal(new Set(datas.map(({ buffer }) => buffer)).size, 4);
  assert.deepEqual(datas.map(shown), ['k', 'l', 'm', 'n'].map(letter => `${letter} ${LARGE}`));
});

test('who keeps nothing is given the same memory again, but not while it is on its way', async () => {
  const [first, second, third, fourth] = (await send(false)).map(({ buffer }) => buffer);
  assert.equal(first, second);
  assert.equal(third, first);
  assert.notEqual(third, fourth);
});

test('a wrapper around a function that keeps nothing may keep something', () => {
  const handleMessageData = keepsNothing((_connection, _data) => {});
  const handlers = { ...makeHandlers().handlers, handleMessageData };
  assert.ok(mayOverwrite(handlers));
  assert.ok(!mayOverwrite({ ...handlers, handleMessageData: (connection, data) => handleMessageData(connection, data) }));
});

test('what is kept for later has a bound, and small messages are not in it', () => {
  giveRoom(takeRoom(1000));
  assert.equal(takeRoom(1000).buffer.byteLength, 1000);
  const rooms = Array.from({ length: 12 }, () => takeRoom(1 << 20));
  rooms.forEach(giveRoom);
  const known = new Set(rooms.map(({ buffer }) => buffer));
  const again = rooms.filter(() => known.has(takeRoom(1 << 20).buffer)).length;
  assert.ok(again >= 1 && again <= 4, `${again} of 12 MiB were kept`);
  const { buffer, byteOffset, length } = takeRoom(LARGE);
  assert.deepEqual([byteOffset, length], [0, LARGE]);
  giveRoom(new Uint8Array(buffer, 0, LARGE));
});

test('frames that are overwritten later are right when they are handed over, however the stream is cut', () => {
  const texts = ['a'.repeat(5), '', 'b'.repeat(LARGE), 'c'.repeat(LARGE + 1), 'd'.repeat(3 * LARGE), 'e', 'f'.repeat(LARGE)];
  const stream = toBytes(texts.map(text => `${text.length}:${text}`).join(''));
  for (const size of [1000, 65_536, LARGE + 7, 2 * LARGE, stream.length]) {
    /** @type {string[]} */
    const frames = [];
    /** @type {Set<ArrayBufferLike>} */
    const buffers = new Set();
    const deframer = makeDeframer({
      maxFrame: 1 << 20,
      isOverwritten: true,
      onFrame: frame => {
        buffers.add(frame.buffer);
        frames.push(toText(frame));
        return true;
      },
    });
    for (let at = 0; at < stream.length; at += size) deframer.push(stream.slice(at, at + size));
    assert.deepEqual(frames, texts, `${size} bytes at once`);
    if (size === stream.length) assert.equal(buffers.size, 1);
  }
});
