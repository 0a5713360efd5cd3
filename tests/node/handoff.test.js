// @ts-check

import { makePeer, pause, until } from './fixtures/face-pair.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

import { encodeSwissnum } from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';

/** @import { ClientOptions } from '../../js/options.js' */

/**
 * Three clients: `a` gives what is `b`'s to `c`.
 *
 * @param {{ after: (done: () => unknown) => void }} t
 * @param {object} [options]
 * @param {ClientOptions} [options.a]
 * @param {ClientOptions} [options.b]
 * @param {ClientOptions} [options.c]
 */
const makeThree = async (t, options = {}) => {
  const network = makeMemoryNetwork();
  const a = await makePeer(network, 'a', { debugMode: true, ...options.a });
  const b = await makePeer(network, 'b', { debugMode: true, ...options.b });
  const c = await makePeer(network, 'c', { debugMode: true, ...options.c });
  t.after(() => Promise.all([a.client.shutdown(), b.client.shutdown(), c.client.shutdown()]));
  /** @type {any[]} */
  const kept = [];
  let made = 0;
  const makeThing = () => {
    made += 1;
    const number = BigInt(made);
    return Far(`thing ${number}`, { number: () => number });
  };
  const thing = makeThing();
  /** @type {{ promise: Promise<any>, resolve: (value: any) => void, reject: (reason: any) => void }} */
  const kit = /** @type {any} */ ({});
  kit.promise = new Promise((resolve, reject) => Object.assign(kit, { resolve, reject }));
  b.client.registerSturdyRef(
    'maker',
    Far('maker', {
      thing: () => thing,
      make: makeThing,
      later: () => harden([kit.promise]),
      wait: () => kit.promise,
      is: (/** @type {any} */ value) => value === thing,
    }),
  );
  c.client.registerSturdyRef(
    'keeper',
    Far('keeper', {
      keep: (/** @type {any} */ value) => {
        kept.push(value);
        return 'kept';
      },
      number: (/** @type {any} */ value) => E(value).number(),
      wait: async (/** @type {any} */ value) => value,
      give: () => kept[0],
    }),
  );
  /** @param {{ location: any }} peer @param {string} name */
  const from = (peer, name) =>
    a.client.enlivenSturdyRef(a.client.makeSturdyRef(peer.location, encodeSwissnum(name)));
  const maker = await from(b, 'maker');
  const keeper = await from(c, 'keeper');
  return { network, a, b, c, maker, keeper, kept, thing, makeThing, kit };
};

/** @template T @param {T} value */
const harden = value => Object.freeze(value);

/** @param {{ client: any }} peer */
const inspect = ({ client }) => client._debug.inspect();

test('a reference of one peer is given to another, which calls it without the giver', async t => {
  const { network, maker, keeper, kept, a, b } = await makeThree(t);
  const thing = await E(maker).thing();
  assert.equal(await E(keeper).number(thing), 1n);
  await E(keeper).keep(thing);
  const received = await kept[0];
  network.cut('a');
  await until(() => a.events.filter(event => event.type === 'severed').length === 2, 'a is cut off');
  assert.equal(await E(received).number(), 1n);
  assert.equal(inspect(b).gifts, 0);
});

test('the same reference twice, in one message and in two, is the same object to its receiver', async t => {
  const { maker, keeper, kept } = await makeThree(t);
  const thing = await E(maker).thing();
  await E(keeper).keep(harden([thing, thing]));
  await E(keeper).keep(thing);
  const [[first, second], third] = kept;
  assert.equal(await first, await second);
  assert.equal(await first, await third);
});

test('a reference comes home as the object that it is', async t => {
  const { maker, keeper } = await makeThree(t);
  const thing = await E(maker).thing();
  await E(keeper).keep(thing);
  const back = await E(keeper).give();
  assert.equal(back, thing);
  assert.equal(await E(maker).is(back), true);
});

test('many gifts: each has a count of its own', async t => {
  const { network, maker, keeper, c, b } = await makeThree(t);
  /** @type {string[]} */
  const counts = [];
  network.tamper('c', 'b', bytes => {
    // Two byte strings of 32 come first: the session and the side.
    const [, count] = /20'desc:handoff-receive32:[^]{32}32:[^]{32}(\d+)\+/.exec(Buffer.from(bytes).toString('latin1')) ?? [];
    if (count !== undefined) {
      counts.push(count);
    }
    return bytes;
  });
  const things = await Promise.all([E(maker).make(), E(maker).make(), E(maker).make()]);
  const numbers = await Promise.all(things.map(thing => E(keeper).number(thing)));
  assert.deepEqual(numbers, [2n, 3n, 4n]);
  assert.deepEqual(counts, ['0', '1', '2']);
  assert.deepEqual([inspect(b).gifts, inspect(b).claims, inspect(c).gifts], [0, 0, 0]);
});

