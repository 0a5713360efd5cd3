// @ts-check

/** The makers of netlayers refuse what they do not know, and do not start without a client's handlers. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import '../../js/index.js';
import { locationIdOf } from '../../js/netlayers/location-id.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { makeTcpNetLayer } from '../../js/netlayers/tcp.js';
import { makeWebSocketDialNetLayer } from '../../js/netlayers/websocket-dial.js';
import { makeWebSocketNetLayer } from '../../js/netlayers/websocket.js';
import { makeHandlers } from './fixtures/netlayer-kit.js';

/** Each by its file. @type {Array<[string, string, (options?: any) => any]>} */
const MAKERS = [
  ['tcp', 'makeTcpNetLayer', makeTcpNetLayer],
  ['websocket', 'makeWebSocketNetLayer', makeWebSocketNetLayer],
  ['websocket-dial', 'makeWebSocketDialNetLayer', makeWebSocketDialNetLayer],
  ['memory', 'makeNetLayer', async options => makeMemoryNetwork().makeNetLayer(options)],
];

for (const [file, name, make] of MAKERS) {
  test(`${name}: nothing, unknown names, no handlers, and handlers that are none`, async () => {
    const { handlers } = makeHandlers();
    for (const [options, message] of /** @type {Array<[unknown, RegExp]>} */ ([
      [undefined, new RegExp(`The options of ${name} are a record`)],
      [7, new RegExp(`The options of ${name} are a record`)],
      [{ handlers, port: 4000 }, new RegExp(`'port' is not an option of ${name}`)],
      [{}, new RegExp(`${name} needs handlers, which registerNetlayer gives`)],
      [{ handlers: {} }, /handlers has no function 'makeConnection'/],
    ])) {
      await assert.rejects(make(options), { code: 'API_MISUSE', message });
    }
  });

  test(`${name}: every option that is documented is known`, async () => {
    const source = readFileSync(new URL(`../../js/netlayers/${file}.js`, import.meta.url), 'utf8');
    const text = source.slice(source.indexOf('@param {NetlayerHandlers}'), source.indexOf('@returns {', source.indexOf('@param {NetlayerHandlers}')));
    const names = [...text.matchAll(/@param \{.*\} \[?(?:options|given)\.(\w+)/g)].map(([, option]) => String(option));
    assert.ok(names.length >= 6, names.join());
    const options = Object.fromEntries(names.map(option => [option, undefined]));
    await assert.rejects(make(options), { code: 'API_MISUSE', message: /needs handlers/ });
  });
}

test('makeMemoryNetwork refuses unknown names', () => {
  assert.throws(() => makeMemoryNetwork(/** @type {any} */ ({ latency: 5 })), { code: 'API_MISUSE', message: /'latency' is not an option of makeMemoryNetwork/ });
});

test('a locationId is written as @endo/ocapn writes it', () => {
  const type = 'ocapn-peer';
  // What its locationToLocationId gives.
  for (const [location, expected] of /** @type {Array<[any, string]>} */ ([
    [{ type, transport: 'tcp-testing-only', designator: '0000', hints: { port: '4000', host: '::1' } }, 'ocapn://0000.tcp-testing-only?host=%3A%3A1&port=4000'],
    [{ type, transport: 'websocket', designator: 'abc', hints: { url: 'ws://127.0.0.1:80/?a=b&c' } }, 'ocapn://abc.websocket?url=ws%3A%2F%2F127.0.0.1%3A80%2F%3Fa%3Db%26c'],
    [{ type, transport: 'x', designator: 'a b/é', hints: {} }, 'ocapn://a b/é.x'],
    [{ type, transport: 'x', designator: 'a', hints: false }, 'ocapn://a.x'],
    [{ type, transport: 'x', designator: 'a', hints: { 'Z z': '', a: "'" } }, "ocapn://a.x?Z%20z=&a='"],
  ])) {
    assert.equal(locationIdOf(location), expected);
  }
});
