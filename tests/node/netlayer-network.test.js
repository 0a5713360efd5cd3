// @ts-check

/** What a dialling netlayer that hears of its network makes its client do. */

import { encodeSwissnum, makeClient } from '../../js/index.js';
import { makeWebSocketDialNetLayer } from '../../js/netlayers/websocket-dial.js';
import { findPort } from './fixtures/netlayer-kit.js';
import { makeRoad, startClient } from './fixtures/websocket-kit.js';
import { Log } from './support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';
import { WebSocket } from 'ws';

/** @param {string} type @param {object} [more] */
const event = (type, more = {}) => Object.assign(new Event(type), more);

/**
 * A client that dials again only after hours, and its peer at the end of a road.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} [options] of the client
 */
const setUp = async (t, options = {}) => {
  const road = await makeRoad(t);
  const port = await findPort();
  const peer = await startClient(t, { baggage: new Map() }, { specifiedUrl: road.url, specifiedPort: port });
  peer.client.registerSturdyRef('echo', Far('echo', { echo: (/** @type {unknown} */ it) => it }));
  road.leadTo(port);
  const network = new EventTarget();
  /** @type {Log<{ type: string }>} */
  const events = new Log();
  /** @type {Log<string>} */
  const dials = new Log();
  const client = makeClient({
    baggage: new Map(),
    tryResumeSession: true,
    onSessionEvent: it => events.push(it),
    ...options,
    times: { retryLeast: 3_600_000, retryMost: 3_600_000, idle: 3_600_000, .../** @type {any} */ (options).times },
  });
  t.after(() => client.shutdown());
  class NotedWebSocket extends WebSocket {
    /** @param {string} url */
    constructor(url) {
      super(url);
      dials.push(url);
    }
  }
  await client.registerNetlayer((handlers, logger) =>
    makeWebSocketDialNetLayer({ handlers, logger, network, WebSocket: /** @type {any} */ (NotedWebSocket) }),
  );
  const echo = await client.enlivenSturdyRef(client.makeSturdyRef(peer.location, encodeSwissnum('echo')));
  const untilIs = (/** @type {string} */ type) => events.waitFor(it => it.type === type, type);
  const lose = async () => {
    road.cut();
    await untilIs('suspended');
  };
  return { client, echo, network, events, dials, untilIs, lose };
};

for (const [what, returned] of /** @type {Array<[string, Event]>} */ ([
  ['is online', event('online')],
  ['goes on after it was frozen', event('resume')],
  ['comes back out of the cache', event('pageshow', { persisted: true })],
  ['is looked at again', event('visibilitychange')],
])) {
  test(`whoever ${what} dials at once`, async t => {
    const { echo, network, lose, untilIs } = await setUp(t);
    await lose();
    network.dispatchEvent(returned);
    await untilIs('resumed');
    assert.equal(await E(echo).echo('again'), 'again');
  });
}

test('a page that is shown for the first time, or hidden, does nothing', async t => {
  const { network, dials, lose, untilIs } = await setUp(t);
  await lose();
  network.dispatchEvent(event('pageshow', { persisted: false }));
  Object.defineProperty(network, 'visibilityState', { value: 'hidden', configurable: true });
  network.dispatchEvent(event('visibilitychange'));
  assert.equal(dials.all.length, 1);
  Object.defineProperty(network, 'visibilityState', { value: 'visible' });
  network.dispatchEvent(event('visibilitychange'));
  await untilIs('resumed');
  assert.equal(dials.all.length, 2);
});

test('a session that is dialled on demand is not dialled because the network is there', async t => {
  const { echo, network, events, dials, lose, untilIs } = await setUp(t, { reconnect: 'on-demand' });
  await lose();
  network.dispatchEvent(event('online'));
  assert.equal(dials.all.length, 1);
  assert.equal(await E(echo).echo('now'), 'now');
  await untilIs('resumed');
  assert.equal(dials.all.length, 2);
  assert.deepEqual(events.all.map(({ type }) => type), ['fresh', 'suspended', 'resumed']);
});

test('a live connection is asked for a sign of life, and stays', async t => {
  const { client, echo, network, events, dials } = await setUp(t, { debugMode: true });
  const { questions } = client._debug.inspect().sessions[0];
  network.dispatchEvent(event('online'));
  network.dispatchEvent(event('online'));
  assert.equal(client._debug.inspect().sessions[0].questions, questions + 1, 'asked once');
  assert.equal(await E(echo).echo('here'), 'here');
  assert.equal(dials.all.length, 1);
  assert.deepEqual(events.all.map(({ type }) => type), ['fresh']);
});

test('after its end nothing is heard, or done', async t => {
  const { client, network, dials, lose } = await setUp(t);
  await lose();
  await client.shutdown();
  network.dispatchEvent(event('online'));
  assert.equal(dials.all.length, 1);
});

test('the network is an EventTarget, or null, and none where the host has none', async t => {
  const client = makeClient();
  t.after(() => client.shutdown());
  const make = (/** @type {any} */ options) =>
    client.registerNetlayer((handlers, logger) => makeWebSocketDialNetLayer({ handlers, logger, WebSocket: /** @type {any} */ (WebSocket), ...options }));
  await assert.rejects(make({ network: {} }), { code: 'API_MISUSE', message: /EventTarget/ });
  const { designator } = (await make({ network: null })).location;
  assert.equal(typeof designator, 'string');
  assert.equal(typeof globalThis.addEventListener, 'undefined');
});
