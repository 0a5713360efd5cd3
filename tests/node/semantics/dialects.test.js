// @ts-check

import { makeThings, registerObjects } from '../support/objects.js';
import { makeTestPeer } from '../support/peer.js';
import { listenRaw } from '../support/raw-line.js';
import { acceptRaw, deliver, exported, imported } from '../support/raw-session.js';
import { bool, bytes, float, int, list, record, str, struct, sym } from '../support/syrup.js';
import { until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';
import harden from '@endo/harden';

/**
 * Every operation, as each dialect writes it, and as all of them are read: byte for byte.
 *
 * @import { Dialect } from '../../../js/options.js'
 */

/** @param {any} t @param {Dialect} dialect */
const start = async (t, dialect) => {
  const peer = await makeTestPeer(t, { client: { dialect, times: { gather: 0 } } });
  registerObjects(peer, makeThings());
  const server = await listenRaw();
  t.after(() => server.close());
  const provided = peer.client.provideSession(server.peerLocation);
  const raw = await acceptRaw(await server.next(), server.location);
  return { peer, raw, bootstrap: (await provided).getBootstrap() };
};

const text = (/** @type {Uint8Array} */ data) => Buffer.from(data).toString('latin1');

for (const dialect of /** @type {const} */ (['2026-01', '2026-02', '2026-03'])) {
  const isOld = dialect === '2026-01';
  const isNew = dialect === '2026-03';

  test(`${dialect}: calls, with and without an answer`, async t => {
    const { raw, bootstrap } = await start(t, dialect);
    const answer = E(bootstrap).greet('you', 1n);
    const call = await raw.line.expect('op:deliver');
    const resolver = call.fields[3].fields[0];
    assert.equal(text(call.bytes), `<10'op:deliver<11'desc:export0+>[5'greet3"you1+]1+<18'desc:import-object${resolver}+>>`);
    E.sendOnly(bootstrap).hear(true);
    const sent = await raw.line.next();
    assert.equal(text(sent.bytes), isOld ? "<15'op:deliver-only<11'desc:export0+>[4'heart]>" : "<10'op:deliver<11'desc:export0+>[4'heart]ff>");
    const piped = E(answer).again();
    const next = await raw.line.expect('op:deliver');
    assert.match(text(next.bytes), /^<10'op:deliver<11'desc:answer1\+>\[5'again\]2\+<18'desc:import-object[0-9]+\+>>$/);
    raw.line.send(deliver(exported(resolver), [sym('fulfill'), int(5)]));
    raw.line.send(deliver(exported(next.fields[3].fields[0]), [sym('break'), sym('no')]));
    assert.equal(await answer, 5n);
    await assert.rejects(async () => {
      await piped.catch((/** @type {unknown} */ reason) => {
        assert.equal(reason, Symbol.for('no'));
        throw Error('as it should');
      });
    }, /as it should/);
  });

  test(`${dialect}: op:get, op:index, op:listen`, async t => {
    const { raw, bootstrap } = await start(t, dialect);
    const third = /** @type {'_'} */ (isNew ? '' : 'f');
    const got = E.get(bootstrap).name;
    assert.equal(text((await raw.line.next()).bytes), "<6'op:get<11'desc:export0+>4\"name1+>");
    const listen = await raw.line.next();
    assert.equal(text(listen.bytes), `<9'op:listen<11'desc:answer1+><18'desc:import-object${listen.fields[1].fields[0]}+>${third}>`);
    const item = E.get(got)[3];
    assert.equal(text((await raw.line.next()).bytes), "<8'op:index<11'desc:answer1+>3+2+>");
    const also = await raw.line.next();
    assert.equal(also.fields.length, isNew ? 2 : 3);
    raw.line.send(deliver(exported(also.fields[1].fields[0]), [sym('fulfill'), str('three')]));
    raw.line.send(deliver(exported(listen.fields[1].fields[0]), [sym('fulfill'), list()]));
    assert.deepEqual([await got, await item], [[], 'three']);
  });

  test(`${dialect}: answers, releases of exports and of answers`, async t => {
    const { peer, raw, bootstrap } = await start(t, dialect);
    raw.line.send(deliver(exported(0), [sym('fetch'), bytes(Buffer.from('greeter'))], { resolver: 40 }));
    const settled = await raw.line.next();
    const object = settled.fields[1][1].fields[0];
    const args = `[7'fulfill<18'desc:import-object${object}+>]`;
    assert.equal(text(settled.bytes), isOld ? `<15'op:deliver-only<11'desc:export40+>${args}>` : `<10'op:deliver<11'desc:export40+>${args}ff>`);
    const released = await raw.line.next();
    assert.equal(text(released.bytes), isOld ? "<12'op:gc-export40+1+>" : "<13'op:gc-exports[40+][1+]>");
    // Several at once.
    const calls = [E(bootstrap).one(), E(bootstrap).two()];
    const asked = [await raw.line.next(), await raw.line.next()];
    raw.line.send(...asked.map(({ fields }) => deliver(exported(fields[3].fields[0]), [sym('fulfill'), bool(true)])));
    await Promise.all(calls);
    if (isOld) {
      const both = [await raw.line.next(), await raw.line.next()].map(({ bytes: data }) => text(data));
      assert.deepEqual(both.sort(), ["<12'op:gc-answer1+>", "<12'op:gc-answer2+>"]);
    } else {
      const answers = [];
      while (answers.length < 2) answers.push(...(await raw.line.expect('op:gc-answers')).fields[0]);
      assert.deepEqual(answers.map(Number).sort(), [1, 2]);
    }
    assert.equal(peer.inspect().sessions[0].questions, 0);
  });

  test(`${dialect}: the keys of a struct, and -0`, async t => {
    const { raw, bootstrap } = await start(t, dialect);
    E(bootstrap).take(harden({ url: 'u', port: 'p' }), -0).catch(() => {});
    const { bytes: data } = await raw.line.next();
    const keys = isNew ? '{3"url1"u4"port1"p}' : '{4"port1"p3"url1"u}';
    const zero = isNew ? 'D\x80' : 'D\0';
    assert.ok(text(data).includes(`[4'take${keys}${zero}`), text(data));
  });

  test(`${dialect}: what other dialects write is read`, async t => {
    const { peer, raw } = await start(t, dialect);
    raw.line.send(deliver(exported(0), [sym('fetch'), bytes(Buffer.from('greeter'))], { resolver: 40 }));
    const object = (await raw.line.next()).fields[1][1].fields[0];
    let resolver = 50;
    /** @param {Buffer} message @param {Buffer[]} [before] */
    const asks = async (message, before = []) => {
      raw.line.send(...before, message);
      for (;;) {
        const { label, fields } = await raw.line.next();
        if (label === 'closed') throw Error('closed');
        if (label.startsWith('op:deliver') && Number(fields[0].fields[0]) === resolver) return fields[1];
      }
    };
    const call = (/** @type {Buffer} */ value) => deliver(exported(object), [sym('echo'), value], { answer: resolver });
    const answer = () => record('desc:answer', int(resolver));
    for (const listen of [
      () => record('op:listen', answer(), imported(resolver)),
      () => record('op:listen', answer(), imported(resolver), bool(false)),
      () => record('op:listen', answer(), imported(resolver), bool(true)),
    ]) {
      assert.deepEqual(await asks(listen(), [call(str('heard'))]), [Symbol.for('fulfill'), 'heard']);
      resolver += 1;
    }
    /** @type {Array<[Buffer, (to: Buffer) => Buffer, unknown]>} */
    const lookups = [
      [struct(['url', str('u')], ['port', str('p')]), to => record('op:get', to, str('url'), int(resolver + 1000)), 'u'],
      [list(int(7), int(8)), to => record('op:index', to, int(1), int(resolver + 1000)), 8n],
      [record('desc:tagged', sym('tag'), int(9)), to => record('op:untag', to, str('tag'), int(resolver + 1000)), 9n],
    ];
    for (const [value, lookup, expected] of lookups) {
      const listen = record('op:listen', record('desc:answer', int(resolver + 1000)), imported(resolver), bool(false));
      assert.deepEqual(await asks(listen, [call(value), lookup(answer())]), [Symbol.for('fulfill'), expected]);
      resolver += 1;
    }
    const back = await asks(deliver(exported(object), [sym('echo'), float(-0)], { resolver }));
    assert.ok(Object.is(back[1], isNew ? -0 : 0));
    // Releases in every form: the object is gone when all of them have counted.
    const { sessions } = peer.inspect();
    const { count } = sessions[0].exports.find((/** @type {any} */ { position }) => position === Number(object));
    raw.line.send(
      record('op:deliver-only', exported(object), list(sym('greet'), str('x'))),
      record('op:gc-answers', list(int(50), int(51))),
      record('op:gc-answer', list(int(52))),
      record('op:gc-answer', int(53)),
    );
    const again = deliver(exported(0), [sym('fetch'), bytes(Buffer.from('greeter'))]);
    const fetched = [60, 61, 62].map(at => deliver(exported(0), [sym('fetch'), bytes(Buffer.from('greeter'))], { resolver: at + 100 }));
    raw.line.send(again, ...fetched);
    await until(() => peer.inspect().sessions[0].exports.find((/** @type {any} */ { position }) => position === Number(object)).count === count + 3, 'it was fetched again');
    raw.line.send(
      record('op:gc-exports', list(int(object)), list(int(1))),
      record('op:gc-export', list(int(object)), list(int(1))),
      record('op:gc-export', int(object), int(count + 1)),
    );
    await until(() => !peer.inspect().sessions[0].exports.some((/** @type {any} */ { position }) => position === Number(object)), 'it is let go');
    assert.deepEqual(peer.eventTypes(), ['fresh']);
  });
}

test('an object is exported in an argument as an object, a promise as a promise', async t => {
  const { raw, bootstrap } = await start(t, '2026-02');
  const own = Far('own', {});
  E(bootstrap).take(own, Promise.resolve(1n), own).catch(() => {});
  const { fields } = await raw.line.next();
  assert.deepEqual(fields[1].slice(1).map((/** @type {any} */ { label }) => label), ['desc:import-object', 'desc:import-promise', 'desc:import-object']);
  assert.equal(fields[1][1].fields[0], fields[1][3].fields[0]);
});
