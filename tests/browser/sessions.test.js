// @ts-check

/** A client in a page, and in a worker, with a server of ours: what a reload, a kill, and a bad network do to their session. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { throughCuts, until } from '../node/support/waiting.js';
import { PATIENCE, openPage, openProfile, startPagePeer, startServer, typesOf, untilEvent, untilSettled, useBrowser } from './support/harness.js';

const { files } = useBrowser();

/** @param {import('./support/harness.js').PagePeer} peer */
const slotsOf = peer => Promise.all(['counter', 'keeper', 'listener'].map(name => peer.do('slots', name)));

for (const inWorker of [false, true]) {
  const where = inWorker ? 'a dedicated worker' : 'a page';

  test(`${where} calls, and is called over the same session`, async t => {
    const { peer } = await startServer(t);
    const page = await openPage(t, await openProfile(t));
    const tab = await startPagePeer(page, { name: 'a' }, { inWorker });
    for (const name of ['counter', 'greeter', 'keeper']) await tab.do('enliven', name, peer.location, name);
    assert.equal(await tab.do('call', 'counter', 'increment'), 1);
    assert.equal(await tab.do('call', 'greeter', 'greet', ['you']), 'Hello you');
    assert.equal(await tab.do('call', 'keeper', 'keep', [{ name: 'listener' }]), 1);
    assert.equal(await tab.do('call', 'keeper', 'tell', ['news']), 'news heard');
    assert.deepEqual(await tab.do('heard'), ['news']);
    assert.deepEqual(typesOf(await tab.do('events')), ['fresh']);
    assert.deepEqual(peer.events.all.map(({ type }) => type), ['fresh']);
    assert.deepEqual(await tab.do('troubles'), []);
    // The page cannot be dialled, and does not say that it can.
    const { hints, designator } = await tab.do('location');
    assert.equal(hints, false);
    assert.equal(peer.events.all[0]?.location?.designator, designator);
    await assert.rejects(peer.do('provide', { location: await tab.do('location') }), { code: 'NOT_DIALABLE' });
  });

  test(`${where} that is loaded again goes on with the session, in the same slots`, async t => {
    const { peer } = await startServer(t);
    const page = await openPage(t, await openProfile(t));
    const first = await startPagePeer(page, { name: 'a' }, { inWorker });
    await first.do('enliven', 'counter', peer.location, 'counter');
    await first.do('enliven', 'keeper', peer.location, 'keeper');
    await first.do('call', 'counter', 'increment');
    await first.do('call', 'keeper', 'keep', [{ name: 'listener' }]);
    const slots = await slotsOf(first);
    const location = await first.do('location');
    const [{ sessionId }] = await first.do('events');
    for (let round = 2; round < 5; round += 1) {
      await page.reload();
      const tab = await startPagePeer(page, { name: 'a' }, { inWorker });
      await tab.do('enliven', 'counter', peer.location, 'counter');
      await tab.do('enliven', 'keeper', peer.location, 'keeper');
      assert.equal(await tab.do('call', 'counter', 'increment'), round);
      // The server still holds the page's object of the first load.
      assert.equal(await tab.do('call', 'keeper', 'tell', [`round ${round}`]), `round ${round} heard`);
      assert.deepEqual(await slotsOf(tab), slots);
      assert.deepEqual(await tab.do('location'), location);
      assert.deepEqual((await tab.do('events')).map(({ type, sessionId: id }) => [type, id]), [['resumed', sessionId]]);
      assert.equal((await tab.do('heard')).at(-1), `round ${round}`);
    }
    assert.equal(new Set(peer.events.all.map(({ sessionId: id }) => id)).size, 1);
    assert.equal(peer.events.all.filter(({ type }) => type === 'fresh').length, 1);
  });
}

