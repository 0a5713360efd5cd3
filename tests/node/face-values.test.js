// @ts-check

import '../../js/shims.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passStyleOf } from '@endo/pass-style';

import { describeSwissnum, swissnumOfDescription } from '../../js/durable.js';
import { makeSlot, parseSlot, toHex } from '../../js/slots.js';
import { getSturdyRefDetails, isSturdyRef, makeSturdyRef } from '../../js/sturdyref.js';
import { decodeSwissnum, encodeSwissnum, swissnumFromBytes, swissnumToBytes } from '../../js/swissnum.js';

const location = { type: /** @type {const} */ ('ocapn-peer'), transport: 'tcp', designator: 'bob', hints: { port: '1' } };

test('a swissnum is an immutable copy of its bytes', () => {
  const bytes = new Uint8Array([0, 200, 255]);
  const swissNum = swissnumFromBytes(bytes);
  bytes[0] = 9;
  assert.equal(passStyleOf(swissNum), 'byteArray');
  assert.deepEqual([...swissnumToBytes(swissNum)], [0, 200, 255]);
  assert.throws(() => swissnumToBytes(/** @type {any} */ (bytes)), { code: 'API_MISUSE' });
});

test('a swissnum of text is strict ASCII', () => {
  assert.equal(decodeSwissnum(encodeSwissnum('Say Hello')), 'Say Hello');
  assert.throws(() => encodeSwissnum('é'), /Invalid ASCII character in swissnum at position 0/);
  assert.throws(() => decodeSwissnum(swissnumFromBytes(new Uint8Array([200]))), { code: 'API_MISUSE' });
});

test('a sturdyref tells nothing of what it names', () => {
  const sturdyRef = makeSturdyRef(location, encodeSwissnum('secret'));
  assert.equal(passStyleOf(sturdyRef), 'tagged');
  assert.equal(String(sturdyRef), '[object ocapn-sturdyref]');
  assert.equal(sturdyRef.payload, undefined);
  assert.ok(isSturdyRef(sturdyRef));
  for (const other of [{}, null, undefined, 'string', 1]) assert.ok(!isSturdyRef(other));
  assert.deepEqual(getSturdyRefDetails(sturdyRef)?.location, location);
  assert.equal(getSturdyRefDetails({}), undefined);
  assert.throws(() => makeSturdyRef(/** @type {any} */ ({}), encodeSwissnum('x')), { code: 'API_MISUSE' });
  assert.throws(() => makeSturdyRef(location, /** @type {any} */ ('x')), { code: 'API_MISUSE' });
});

test('slots are written as @endo/ocapn writes them', () => {
  assert.equal(makeSlot('o', true, 5n), 'o+5');
  assert.equal(makeSlot('p', false, 0n), 'p-0');
  assert.deepEqual(parseSlot('a-12345678901234567890'), { type: 'a', isLocal: false, position: 12345678901234567890n });
  assert.throws(() => parseSlot('x+1'), /Invalid slot type: x/);
  assert.throws(() => parseSlot('o+01'), { code: 'API_MISUSE' });
});

test('bytes in hexadecimal', () => {
  assert.equal(toHex(new Uint8Array([0, 15, 255])), '000fff');
  assert.equal(toHex(swissnumFromBytes(new Uint8Array([1, 2]))), '0102');
  assert.equal(toHex(new Uint8Array([7]).buffer), '07');
});

test('the description of a registered object is canonical Syrup', () => {
  const swissnum = new TextEncoder().encode('counter');
  const description = describeSwissnum(swissnum);
  assert.equal(new TextDecoder().decode(description), "[8'swissnum7:counter]");
  assert.deepEqual(swissnumOfDescription(description), swissnum);
  assert.deepEqual(swissnumOfDescription(describeSwissnum(new Uint8Array(0))), new Uint8Array(0));
  for (const other of ["[4'host7:counter]", "[8'swissnum8:counter]", "[8'swissnum", '']) {
    assert.equal(swissnumOfDescription(new TextEncoder().encode(other)), undefined, other);
  }
});

test('a swissnum may be made of a Buffer, whose slice is no copy', () => {
  const given = Buffer.from('a swissnum of bytes').subarray(2, 10);
  const swissNum = swissnumFromBytes(given);
  given.fill(0);
  assert.equal(Buffer.from(swissnumToBytes(swissNum)).toString(), 'swissnum');
});
