// @ts-check

import { registerObjects, makeThings } from './support/objects.js';
import { enliven, makeTestPeer } from './support/peer.js';
import { listenRaw } from './support/raw-line.js';
import { acceptRaw, deliver, exported, imported } from './support/raw-session.js';
import { bool, list, record, str, sym } from './support/syrup.js';
import { outcome, until } from './support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import harden from '@endo/harden';
import { Far } from '@endo/pass-style';

/** @import { Dialect } from '../../js/options.js' */

/** @type {Dialect[]} */
const dialects = ['2026-01', '2026-02', '2026-03', 'auto'];

/** @param {any} t @param {Dialect} dialect */
const makeSide = async (t, dialect) => {
  const peer = await makeTestPeer(t, { client: { dialect } });
  return { peer, objects: registerObjects(peer, makeThings()) };
};

/** @typedef {Awaited<ReturnType<typeof makeSide>>} SideOfTest */

/** Everything that is written differently. @param {SideOfTest} from @param {SideOfTest} to */
const useAll = async (from, to) => {
  const listener = await enliven(from.peer, to.peer.location, 'listener');
  E.sendOnly(listener).hear('first');
  const greeter = await enliven(from.peer, to.peer.location, 'greeter');
  assert.deepEqual(await E(listener).all(), ['first']);
  assert.equal(await E.get(E(greeter).echo(harden({ port: 'p', url: 'u' }))).url, 'u');
  const own = Promise.resolve('mine');
  assert.equal(await E(greeter).echo(own), 'mine');
  const object = Far('own', {});
  assert.equal(await E(greeter).echo(object), object);
  const failed = await outcome(E(greeter).nothing());
  assert.match(failed.error.message, /no such method/);
};

for (const one of dialects) {
  for (const other of dialects.filter(name => name === 'auto' || one === 'auto')) {
    test(`a client of ${one} dials one of ${other}`, async t => {
      const a = await makeSide(t, one);
      const b = await makeSide(t, other);
      await useAll(a, b);
      await useAll(b, a);
      const agreed = [one, other].find(name => name !== 'auto') ?? '2026-02';
      for (const { peer } of [a, b]) {
        const { sessions } = peer.inspect();
        assert.deepEqual(sessions.map((/** @type {any} */ s) => s.dialect), [agreed]);
        await until(() => peer.inspect().sessions[0].questions === 0, 'what nobody waits for is answered');
      }
    });
  }
}

test('until the peer shows its dialect, only what all dialects share is written', async t => {
  const { peer } = await makeSide(t, 'auto');
  const server = await listenRaw();
  t.after(() => server.close());
  const provided = peer.client.provideSession(server.peerLocation);
  const raw = await acceptRaw(await server.next(), server.location);
  const session = await provided;
  const bootstrap = session.getBootstrap();

  // It wants no answer, and asks for one.
  E.sendOnly(bootstrap).hear('first');
  const first = await raw.line.expect('op:deliver');
  assert.equal(first.fields.length, 4);
  assert.equal(first.fields[3].label, 'desc:import-object');

  // It is called, answers, and its answer can be answered.
  raw.line.send(deliver(exported(0), [sym('fetch'), Buffer.from('7:nothing')], { resolver: 40 }));
  const broken = await raw.line.expect('op:deliver');
  assert.deepEqual([Number(broken.fields[0].fields[0]), broken.fields[3].label], [40, 'desc:import-object']);

  // Of what shows nothing, nothing is released; the peer is asked something instead.
  const asked = await raw.line.expect('op:deliver');
  assert.equal(asked.fields[1][0], Symbol.for('fetch'));
  assert.ok(raw.line.messages.all.every(({ label }) => !label.startsWith('op:gc')));

  // The answer shows 2026-01: from now on that is written.
  const only = (/** @type {any} */ message) =>
    record('op:deliver-only', exported(message.fields[3].fields[0]), list(sym('break'), str('no')));
  raw.line.send(only(asked));
  await raw.line.expect('op:gc-export');
  E.sendOnly(bootstrap).hear('second');
  const second = await raw.line.expect('op:deliver-only');
  assert.equal(second.fields.length, 2);
  raw.line.send(only(first), only(broken));
  await raw.line.expect('op:gc-answer');
  assert.equal(peer.inspect().sessions[0].questions, 0);
});

test('a promise is listened to when it is known how, in two fields or three', async t => {
  for (const [fields, listen] of /** @type {Array<[number, Buffer]>} */ ([
    [2, record('op:listen', exported(0), imported(90))],
    [3, record('op:listen', exported(0), imported(90), bool(false))],
  ])) {
    const { peer } = await makeSide(t, 'auto');
    const server = await listenRaw();
    t.after(() => server.close());
    const provided = peer.client.provideSession(server.peerLocation);
    const raw = await acceptRaw(await server.next(), server.location);
    const bootstrap = (await provided).getBootstrap();
    const got = E(bootstrap).get();
    const { fields: asked } = await raw.line.expect('op:deliver');
    const promise = record('desc:import-promise', Buffer.from('50+'));
    // An answer that all dialects share, in this one test: whoever answers so wants to hear of it.
    raw.line.send(listen, record('op:deliver', exported(asked[3].fields[0]), list(sym('fulfill'), list(promise)), bool(false), bool(false)));
    const listened = await raw.line.expect('op:listen');
    assert.equal(listened.fields.length, fields);
    raw.line.send(deliver(exported(listened.fields[1].fields[0]), [sym('fulfill'), str('done')]));
    const [value] = await got;
    assert.equal(await value, 'done');
    assert.equal(peer.inspect().sessions[0].dialect, fields === 2 ? '2026-03' : '2026-02');
    raw.line.end();
  }
});

test('a name that is no dialect is refused', async t => {
  await assert.rejects(makeSide(t, /** @type {any} */ ('2025-01')), /unknown dialect '2025-01'/);
});