test('a withdrawal that comes before the deposit waits for it', async t => {
  const { network, maker, keeper, b } = await makeThree(t);
  const thing = await E(maker).thing();
  network.hold('a', 'b');
  const number = E(keeper).number(thing);
  await until(() => inspect(b).claims === 1, 'the withdrawal waits');
  network.release('a', 'b');
  assert.equal(await number, 1n);
  assert.equal(inspect(b).claims, 0);
});

test('a withdrawal whose gift never comes fails in time', async t => {
  const { network, maker, keeper, b } = await makeThree(t, { b: { times: { gift: 30 } } });
  const thing = await E(maker).thing();
  network.tamper('a', 'b', () => undefined);
  await assert.rejects(E(keeper).number(thing), /did not deposit this gift in time/);
  assert.deepEqual([inspect(b).claims, inspect(b).gifts], [0, 0]);
});

test('gifts go with the session of their giver, and who waits for one is told', async t => {
  const { network, maker, keeper, b } = await makeThree(t);
  const things = [await E(maker).make(), await E(maker).make()];
  network.hold('c', 'b');
  const held = E(keeper).number(things[0]);
  held.catch(() => {});
  await until(() => inspect(b).gifts === 1, 'the gift is there');
  network.tamper('a', 'b', () => undefined);
  const waiting = E(keeper).number(things[1]);
  await pause(20);
  network.cut('a', 'b');
  await until(() => inspect(b).gifts === 0, 'the gift is gone');
  network.release('c', 'b');
  await assert.rejects(held, /no session with its gifter/);
  await assert.rejects(waiting, /no session with its gifter/);
});

test('gifts are bounded', async t => {
  const { network, maker, keeper, b } = await makeThree(t, { b: { limits: { gifts: 2 } } });
  const things = await Promise.all([E(maker).make(), E(maker).make(), E(maker).make()]);
  network.hold('c', 'b');
  const numbers = things.map(thing => E(keeper).number(thing));
  await until(() => inspect(b).gifts === 2, 'two gifts are there');
  await pause(20);
  assert.equal(inspect(b).gifts, 2);
  numbers[2]?.catch(() => {});
  network.release('c', 'b');
  assert.deepEqual(await Promise.all(numbers.slice(0, 2)), [2n, 3n]);
});

test('a reference of a severed session is broken, and never given', async t => {
  const { network, maker, keeper, a } = await makeThree(t);
  const thing = await E(maker).thing();
  network.cut('a', 'b');
  await until(() => a.events.some(event => event.type === 'severed'), 'the session is severed');
  await assert.rejects(E(keeper).number(thing), { code: 'SESSION_SEVERED' });
});

test('a reference of a suspended session is given: the deposit waits', async t => {
  const times = { retryLeast: 10, retryMost: 20 };
  const resuming = { tryResumeSession: true, times };
  const { network, maker, keeper, a, b } = await makeThree(t, {
    a: { baggage: new Map(), ...resuming },
    b: { baggage: new Map(), ...resuming },
  });
  const thing = await E(maker).thing();
  network.cut('a', 'b');
  network.hold('a', 'b');
  network.hold('b', 'a');
  await until(() => a.events.some(event => event.type === 'suspended'), 'the session is suspended');
  const number = E(keeper).number(thing);
  await until(() => inspect(b).claims === 1, 'the withdrawal waits');
  network.release('a', 'b');
  network.release('b', 'a');
  assert.equal(await number, 1n);
  await until(() => inspect(b).gifts === 0, 'the gift is taken');
});

test('a deposit that got lost is made again after the resume', async t => {
  const resuming = { tryResumeSession: true, times: { retryLeast: 10, retryMost: 20 } };
  const { network, maker, keeper } = await makeThree(t, {
    a: { baggage: new Map(), ...resuming },
    b: { baggage: new Map(), ...resuming },
  });
  const thing = await E(maker).thing();
  network.tamper('a', 'b', () => undefined);
  const number = E(keeper).number(thing);
  await pause(20);
  network.tamper('a', 'b');
  network.cut('a', 'b');
  assert.equal(await number, 1n);
});

test('a call that waits for its session takes references of other sessions along', async t => {
  const resuming = { tryResumeSession: true, times: { retryLeast: 10, retryMost: 20 } };
  const { network, maker, keeper, a } = await makeThree(t, {
    a: { baggage: new Map(), ...resuming },
    c: { baggage: new Map(), ...resuming },
  });
  const thing = await E(maker).thing();
  network.refuse('c');
  network.refuse('a');
  network.cut('a', 'c');
  await until(() => a.events.some(event => event.type === 'suspended'), 'the session is suspended');
  const numbers = [E(keeper).number(thing), E(keeper).number(thing)];
  await pause(10);
  network.refuse('c', false);
  network.refuse('a', false);
  assert.deepEqual(await Promise.all(numbers), [1n, 1n]);
});

