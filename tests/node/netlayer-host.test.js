// @ts-check

import { makeClient } from '../../js/index.js';
import { within } from './support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

/**
 * Netlayers that do not keep their side of the contract: nothing hangs, and the client goes on.
 *
 * @import { NetlayerHandlers } from '../../js/netlayers/types.js'
 */

/** @param {string} designator @returns {any} */
const locationOf = designator => ({ type: 'ocapn-peer', transport: 'odd', designator, hints: {} });

/**
 * @param {any} t
 * @param {(make: (socket?: object) => any) => any} connect
 */
const startWith = async (t, connect) => {
  const client = makeClient({ times: { handshake: 60_000 }, logger: { log: () => {}, info: () => {}, error: () => {} } });
  t.after(() => client.shutdown());
  await client.registerNetlayer((/** @type {NetlayerHandlers} */ handlers) => {
    /** @type {any} */
    const netlayer = {
      location: locationOf('us'),
      locationId: 'odd/us',
      connect: () => connect(socket => handlers.makeConnection(netlayer, true, { write: () => {}, end: () => {}, ...socket })),
      shutdown: () => {},
    };
    return netlayer;
  });
  return client;
};

const fail = (/** @type {string} */ what) => () => {
  throw Error(what);
};

/** What `connect` does, and what `provideSession` says. @type {Array<[string, (make: (socket?: object) => any) => any, object]>} */
const cases = [
  ['throws', fail('no way'), { code: 'DIAL_FAILED', cause: Error('no way') }],
  ['gives nothing', () => undefined, { code: 'DIAL_FAILED' }],
  ['gives a promise for a connection', async make => make(), { code: 'DIAL_FAILED' }],
  ['gives a promise that breaks', async () => fail('later')(), { code: 'DIAL_FAILED' }],
  ['gives something else', () => ({ write: () => {}, end: () => {} }), { code: 'DIAL_FAILED' }],
  ['gives a connection that has ended', make => { const made = make(); made.end(); return made; }, { code: 'DIAL_FAILED' }],
  ['gives a connection that cannot write', make => make({ write: fail('no room') }), { code: 'CONNECTION_CLOSED', cause: Error('no room') }],
  ['gives a connection that can neither write nor end', make => make({ write: fail('no room'), end: fail('no end') }), { code: 'CONNECTION_CLOSED' }],
];

for (const [name, connect, expected] of cases) {
  test(`a netlayer whose connect ${name}`, async t => {
    const client = await startWith(t, connect);
    for (const round of ['one', 'two']) {
      await assert.rejects(within(client.provideSession(locationOf(round)), 'the request fails'), expected);
    }
  });
}

test('a netlayer that gives one connection to two dials: the second fails, and the first goes on', async t => {
  /** @type {any} */
  let only;
  const written = [];
  const client = await startWith(t, make => (only ??= make({ write: (/** @type {any} */ bytes) => written.push(bytes) })));
  let isSettled = false;
  const first = client.provideSession(locationOf('one')).finally(() => {
    isSettled = true;
  });
  await assert.rejects(within(client.provideSession(locationOf('two')), 'the request fails'), { code: 'DIAL_FAILED' });
  assert.deepEqual([isSettled, only.isDestroyed, written.length], [false, false, 1]);
  await client.shutdown();
  await assert.rejects(first, { code: 'SHUT_DOWN' });
});
