// @ts-check

import { encodeSwissnum, makeFsDurableBaggage, formatSturdyRefUri, makeClient, parseSturdyRefUri } from '../../js/index.js';
import { makeWebSocketDialNetLayer } from '../../js/netlayers/websocket-dial.js';
import { findPort, until } from './fixtures/netlayer-kit.js';
import { challengeOf, dialBare, fetch, makeRoad, startClient, urlOf } from './fixtures/websocket-kit.js';

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';
import { WebSocket } from 'ws';

/** @import { TestContext } from 'node:test' */

/** @param {string} name */
const makeEcho = name => Far(name, { echo: (/** @type {unknown} */ it) => it, who: () => name, call: (/** @type {any} */ it) => E(it).hi() });

/** @param {import('../../js/index.js').OcapnLocation} location */
const portOf = location => Number(new URL(urlOf(location)).port);

/** @returns {Map<string, Uint8Array>} */
const makeBaggage = () => new Map();

/**
 * What of a baggage is the netlayer's.
 *
 * @param {Map<string, Uint8Array>} baggage
 */
const netlayerPart = baggage => new Map([...baggage].filter(([key]) => key.startsWith('ocapn:netlayer/')));

test('two clients call each other, each over the session that it dialled', async t => {
  const [a, b] = [await startClient(t), await startClient(t)];
  for (const { client } of [a, b]) {
    client.registerSturdyRef('echo', makeEcho('echo'));
  }
  for (const [from, to] of [[a, b], [b, a]]) {
    const echo = await fetch(from, to.location, 'echo');
    assert.equal(await E(echo).echo('hello'), 'hello');
    assert.equal(await E(echo).call(Far('me', { hi: () => 'back' })), 'back');
  }
  assert.deepEqual([a.types(), b.types()], [['fresh', 'fresh'], ['fresh', 'fresh']]);
});

test('a URI says all that it takes', async t => {
  const [a, b] = [await startClient(t), await startClient(t)];
  b.client.registerSturdyRef('echo', makeEcho('echo'));
  const { location, swissNum } = parseSturdyRefUri(formatSturdyRefUri(b.location, encodeSwissnum('echo')));
  assert.equal(await E(a.client.enlivenSturdyRef(a.client.makeSturdyRef(location, swissNum))).echo(1n), 1n);
});

test('a wrong designator: no session, on either side', async t => {
  const [a, b, c] = [await startClient(t), await startClient(t), await startClient(t)];
  const wrong = { ...b.location, hints: c.location.hints };
  await assert.rejects(a.client.provideSession(wrong), { code: 'PEER_CHANGED' });
  for (const { client, types } of [a, b, c]) {
    assert.deepEqual(client._debug.inspect().sessions, []);
    assert.deepEqual(types(), []);
  }
});

test('a session goes on after a cut', async t => {
  const road = await makeRoad(t);
  const a = await startClient(t, { baggage: makeBaggage() });
  const port = await findPort();
  // It would dial past the road.
  const b = await startClient(t, { baggage: makeBaggage(), reconnect: 'on-demand' }, { specifiedUrl: road.url, specifiedPort: port });
  road.leadTo(port);
  b.client.registerSturdyRef('echo', makeEcho('echo'));
  const echo = await fetch(a, b.location, 'echo');
  for (let round = 0; round < 3; round += 1) {
    assert.equal(await E(echo).echo(round), round);
    road.cut();
    await until(() => a.types().filter(type => type === 'suspended').length > round, 'the cut');
  }
  assert.equal(await E(echo).echo('on'), 'on');
  assert.deepEqual(a.types(), ['fresh', 'suspended', 'resumed', 'suspended', 'resumed', 'suspended', 'resumed']);
  assert.deepEqual([...new Set(b.types())].sort(), ['fresh', 'resumed', 'suspended']);
});

test('a session outlives a server that has no room for the connection, however long', async t => {
  const road = await makeRoad(t);
  const times = { resumeGrace: 100, retryLeast: 10, retryMost: 20 };
  const a = await startClient(t, { baggage: makeBaggage(), times });
  const port = await findPort();
  const b = await startClient(
    t,
    { baggage: makeBaggage(), reconnect: 'on-demand', limits: { handshakes: 1 } },
    { specifiedUrl: road.url, specifiedPort: port },
  );
  road.leadTo(port);
  b.client.registerSturdyRef('echo', makeEcho('echo'));
  const echo = await fetch(a, b.location, 'echo');
  // Somebody has the one place there is, past the road, and says nothing more.
  const direct = { ...b.location, hints: { url: `ws://127.0.0.1:${port}` } };
  const { socket, messages } = await dialBare({ ...b.netlayer, location: direct });
  socket.send(challengeOf(1));
  await until(() => messages.length === 1, 'it is told who this is');
  const [before, end] = [road.count(), Date.now() + 5 * times.resumeGrace];
  road.cut();
  await until(() => road.count() > before + 5 && Date.now() > end, 'it was dialled for much longer than the grace');
  assert.deepEqual(a.types(), ['fresh', 'suspended']);
  socket.close();
  assert.equal(await E(echo).echo('on'), 'on');
  assert.deepEqual(a.types(), ['fresh', 'suspended', 'resumed']);
});

