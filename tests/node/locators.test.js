// @ts-check

import {
  decodeSwissnum, encodeSwissnum, formatLocator, formatSturdyRefUri, makeClient, parseLocator, parseSturdyRefUri,
  swissnumFromBytes, swissnumToBytes,
} from '../../js/index.js';
import { base32, base64url } from '../../js/base-text.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';
import fc from 'fast-check';

/** @import { OcapnLocation } from '../../js/index.js' */

/** @type {OcapnLocation} */
const onion = {
  type: 'ocapn-peer',
  transport: 'onion',
  designator: 'wy46gxdweyqn5m7ntzwlxinhdia2jjanlsh37gxklwhfec7yxqr4k3qd',
  hints: false,
};

const text = fc.string({ unit: 'grapheme' });
const someText = fc.string({ unit: 'grapheme', minLength: 1 });
const locations = fc.record({
  type: fc.constant(/** @type {const} */ ('ocapn-peer')),
  transport: someText.filter(it => !it.includes('.')),
  designator: someText,
  hints: fc.option(fc.dictionary(someText, text, { minKeys: 1, noNullPrototype: true }), { nil: /** @type {const} */ (false) }),
});

test('what is formatted is read back', () => {
  fc.assert(
    fc.property(locations, fc.uint8Array({ minLength: 1 }), (location, bytes) => {
      assert.deepEqual(parseLocator(formatLocator(location)), { ...location });
      const uri = formatSturdyRefUri(location, swissnumFromBytes(bytes));
      assert.match(uri, /^[\x21-\x7e]+$/);
      const read = parseSturdyRefUri(uri);
      assert.deepEqual(swissnumToBytes(read.swissNum), bytes);
      assert.equal(formatSturdyRefUri(read.location, read.swissNum), uri);
      assert.throws(() => parseLocator(uri), { code: 'INVALID_URI' });
    }),
  );
});

test('whatever is read is a location that can be formatted, and nothing else is thrown than INVALID_URI', () => {
  const pieces = ['ocapn://', 'a', '.', 'onion', '/s/', 'Zm9v', '?', 'k=v', '&', '=', '%41', '%', '+', '/', '#', ':', '@', 'é', ''];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), parts => {
      const uri = `ocapn://${parts.join('')}`;
      for (const [parse, format] of /** @type {const} */ ([
        [parseLocator, formatLocator],
        [parseSturdyRefUri, (/** @type {any} */ it) => formatSturdyRefUri(it.location, it.swissNum)],
      ])) {
        let read;
        try {
          read = parse(uri);
        } catch (error) {
          assert.equal(/** @type {any} */ (error).code, 'INVALID_URI');
          assert.ok(!(/** @type {Error} */ (error).message.includes('Zm9v')));
          continue;
        }
        assert.doesNotThrow(() => format(/** @type {any} */ (read)));
      }
    }),
  );
});

test('the forms of the specification, and what Goblins and Endo write', () => {
  const host = `${onion.designator}.onion`;
  assert.equal(formatLocator(onion), `ocapn://${host}`);
  assert.deepEqual(parseLocator(`ocapn://${host}`), onion);
  assert.deepEqual(parseLocator(`OCapN://${host}/`), onion);
  assert.deepEqual(parseLocator(`ocapn://${host}?`), { ...onion, hints: {} });
  assert.equal(formatLocator({ ...onion, hints: {} }), `ocapn://${host}`);
  const dialable = { ...onion, hints: { url: 'ws://127.0.0.1:22090/x y?z=1', host: 'a' } };
  const written = `ocapn://${host}?host=a&url=ws%3A%2F%2F127.0.0.1%3A22090%2Fx%20y%3Fz%3D1`;
  assert.equal(formatLocator(dialable), written);
  assert.deepEqual(parseLocator(written), dialable);
  assert.deepEqual(parseLocator(`ocapn://${host}?url=ws://127.0.0.1:22090/`).hints, { url: 'ws://127.0.0.1:22090/' });
  assert.deepEqual(parseLocator('ocapn://a.b.c.tcp'), { ...onion, designator: 'a.b.c', transport: 'tcp' });
  const uri = `ocapn://${host}/s/Sq6I4tNyXDWZi6gcUho0t2sye1N0PffwrL1NI0s_M6I`;
  const { location, swissNum } = parseSturdyRefUri(uri);
  assert.deepEqual(location, onion);
  assert.equal(Buffer.from(swissnumToBytes(swissNum)).toString('base64url'), 'Sq6I4tNyXDWZi6gcUho0t2sye1N0PffwrL1NI0s_M6I');
  assert.equal(formatSturdyRefUri(location, swissNum), uri);
  assert.equal(decodeSwissnum(parseSturdyRefUri(`ocapn://${host}/s/RWNobw?a=b`).swissNum), 'Echo');
});