test('a page whose baggage is encrypted goes on after it is loaded again, and nothing in the database can be read', async t => {
  const { peer } = await startServer(t);
  const page = await openPage(t, await openProfile(t));
  const first = await startPagePeer(page, { name: 'a', key: 1 });
  for (const name of ['counter', 'keeper']) await first.do('enliven', name, peer.location, name);
  await first.do('call', 'keeper', 'keep', [{ name: 'listener' }]);
  assert.equal(await first.do('call', 'keeper', 'tell', ['a secret word']), 'a secret word heard');
  const slots = await slotsOf(first);
  const [{ sessionId }] = await first.do('events');
  await page.reload();
  await assert.rejects(startPagePeer(page, { name: 'a', key: 2 }), /not the key/);
  await assert.rejects(startPagePeer(page, { name: 'a', key: 1, open: { forgetSessions: true } }), /give forgetSessions to encryptedBaggage/);
  await assert.rejects(startPagePeer(page, { name: 'a' }), /is encrypted/);
  // It has the baggage open, with no client.
  await page.reload();
  const tab = await startPagePeer(page, { name: 'a', key: 1 });
  assert.deepEqual(await tab.do('heard'), ['a secret word']);
  for (const name of ['counter', 'keeper']) await tab.do('enliven', name, peer.location, name);
  assert.equal(await tab.do('call', 'counter', 'increment'), 1);
  assert.equal(await tab.do('call', 'keeper', 'tell', ['and another']), 'and another heard');
  assert.deepEqual(await slotsOf(tab), slots);
  assert.deepEqual((await tab.do('events')).map(({ type, sessionId: id }) => [type, id]), [['resumed', sessionId]]);

  const stored = await page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open('ocapn-wasm/a');
        request.onerror = reject;
        request.onsuccess = () => {
          const entries = request.result.transaction('entries').objectStore('entries');
          const keys = entries.getAllKeys();
          const values = entries.getAll();
          values.onsuccess = () => {
            request.result.close();
            resolve([...keys.result, ...values.result.map(value => new TextDecoder('latin1').decode(value))]);
          };
        };
      }),
  );
  assert.ok(stored.length > 10, `${stored.length} strings`);
  assert.deepEqual(stored.filter((/** @type {string} */ text) => /secret word|ocapn:|counter|listener/.test(text)), []);
});

test('references that a page keeps by token come back after a reload, without asking anybody', async t => {
  const { peer, road } = await startServer(t);
  const page = await openPage(t, await openProfile(t));
  const first = await startPagePeer(page, { name: 'a' });
  await first.do('enliven', 'maker', peer.location, 'maker');
  await first.do('enliven', 'counter', peer.location, 'counter');
  // One that no sturdyref leads to.
  await first.do('call', 'maker', 'make', ['a thing'], 'thing');
  for (const name of ['thing', 'counter']) await first.do('keep', name);
  const slots = await Promise.all(['thing', 'counter'].map(name => first.do('slots', name)));
  const [{ sessionId }] = await first.do('events');
  // The server is out of reach at first: a call waits for it.
  road.open(false);
  road.cut();
  await page.reload();
  const tab = await startPagePeer(page, { name: 'a' });
  for (const name of ['thing', 'counter']) await tab.do('regain', name);
  assert.deepEqual(await Promise.all(['thing', 'counter'].map(name => tab.do('slots', name))), slots);
  await tab.do('burst', 'thing', 'title', [[]]);
  road.open(true);
  const [{ value, error }] = await untilSettled(tab, 1, 'the call goes out');
  assert.equal(value, 'a thing', JSON.stringify(error));
  assert.equal(await tab.do('call', 'counter', 'increment'), 1);
  assert.deepEqual((await tab.do('events')).map(({ type, sessionId: id }) => [type, id]), [['resumed', sessionId]]);
  await tab.do('release', 'thing');
  await assert.rejects(tab.do('regain', 'thing'), /TOKEN_UNKNOWN|released/);
});