test('a session goes on after its server was started again on the same baggage', async t => {
  const a = await startClient(t, { baggage: makeBaggage() });
  const baggage = makeBaggage();
  let b = await startClient(t, { baggage });
  const { location } = b;
  b.client.registerSturdyRef('echo', makeEcho('first'));
  const echo = await fetch(a, location, 'echo');
  assert.equal(await E(echo).who(), 'first');
  await b.client.shutdown();
  await until(() => a.types().includes('suspended'), 'the cut');
  b = await startClient(t, { baggage });
  b.client.registerSturdyRef('echo', makeEcho('second'));
  assert.deepEqual(b.location, location);
  assert.equal(await E(echo).who(), 'second');
  assert.deepEqual([a.types(), b.types()], [['fresh', 'suspended', 'resumed'], ['resumed']]);
});

test('who is refused by the peer itself starts afresh, at once and unasked', async t => {
  const a = await startClient(t, { baggage: makeBaggage() });
  const baggage = makeBaggage();
  const b = await startClient(t, { baggage });
  b.client.registerSturdyRef('echo', makeEcho('first'));
  const echo = await fetch(a, b.location, 'echo');
  await b.client.shutdown();
  await until(() => a.types().includes('suspended'), 'the cut');
  const later = E(echo).who();
  later.catch(() => {});
  const again = await startClient(t, { baggage: netlayerPart(baggage) });
  again.client.registerSturdyRef('echo', makeEcho('second'));
  assert.deepEqual(again.location, b.location);
  await assert.rejects(later, { code: 'SESSION_REFUSED' });
  await until(() => a.types().filter(type => type === 'fresh').length === 2, 'a fresh session');
  assert.deepEqual(a.types(), ['fresh', 'suspended', 'severed', 'fresh']);
  assert.equal(a.events[2].reason?.code ?? a.events[2].code, 'SESSION_REFUSED');
  assert.equal(await E(await fetch(a, b.location, 'echo')).who(), 'second');
  assert.deepEqual(again.types(), ['fresh']);
  await assert.rejects(E(echo).who(), { code: 'SESSION_REFUSED' });
});

test('nobody else is resumed with, or believed, at the place of a peer', async t => {
  const road = await makeRoad(t);
  const a = await startClient(t, { baggage: makeBaggage() });
  const port = await findPort();
  const b = await startClient(t, { baggage: makeBaggage(), reconnect: 'on-demand' }, { specifiedUrl: road.url, specifiedPort: port });
  road.leadTo(port);
  b.client.registerSturdyRef('echo', makeEcho('b'));
  const echo = await fetch(a, b.location, 'echo');
  const impostor = await startClient(t);
  impostor.client.registerSturdyRef('echo', makeEcho('impostor'));
  road.leadTo(portOf(impostor.location));
  road.cut();
  await until(() => a.types().includes('suspended'), 'the cut');
  const later = E(echo).who();
  await new Promise(resolve => setTimeout(resolve, 150));
  assert.deepEqual(impostor.types(), []);
  road.leadTo(port);
  assert.equal(await later, 'b');
  assert.deepEqual(a.types(), ['fresh', 'suspended', 'resumed']);
});

/**
 * A client, a peer of it, and another that says it is that peer, with a session that it dialled and can cut.
 *
 * @param {TestContext} t
 */
const startImpostor = async t => {
  const a = await startClient(t, { baggage: makeBaggage() });
  const victim = await startClient(t, { baggage: makeBaggage() });
  const mallory = await startClient(t, { baggage: makeBaggage() }, { claim: victim.location });
  for (const [{ client }, name] of /** @type {const} */ ([[a, 'a'], [victim, 'victim'], [mallory, 'mallory']])) {
    client.registerSturdyRef('echo', makeEcho(name));
  }
  const road = await makeRoad(t);
  road.leadTo(portOf(a.location));
  const echo = await fetch(mallory, { ...a.location, hints: { url: road.url } }, 'echo');
  assert.equal(await E(echo).who(), 'a');
  return { a, victim, mallory, road, echo };
};