test('a hint may be called anything', () => {
  const hints = Object.fromEntries([['__proto__', 'x'], ['a=b&c', 'd+e%f']]);
  const location = parseLocator(formatLocator({ ...onion, hints }));
  assert.deepEqual(Object.entries(location.hints), Object.entries(hints).sort());
  assert.equal(Object.getPrototypeOf(location.hints), Object.prototype);
});

test('what is no URI of OCapN is INVALID_URI', () => {
  const bad = [
    '', 'ocapn:', 'ocapn://', 'ocapn:a.tcp', 'http://a.tcp', 'ocapn://tcp', 'ocapn://a.', 'ocapn://.tcp', 'ocapn://a.t%2Ep',
    'ocapn://u@a.tcp', 'ocapn://a.tcp:80', 'ocapn://a.tcp#x', 'ocapn://a b.tcp', 'ocapn://a.tcp?x', 'ocapn://a.tcp?x=1&',
    'ocapn://a.tcp?=1', 'ocapn://a.tcp?x=1=2', 'ocapn://a.tcp?x=1&x=2', 'ocapn://a.tcp?x=1&%78=2', 'ocapn://a.tcp?x=a+b',
    'ocapn://a%ff.tcp', 'ocapn://a%4.tcp', 'ocapn://a%.tcp', 'ocapn://é.tcp', 'ocapn://a.tcp\n', ' ocapn://a.tcp',
    'ocapn://a.tcp/x', 'ocapn://a.tcp//',
  ];
  for (const uri of bad) {
    assert.throws(() => parseLocator(uri), { code: 'INVALID_URI' }, uri);
  }
  for (const path of ['', '/', '/s', '/s/', '/s/A', '/s/RWNobw==', '/s/RWNobx', '/s/RWNo/bw', '/s/RW%4Eobw', '/S/RWNobw', '/c/RWNobw']) {
    assert.throws(() => parseSturdyRefUri(`ocapn://a.tcp${path}`), { code: 'INVALID_URI' }, path);
  }
  assert.throws(() => parseLocator(/** @type {any} */ (onion)), { code: 'API_MISUSE' });
});

test('what no URI can say is API_MISUSE', () => {
  for (const wrong of [{ transport: 'a.b' }, { transport: '' }, { designator: '' }, { hints: { '': 'x' } }, { type: 'peer' }]) {
    assert.throws(() => formatLocator(/** @type {any} */ ({ ...onion, ...wrong })), { code: 'API_MISUSE' });
  }
  assert.throws(() => formatSturdyRefUri(onion, swissnumFromBytes(new Uint8Array())), { code: 'API_MISUSE' });
  assert.throws(() => formatSturdyRefUri(onion, /** @type {any} */ ('Echo')), { code: 'API_MISUSE' });
});

test('the text of bytes is that of RFC 4648, and has one form', () => {
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      assert.equal(base64url.encode(bytes), Buffer.from(bytes).toString('base64url'));
      assert.deepEqual(base64url.decode(base64url.encode(bytes)), bytes);
      assert.deepEqual(base32.decode(base32.encode(bytes)), bytes);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ABab27_-='), maxLength: 9 }), written => {
      for (const codec of [base32, base64url]) {
        const bytes = codec.decode(written);
        assert.ok(bytes === undefined || codec.encode(bytes) === written);
      }
    }),
  );
  assert.equal(base32.encode(Buffer.from('foobar')), 'mzxw6ytboi');
});

test('a client enlivens what a URI names', async t => {
  const network = makeMemoryNetwork();
  const [here, there] = [makeClient(), makeClient()];
  t.after(() => Promise.all([here.shutdown(), there.shutdown()]));
  await here.registerNetlayer((handlers, logger) => network.makeNetLayer({ handlers, logger, designator: 'here.now' }));
  const { location } = await there.registerNetlayer((handlers, logger) =>
    network.makeNetLayer({ handlers, logger, designator: 'there.and.then' }),
  );
  there.registerSturdyRef('echo', Far('echo', { echo: (/** @type {unknown} */ it) => it }));
  const uri = formatSturdyRefUri(location, encodeSwissnum('echo'));
  const { location: read, swissNum } = parseSturdyRefUri(uri);
  assert.equal(await E(here.enlivenSturdyRef(here.makeSturdyRef(read, swissNum))).echo('hi'), 'hi');
});