test('a tab that crashed: the next one goes on with its session, in the same slots', async t => {
  const { peer } = await startServer(t);
  const profile = await openProfile(t);
  const [first, second] = [await openPage(t, profile), await openPage(t, profile)];
  const tab = await startPagePeer(first, { name: 'a' });
  await tab.do('enliven', 'counter', peer.location, 'counter');
  await tab.do('enliven', 'keeper', peer.location, 'keeper');
  assert.equal(await tab.do('call', 'counter', 'increment'), 1);
  await tab.do('call', 'keeper', 'keep', [{ name: 'listener' }]);
  const slots = await slotsOf(tab);
  const [{ sessionId }] = await tab.do('events');
  await assert.rejects(startPagePeer(second, { name: 'a' }), /BAGGAGE_IN_USE|is open already/);
  const next = startPagePeer(second, { name: 'a', open: { wait: true } });
  await Promise.all([first.waitForEvent('crash'), first.goto('chrome://crash').catch(() => {})]);
  const again = await next;
  await again.do('enliven', 'counter', peer.location, 'counter');
  await again.do('enliven', 'keeper', peer.location, 'keeper');
  assert.equal(await again.do('call', 'counter', 'increment'), 2);
  assert.equal(await again.do('call', 'keeper', 'tell', ['you are back']), 'you are back heard');
  assert.deepEqual(await slotsOf(again), slots);
  assert.deepEqual((await again.do('events')).map(({ type, sessionId: id }) => [type, id]), [['resumed', sessionId]]);
});

test('a worker that is ended at once: the next one goes on with its session', async t => {
  const { peer } = await startServer(t);
  const page = await openPage(t, await openProfile(t));
  const first = await startPagePeer(page, { name: 'a' }, { inWorker: true });
  await first.do('enliven', 'counter', peer.location, 'counter');
  assert.equal(await first.do('call', 'counter', 'increment'), 1);
  const slots = await first.do('slots', 'counter');
  const [{ sessionId }] = await first.do('events');
  await first.do('terminate');
  const next = await startPagePeer(page, { name: 'a', open: { wait: true } }, { inWorker: true });
  await next.do('enliven', 'counter', peer.location, 'counter');
  assert.equal(await next.do('call', 'counter', 'increment'), 2);
  assert.deepEqual(await next.do('slots', 'counter'), slots);
  assert.deepEqual((await next.do('events')).map(({ type, sessionId: id }) => [type, id]), [['resumed', sessionId]]);
});

test('a page reaches no module that is Node’s', async t => {
  const page = await openPage(t, await openProfile(t));
  files().requests.length = 0;
  await startPagePeer(page, { name: 'a' });
  const wrong = files().requests.filter(path => /lmdb|node_modules\/ws\/|fs-native|baggage\/fs|wasm-node|tcp|netlayers\/websocket\.js/.test(path));
  assert.deepEqual(wrong, []);
  assert.ok(files().requests.includes('/js/index-inline.js'));
});

test('the core is fetched by ocapn-wasm/slim, and streams', async t => {
  const page = await openPage(t, await openProfile(t));
  files().requests.length = 0;
  const answer = await page.evaluate(async () => {
    const { init, makeClient } = await import('ocapn-wasm/slim');
    await Promise.all([init(), init()]);
    return typeof makeClient().shutdown;
  });
  assert.equal(answer, 'function');
  assert.equal(files().requests.filter(path => path.endsWith('.wasm')).length, 1);
  assert.ok(!files().requests.some(path => path.includes('inline')));
});

test('nothing works before init; a page may bring the compiled core and the randomness', async t => {
  const page = await openPage(t, await openProfile(t));
  files().requests.length = 0;
  const told = await page.evaluate(async () => {
    const { init, makeClient } = await import('ocapn-wasm/slim');
    const codeOf = (/** @type {() => unknown} */ act) => {
      try {
        act();
        return 'none';
      } catch (error) {
        return /** @type {any} */ (error).code;
      }
    };
    const early = codeOf(() => makeClient());
    const module = await WebAssembly.compileStreaming(fetch('/pkg/ocapn_wasm_bg.wasm'));
    let drawn = 0;
    const random = (/** @type {number} */ length) => {
      drawn += length;
      return crypto.getRandomValues(new Uint8Array(length));
    };
    await init({ module, random });
    await init();
    return [early, codeOf(() => makeClient()), drawn];
  });
  assert.deepEqual(told, ['API_MISUSE', 'none', 32]);
  assert.equal(files().requests.filter(path => path.endsWith('.wasm')).length, 1);
});

