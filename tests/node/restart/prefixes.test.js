// @ts-check

import { encodeSwissnum, makeClient } from '../../../js/index.js';
import { makeTcpNetLayer } from '../../../js/netlayers/tcp.js';
import { openStore } from '../../../js/store.js';
import { makeThings, registerObjects } from '../support/objects.js';
import { quickTimes } from '../support/peer.js';
import { readRows } from '../support/rows.js';
import { read, SyrupRecord } from '../support/syrup.js';
import { Log, throughCuts, until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';

/**
 * A baggage without `commit`: a process may end between any two of its writes. Each prefix of them must open, and must hold
 * all that a peer could have seen by then.
 */

/** @typedef {{ key: string, value: Uint8Array | undefined } | { sent: any }} Step a write, or a message that left */

const OF_SESSIONS = /^(?:ocapn-durable:tables|ocapn:giftTable|ocapn:resumeSessionsById)\/([0-9a-f]+)\/([0-9a-f]+)/;

/** @param {Step[]} steps */
const makeRecorder = steps => {
  const map = new Map();
  return {
    has: (/** @type {string} */ key) => map.has(key),
    get: (/** @type {string} */ key) => map.get(key)?.slice(),
    keys: () => map.keys(),
    set: (/** @type {string} */ key, /** @type {Uint8Array} */ value) => {
      steps.push({ key, value: value.slice() });
      map.set(key, value.slice());
    },
    delete: (/** @type {string} */ key) => {
      steps.push({ key, value: undefined });
      map.delete(key);
    },
  };
};

/** @param {any} t */
const makeRecorded = async t => {
  /** @type {Step[]} */
  const steps = [];
  const baggage = makeRecorder(steps);
  const things = makeThings();
  const events = new Log();
  const options = { tryResumeSession: true, debugMode: true, describe: things.describe, revive: things.revive };
  /** @type {Set<any>} */
  const connections = new Set();
  const client = makeClient({
    ...options,
    baggage,
    times: { ...quickTimes, gather: 0 },
    onSessionEvent: event => events.push(event),
  });
  const netlayer = await client.registerNetlayer((handlers, logger) =>
    makeTcpNetLayer({
      logger,
      baggage,
      handlers: {
        ...handlers,
        makeConnection: (inner, isOutgoing, socket) => {
          const recording = {
            ...socket,
            write: (/** @type {Uint8Array} */ bytes) => {
              steps.push({ sent: read(Buffer.from(bytes.slice())).value });
              socket.write(bytes);
            },
          };
          const connection = handlers.makeConnection(inner, isOutgoing, recording);
          connections.add(connection);
          return connection;
        },
      },
    }),
  );
  const objects = registerObjects(/** @type {any} */ ({ client, baggage }), things);
  t.after(() => client.shutdown());
  return { objects, steps, baggage, client, events, netlayer, location: netlayer.location, connections, options };
};

/** @param {any} value @returns {number[]} positions of the objects that a message gives */
const given = value => {
  if (value instanceof SyrupRecord) {
    return value.label === 'desc:import-object' ? [Number(value.fields[0])] : value.fields.flatMap(given);
  }
  if (Array.isArray(value)) return value.flatMap(given);
  return value instanceof Map ? [...value.values()].flatMap(given) : [];
};

/**
 * What must be stored when a message leaves.
 *
 * @param {Map<string, Uint8Array>} map
 * @param {SyrupRecord} message
 * @param {Map<number, number>} counts how often each position was given so far
 */
const checkSent = (map, { label, fields }, counts) => {
  const rows = readRows(map);
  if (label === 'op:deliver') {
    for (const position of given(fields[1])) {
      counts.set(position, (counts.get(position) ?? 0) + 1);
      const row = rows.find(each => each.side === 'o+' && each.position === position);
      assert.ok(row && row.count >= Number(counts.get(position)), `o+${position} left before its count`);
    }
  }
  if (label === 'op:gc-exports') {
    for (const position of fields[0].map(Number)) {
      assert.ok(!rows.some(each => each.side === 'o-' && each.position === position), `o-${position} was released before its row`);
    }
  }
  if (label === 'op:resume-session' && fields[1] < 2n ** 64n) {
    const [record] = [...map].filter(([key]) => key.startsWith('ocapn:resumeSessionsById/'));
    const [, body] = read(Buffer.from(/** @type {any} */ (record)[1])).value.fields;
    assert.ok(body.fields[7] > fields[1], `attempt ${fields[1]} left before its number`);
  }
};

/**
 * A process on what there was after some of the writes.
 *
 * @param {Map<string, Uint8Array>} map
 * @param {Awaited<ReturnType<typeof makeRecorded>>['options']} options
 */
const checkOpens = async (map, options) => {
  const copy = new Map(map);
  const client = makeClient({ ...options, baggage: copy });
  await openStore(copy).idle();
  const owners = new Set([...copy.keys()].filter(key => key.startsWith('ocapn:resumeSessionsById/')).map(key => key.split('/').slice(1).join('/')));
  for (const key of copy.keys()) {
    const [, own, id] = OF_SESSIONS.exec(key) ?? [];
    if (own !== undefined) assert.ok(owners.has(`${own}/${id}`), `${key} has no session`);
  }
  const entries = [...copy].filter(([key]) => key.startsWith('ocapn:resumeSessionsByLocationId/'));
  for (const [key, value] of entries) {
    const [own, id] = read(Buffer.from(value)).value.fields[1].fields.map((/** @type {Buffer} */ part) => part.toString('hex'));
    assert.ok(owners.has(`${own}/${id}`), `${key} leads nowhere`);
  }
  await client.shutdown();
};

test('a store without commits: each prefix of its writes opens, and holds what had left by then', async t => {
  const [a, b] = [await makeRecorded(t), await makeRecorded(t)];
  const enliven = (/** @type {typeof a} */ from, /** @type {any} */ location, /** @type {string} */ name) =>
    from.client.enlivenSturdyRef(from.client.makeSturdyRef(location, encodeSwissnum(name)));
  const maker = await enliven(a, b.location, 'maker');
  const keeper = await enliven(a, b.location, 'keeper');
  for (const title of ['one', 'two', 'one']) await E(await E(maker).make(title)).title();
  await E(keeper).keep(a.objects.listener);
  assert.equal(await E(keeper).tell('something'), 'something heard');
  for (let round = 0; round < 2; round += 1) {
    for (const connection of a.connections) connection.end();
    await a.events.waitFor(({ type }) => type === 'resumed', 'the resume', { from: a.events.all.length });
    await E(maker).make(`after ${round}`);
  }
  const session = await a.client.provideSession(b.location);
  session.abort('enough');
  await b.events.waitFor(({ type }) => type === 'severed', 'the end');
  await until(() => [...b.baggage.keys()].every(key => !key.startsWith('ocapn-durable:')), 'all is deleted');

  for (const { steps, options } of [a, b]) {
    /** @type {Map<string, Uint8Array>} */
    const map = new Map();
    const counts = new Map();
    let writes = 0;
    for (const step of steps) {
      if ('sent' in step) {
        checkSent(map, step.sent, counts);
        continue;
      }
      if (step.value === undefined) map.delete(step.key);
      else map.set(step.key, step.value);
      writes += 1;
      await checkOpens(map, options);
    }
    assert.ok(writes > 25 && counts.size > 0, `${writes} writes`);
  }
});

/** @param {any} value @param {string} label @returns {boolean} whether a message has such a record, or such a selector */
const mentions = (value, label) => {
  if (value instanceof SyrupRecord) return value.label === label || value.fields.some((/** @type {any} */ each) => mentions(each, label));
  if (Array.isArray(value)) return value.some(each => mentions(each, label));
  if (value instanceof Map) return [...value.values()].some(each => mentions(each, label));
  return String(typeof value === 'symbol' ? value.description : value) === label;
};

test('the same with gifts: what a giver, an exporter and a receiver write of them', async t => {
  const [a, b, c] = [await makeRecorded(t), await makeRecorded(t), await makeRecorded(t)];
  const enliven = (/** @type {any} */ location, /** @type {string} */ name) =>
    a.client.enlivenSturdyRef(a.client.makeSturdyRef(location, encodeSwissnum(name)));
  const maker = await enliven(b.location, 'maker');
  const keeper = await enliven(c.location, 'keeper');
  const gifts = [];
  for (const title of ['one', 'two']) {
    const thing = await E(maker).make(title);
    await E(keeper).keep(thing);
    gifts.push(thing);
  }
  assert.equal(await E(E(c.objects.keeper).first()).title(), 'one');
  for (const connection of a.connections) connection.end();
  // The same once more, over other connections of the same sessions.
  await throughCuts(() => E(keeper).keep(gifts[1]));
  for (const location of [b.location, c.location]) (await a.client.provideSession(location)).abort('enough');
  await b.events.waitFor(({ type }) => type === 'severed', 'the end', { from: 0 });
  await until(() => [...a.baggage.keys()].every(key => !key.startsWith('ocapn-durable:')), 'all of the giver is deleted');

  const seen = { deposits: 0, gifts: 0, told: 0, left: 0 };
  for (const { steps, options } of [a, b, c]) {
    /** @type {Map<string, Uint8Array>} */
    const map = new Map();
    /** @type {Set<string>} */
    const deposits = new Set();
    for (const step of steps) {
      if ('sent' in step) {
        if (mentions(step.sent, 'desc:handoff-give') && !mentions(step.sent, 'desc:handoff-receive')) {
          seen.told += 1;
          assert.ok(deposits.size >= seen.told, `receivers were told of ${seen.told} gifts, and ${deposits.size} were stored`);
        }
        if (mentions(step.sent, 'deposit-gift')) {
          seen.left += 1;
          assert.ok(deposits.size >= seen.left, `${seen.left} gifts were left, and ${deposits.size} were stored`);
        }
        continue;
      }
      const isGift = step.key.startsWith('ocapn:giftTable/');
      const isDeposit = step.key.includes('/g:');
      if (step.value === undefined) {
        map.delete(step.key);
      } else {
        map.set(step.key, step.value);
        if (isGift) seen.gifts += 1;
        if (isDeposit) {
          seen.deposits += 1;
          deposits.add(step.key);
        }
      }
      await checkOpens(map, options);
    }
  }
  assert.ok(Object.values(seen).every(count => count >= 2), JSON.stringify(seen));
});