test('an incoming session is used once its peer was dialled and went on with it', async t => {
  const a = await startClient(t, { baggage: makeBaggage() });
  const b = await startClient(t, { baggage: makeBaggage() });
  for (const [{ client }, name] of /** @type {const} */ ([[a, 'a'], [b, 'b']])) {
    client.registerSturdyRef('echo', makeEcho(name));
  }
  const echo = await fetch(a, b.location, 'echo');
  assert.equal(await E(echo).who(), 'b');
  const { sessionId } = await a.client.provideSession(b.location);
  // B dials, and it is the same session.
  const back = await b.client.provideSession(a.location);
  assert.equal(back.sessionId, sessionId);
  assert.equal(await E(await fetch(b, a.location, 'echo')).who(), 'a');
  assert.equal(await E(echo).who(), 'b');
  assert.deepEqual(b.types(), ['fresh', 'resumed']);
  assert.equal(a.client._debug.inspect().sessions.length, 1);
});

test('an incoming connection never becomes the session of provideSession', async t => {
  const { a, victim } = await startImpostor(t);
  assert.deepEqual(a.types(), ['fresh']);
  assert.equal(await E(await fetch(a, victim.location, 'echo')).who(), 'victim');
  assert.equal(a.client._debug.inspect().sessions.length, 2);
});

test('nor does an incoming connection that goes on with its session', async t => {
  const { a, victim, mallory, road, echo } = await startImpostor(t);
  road.cut();
  await until(() => mallory.types().includes('resumed'), 'the resume');
  assert.equal(await E(echo).who(), 'a');
  assert.equal(await E(await fetch(a, victim.location, 'echo')).who(), 'victim');
});

test('who can only dial keeps its session and its references, and is called over it', async t => {
  const b = await startClient(t, { baggage: makeBaggage() });
  /** @type {any} */
  let callback;
  b.client.registerSturdyRef('keeper', Far('keeper', { keep: (/** @type {any} */ it) => void (callback = it), who: () => 'keeper' }));
  const baggage = makeBaggage();
  const startDialler = async () => {
    /** @type {string[]} */
    const types = [];
    const client = makeClient({
      baggage,
      tryResumeSession: true,
      times: { retryLeast: 20, retryMost: 100 },
      onSessionEvent: ({ type }) => types.push(type),
    });
    const { location } = await client.registerNetlayer((handlers, logger) =>
      makeWebSocketDialNetLayer({ handlers, logger, baggage, WebSocket: /** @type {any} */ (WebSocket) }),
    );
    t.after(() => client.shutdown());
    client.registerSturdyRef('callback', Far('callback', { called: (/** @type {string} */ text) => `${text}!` }));
    return { client, location, types };
  };
  let page = await startDialler();
  const { location } = page;
  const seed = page.client.makeSturdyRef(b.location, encodeSwissnum('keeper'));
  await E(page.client.enlivenSturdyRef(seed)).keep(Far('me', { called: (/** @type {string} */ text) => `${text}?` }));
  assert.equal(await E(callback).called('one'), 'one?');
  await assert.rejects(b.client.provideSession(location), { code: 'NOT_DIALABLE' });
  await page.client.shutdown();
  await until(() => b.types().includes('suspended'), 'the cut');
  page = await startDialler();
  assert.deepEqual(page.location, location);
  assert.equal(await E(page.client.enlivenSturdyRef(page.client.makeSturdyRef(b.location, encodeSwissnum('keeper')))).who(), 'keeper');
  assert.deepEqual(page.types, ['resumed']);
  assert.deepEqual(b.types(), ['fresh', 'suspended', 'resumed']);
});

test('a reference outlives kill -9 of the process that it leads to, whose designator stays', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'ocapn-websocket-'));
  const script = fileURLToPath(new URL('fixtures/websocket-child.js', import.meta.url));
  const startChild = async () => {
    const child = spawn(process.execPath, [script, join(directory, 'b')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = new Promise(resolve => child.once('exit', resolve));
    const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
    const kill = () => {
      child.kill('SIGKILL');
      return exited;
    };
    return { location: JSON.parse(String(value)), pid: child.pid, kill };
  };
  const baggage = makeFsDurableBaggage({ filePath: join(directory, 'a') });
  const a = await startClient(t, { baggage });
  let child = await startChild();
  t.after(async () => {
    await child.kill();
    await a.client.shutdown();
    await baggage.close?.();
    rmSync(directory, { recursive: true, force: true });
  });
  const { location } = child;
  const counter = await fetch(a, location, 'counter');
  assert.equal(await E(counter).pid(), child.pid);
  await child.kill();
  await until(() => a.types().includes('suspended'), 'the cut');
  child = await startChild();
  assert.deepEqual(child.location, location);
  assert.equal(await E(counter).pid(), child.pid);
  assert.deepEqual(a.types(), ['fresh', 'suspended', 'resumed']);
});
