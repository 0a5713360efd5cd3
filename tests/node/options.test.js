// @ts-check

/** What `makeClient` is told is read, or refused by its name. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encodeSwissnum, makeClient, makeDurableClient, makeInMemoryBaggage } from '../../js/index.js';
import { makePair, until } from './fixtures/face-pair.js';

import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/** What is passed, and what its refusal says. @type {Array<[unknown, RegExp]>} */
const REFUSED = [
  [{ tryResumeSesion: true }, /^'tryResumeSesion' is not an option of a client\.$/],
  [{ toString: () => '' }, /^'toString' is not an option of a client\.$/],
  [null, /^The options of a client are a record\.$/],
  ['carol', /^The options of a client are a record\.$/],
  [() => {}, /^The options of a client are a record\.$/],
  [{ debugLabel: 7 }, /^debugLabel is not a string/],
  [{ captpVersion: 1 }, /^captpVersion is not a string/],
  [{ baggage: new Map(), tryResumeSession: 'yes' }, /^tryResumeSession is not true or false/],
  [{ enableImportCollection: 0 }, /^enableImportCollection is not true or false/],
  [{ logger: null }, /^logger has no function 'log'/],
  [{ logger: { log() {}, error() {} } }, /^logger has no function 'info'/],
  [{ swissnumTable: { get() {} } }, /^swissnumTable has no function 'set'/],
  [{ giftTable: new Set() }, /^giftTable has no function 'get'/],
  [{ reconnect: 'never' }, /^reconnect is 'auto' or 'on-demand'/],
  [{ dialect: '2027-01' }, /'2026-01', '2026-02', '2026-03', 'auto'/],
  [{ onSessionEvent: {} }, /^onSessionEvent is not a function/],
  [{ limits: 7 }, /^limits is not a record/],
  [{ limits: { frames: 7 } }, /limits\.frames is not an option/],
  [{ limits: { sessions: 0.5 } }, /^limits\.sessions is not a whole number from 0 on: 0\.5/],
  [{ limits: { depth: Infinity } }, /^limits\.depth is not a whole number/],
  [{ limits: { frame: '16' } }, /^limits\.frame is not a whole number/],
  [{ times: null }, /^times is not a record/],
  [{ times: { que: 1 } }, /times\.que is not an option/],
  [{ times: { queue: NaN } }, /^times\.queue is not a number of milliseconds from 0 on: NaN/],
  [{ times: { idle: -1 } }, /^times\.idle is not a number of milliseconds/],
];

for (const [options, message] of REFUSED) {
  test(`refused: ${message.source}`, () => {
    assert.throws(() => makeClient(/** @type {any} */ (options)), { code: 'API_MISUSE', message });
  });
}

test('makeDurableClient refuses the same', () => {
  assert.throws(() => makeDurableClient(/** @type {any} */ ({ baggage: makeInMemoryBaggage(), dialct: 'auto' })), { code: 'API_MISUSE', message: /'dialct'/ });
});

test('taken: a fraction of a millisecond, what is undefined, and the tables of pull request 3175, which have no meaning', async () => {
  const options = { times: { queue: 0.5, call: undefined }, limits: { frame: undefined }, dialect: undefined, makeOcapnTableFactory: () => {} };
  await makeClient(/** @type {any} */ (options)).shutdown();
});

test('a logger that throws stops nothing', async t => {
  let lines = 0;
  const fail = () => {
    lines += 1;
    throw Error('the disk is full');
  };
  const logger = { log: fail, error: fail, info: fail };
  const { a, b } = await makePair({ a: { logger }, b: { logger, onSessionEvent: fail } });
  t.after(() => Promise.all([a, b].map(({ client }) => client.shutdown())));
  b.client.registerSturdyRef('it', Far('it', { fail: () => fail(), hi: () => 'hi' }));
  const bootstrap = (await a.client.provideSession(b.location)).getBootstrap();
  const it = E(bootstrap).fetch(encodeSwissnum('it'));
  await assert.rejects(E(it).fail(), /the disk is full/);
  E.sendOnly(it).fail();
  assert.equal(await E(it).hi(), 'hi');
  await until(() => lines > 3, 'the logger is asked');
});

test('the logger of the application is called as its own, and is not frozen', async () => {
  const logger = {
    /** @type {unknown[][]} */
    lines: [],
    log(/** @type {unknown[]} */ ...line) { this.lines.push(line); },
    error(/** @type {unknown[]} */ ...line) { this.lines.push(line); },
    info(/** @type {unknown[]} */ ...line) { this.lines.push(line); },
  };
  const client = makeClient({ logger, debugMode: true });
  client._debug.logger.error('one', 2);
  await client.shutdown();
  assert.deepEqual(logger.lines[0], ['one', 2]);
  assert.ok(!Object.isFrozen(logger) && !Object.isFrozen(logger.lines));
});