for (const dialect of /** @type {const} */ (['2026-01', '2026-02', '2026-03'])) {
  test(`what has not settled is given, and settles (${dialect})`, async t => {
    const options = { dialect };
    const { network, maker, keeper, thing, kit } = await makeThree(t, { a: options, b: options, c: options });
    let deposits = 0;
    network.tamper('a', 'b', bytes => {
      deposits += Buffer.from(bytes).includes('deposit-gift') ? 1 : 0;
      return bytes;
    });
    const [imported] = await E(maker).later();
    const promised = E(keeper).number(imported);
    const asked = E(keeper).number(E(maker).wait());
    const settled = E(keeper).wait(E(maker).wait());
    await pause(20);
    kit.resolve(thing);
    // Only an imported promise can be a gift, and only in this dialect. The answers went through their asker.
    const asGift = dialect === '2026-03' ? 1 : 0;
    const before = deposits;
    assert.deepEqual([await promised, await asked], [1n, 1n]);
    assert.equal(before, asGift);
    assert.equal(await E(maker).is(await settled), true);
  });

  test(`what breaks later breaks for its receiver too (${dialect})`, async t => {
    const options = { dialect };
    const { maker, keeper, kit } = await makeThree(t, { a: options, b: options, c: options });
    const [imported] = await E(maker).later();
    imported.catch(() => {});
    const promised = E(keeper).number(imported);
    const waited = E(maker).wait();
    waited.catch(() => {});
    const asked = E(keeper).wait(waited);
    await pause(20);
    kit.promise.catch(() => {});
    kit.reject(Error('not this time'));
    await assert.rejects(promised, /not this time/);
    await assert.rejects(asked, /not this time/);
  });
}

test('an answer may be a third party’s', async t => {
  const { a, maker, c } = await makeThree(t);
  const thing = await E(maker).thing();
  a.client.registerSturdyRef('giver', Far('giver', { thing: () => thing }));
  const giver = await c.client.enlivenSturdyRef(c.client.makeSturdyRef(a.location, encodeSwissnum('giver')));
  assert.equal(await E(await E(giver).thing()).number(), 1n);
  assert.equal(await E(E(giver).thing()).number(), 1n);
});

test('a bootstrap object can be given too', async t => {
  const { a, b, keeper, kept } = await makeThree(t);
  const session = await a.client.provideSession(b.location);
  await E(keeper).keep(session.getBootstrap());
  const maker = await E(kept[0]).fetch(encodeSwissnum('maker'));
  assert.equal(await E(E(maker).thing()).number(), 1n);
});

test('calls that a cut ends take their gifts with them, and later ones give again', async t => {
  const resuming = { tryResumeSession: true, times: { retryLeast: 10, retryMost: 20 } };
  const { network, maker, keeper, a } = await makeThree(t, {
    a: { baggage: new Map(), ...resuming },
    b: { baggage: new Map(), ...resuming },
    c: { baggage: new Map(), ...resuming },
  });
  const call = async () => E(keeper).number(await E(maker).make());
  network.hold('a', 'c');
  const numbers = [call(), call()];
  const settled = Promise.allSettled(numbers);
  await pause(20);
  network.cut('a', 'b');
  network.cut('a', 'c');
  network.release('a', 'c');
  await until(() => a.events.filter(event => event.type === 'resumed').length === 2, 'both are resumed');
  const outcomes = await settled;
  assert.ok(outcomes.every(({ status }) => status === 'rejected'));
  assert.equal(await call(), 4n);
});

test('an exporter that cannot be reached breaks the promise for the gift', async t => {
  const { network, maker, keeper } = await makeThree(t);
  const thing = await E(maker).thing();
  network.refuse('b');
  await assert.rejects(E(keeper).number(thing), /closed during handshake/);
});

test('everything held for a handoff is let go of afterwards', async t => {
  const { maker, keeper, a, b, c } = await makeThree(t);
  for (let round = 0; round < 3; round += 1) {
    const thing = await E(maker).make();
    assert.equal(await E(keeper).number(thing), BigInt(round + 2));
  }
  await pause(50);
  for (const peer of [a, b, c]) {
    const { gifts, claims, sessions } = inspect(peer);
    assert.deepEqual([gifts, claims], [0, 0]);
    for (const session of sessions) {
      assert.deepEqual([session.questions, session.deposits, session.queued], [0, 0, 0]);
    }
  }
});