test('kill -9 of the server in the middle of calls: each is answered, or rejected with a code, and nothing runs twice', async t => {
  const { peer, start } = await startServer(t);
  const page = await openPage(t, await openProfile(t));
  const tab = await startPagePeer(page, { name: 'a' });
  await tab.do('enliven', 'counter', peer.location, 'counter');
  await tab.do('enliven', 'keeper', peer.location, 'keeper');
  await tab.do('call', 'keeper', 'keep', [{ name: 'listener' }]);
  const before = await tab.do('slots', 'counter');
  await tab.do('burst', 'counter', 'increment', Array.from({ length: 200 }, () => []));
  await until(async () => (await tab.do('outcomes')).length > 3, 'some answers', PATIENCE);
  await peer.kill();
  await untilEvent(tab, 'suspended');
  const again = await start();
  const outcomes = await untilSettled(tab, 200, 'all calls settle');
  const values = outcomes.filter(({ error }) => !error).map(({ value }) => value);
  const codes = new Set(outcomes.flatMap(({ error }) => (error ? [error.code] : [])));
  assert.deepEqual([...codes].filter(code => code !== 'MAY_HAVE_RUN' && code !== 'DID_NOT_RUN'), []);
  assert.deepEqual(values, values.map((_, i) => i + 1), 'those that were answered ran once, in order');
  const count = await tab.do('call', 'counter', 'value');
  assert.ok(count >= values.length && count <= 200, `${count} ran, ${values.length} were answered`);
  assert.deepEqual(await tab.do('slots', 'counter'), before);
  assert.deepEqual(typesOf(await tab.do('events')), ['fresh', 'suspended', 'resumed']);
  assert.deepEqual(again.events.all.map(({ type }) => type), ['resumed']);
});

/**
 * What is open is closed by the network, since the browser does not tell a page of its own WebSockets; what is dialled then
 * is refused by the browser.
 *
 * @param {import('playwright-core').BrowserContext} profile
 * @param {import('./support/road.js').Road} road
 * @param {import('./support/harness.js').PagePeer} tab
 */
const goOffline = async (profile, road, tab) => {
  road.open(false);
  road.cut();
  await untilEvent(tab, 'suspended');
  await profile.setOffline(true);
  road.open(true);
};

test('offline for a while: calls wait, go out in order, and none runs twice', async t => {
  const { peer, road } = await startServer(t);
  const profile = await openProfile(t);
  const page = await openPage(t, profile, { mayFail: /ERR_INTERNET_DISCONNECTED/ });
  const tab = await startPagePeer(page, { name: 'a' });
  await tab.do('enliven', 'counter', peer.location, 'counter');
  assert.equal(await tab.do('call', 'counter', 'increment'), 1);
  await goOffline(profile, road, tab);
  const connections = road.count();
  await tab.do('burst', 'counter', 'increment', Array.from({ length: 20 }, (_, i) => [i]));
  await new Promise(resolve => setTimeout(resolve, 5000));
  assert.deepEqual(await tab.do('outcomes'), []);
  assert.equal(road.count(), connections, 'nothing gets through');
  await profile.setOffline(false);
  const outcomes = await untilSettled(tab, 20, 'the calls go out');
  assert.deepEqual(outcomes.map(({ args: [i], value }) => [i, value]), Array.from({ length: 20 }, (_, i) => [i, i + 2]));
  assert.deepEqual(typesOf(await tab.do('events')), ['fresh', 'suspended', 'resumed']);
});

/** Of a client that dials by itself only after hours. */
const SELDOM = { times: { retryLeast: 3_600_000, retryMost: 3_600_000 } };

for (const inWorker of [false, true]) {
  test(`${inWorker ? 'a dedicated worker' : 'a page'} that is online again dials at once, and not with the next retry`, async t => {
    const { peer, road } = await startServer(t);
    const profile = await openProfile(t);
    const page = await openPage(t, profile, { mayFail: /ERR_INTERNET_DISCONNECTED/ });
    const tab = await startPagePeer(page, { name: 'a', client: SELDOM }, { inWorker });
    await tab.do('enliven', 'counter', peer.location, 'counter');
    await goOffline(profile, road, tab);
    await tab.do('burst', 'counter', 'increment', [[]]);
    await profile.setOffline(false);
    const [{ value, error }] = await untilSettled(tab, 1, 'the call goes out');
    assert.equal(value, 1, JSON.stringify(error));
    assert.deepEqual(typesOf(await tab.do('events')), ['fresh', 'suspended', 'resumed']);
  });
}

test('offline for too long: the calls are rejected, and did not run', async t => {
  const { peer, road } = await startServer(t);
  const profile = await openProfile(t);
  const page = await openPage(t, profile, { mayFail: /ERR_INTERNET_DISCONNECTED/ });
  const tab = await startPagePeer(page, { name: 'a', client: { times: { queue: 300 } } });
  await tab.do('enliven', 'counter', peer.location, 'counter');
  await goOffline(profile, road, tab);
  await tab.do('burst', 'counter', 'increment', [[], [], []]);
  const outcomes = await untilSettled(tab, 3, 'the calls are rejected');
  assert.deepEqual(outcomes.map(({ error }) => error.code), ['QUEUE_TIMEOUT', 'QUEUE_TIMEOUT', 'QUEUE_TIMEOUT']);
  await profile.setOffline(false);
  // Where it waits for that, it waits no longer than the others did.
  await untilEvent(tab, 'resumed');
  assert.equal(await tab.do('call', 'counter', 'value'), 0);
});

test('offline with more calls than may wait: those that are too many are rejected at once, the others go out in order', async t => {
  const { peer, road } = await startServer(t);
  const profile = await openProfile(t);
  const page = await openPage(t, profile, { mayFail: /ERR_INTERNET_DISCONNECTED/ });
  const tab = await startPagePeer(page, { name: 'a', client: { limits: { queuedBytes: 1000 } } });
  await tab.do('enliven', 'counter', peer.location, 'counter');
  await goOffline(profile, road, tab);
  const all = Array.from({ length: 40 }, (_, i) => [i, 'x'.repeat(50)]);
  await tab.do('burst', 'counter', 'increment', all);
  await until(async () => (await tab.do('outcomes')).length > 0, 'some are rejected', PATIENCE);
  const refused = await tab.do('outcomes');
  assert.deepEqual([...new Set(refused.map((/** @type {any} */ { error }) => error?.code))], ['QUEUE_FULL']);
  const kept = 40 - refused.length;
  assert.ok(kept > 0 && kept < 40, `${kept} wait`);
  assert.deepEqual(refused.map((/** @type {any} */ { args: [i] }) => i), all.slice(kept).map(([i]) => i));
  await profile.setOffline(false);
  const answered = (await untilSettled(tab, 40, 'the calls go out')).slice(refused.length);
  assert.deepEqual(answered.map(({ args: [i], value }) => [i, value]), all.slice(0, kept).map(([i]) => [i, Number(i) + 1]));
  assert.equal(await tab.do('call', 'counter', 'value'), kept);
});

for (const [what, sleep] of /** @type {Array<[string, (server: any) => (() => void) | void]>} */ ([
  ['the network swallows everything, as when a laptop slept', ({ road }) => road.freeze()],
  ['the server stands still', ({ peer }) => {
    process.kill(peer.pid, 'SIGSTOP');
    return () => process.kill(peer.pid, 'SIGCONT');
  }],
])) {
  test(`${what}: the session goes on over a new connection`, async t => {
    const server = await startServer(t);
    const page = await openPage(t, await openProfile(t));
    // On a busy machine a peer that lives may be given up, too: that makes more of the same.
    const tab = await startPagePeer(page, { name: 'a', client: { times: { idle: 300, probe: 1500 } } });
    await tab.do('enliven', 'counter', server.peer.location, 'counter');
    const [{ sessionId }] = await tab.do('events');
    const wake = sleep(server);
    // Nobody closes the connection: that it is dead has to be found out.
    await tab.do('burst', 'counter', 'increment', [[]]);
    const [lost] = await untilSettled(tab, 1, 'the call is given up');
    assert.equal(lost.error?.code, 'MAY_HAVE_RUN', JSON.stringify(lost));
    await untilEvent(tab, 'suspended');
    wake?.();
    await untilEvent(tab, 'resumed');
    const value = await throughCuts(() => tab.do('call', 'counter', 'value'));
    assert.ok(value === 0 || value === 1, String(value));
    const events = await tab.do('events');
    assert.deepEqual(typesOf(events.slice(0, 3)), ['fresh', 'suspended', 'resumed']);
    assert.deepEqual([...new Set(events.map((/** @type {any} */ { sessionId: id }) => id))], [sessionId]);
  });
}
