// @ts-check

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';

import { makeMemoryNetwork } from '../../js/netlayers/memory.js';

/**
 * The names that users have, and what kind of thing each is. A change of them fails; where it is meant, run this with
 * UPDATE_API_SURFACE=1, look at what changed in api-surface.json, and say it in the changelog.
 */

const FILE = new URL('api-surface.json', import.meta.url);

/** @param {string} path */
const read = path => readFileSync(new URL(path, import.meta.url), 'utf8');

/** @param {unknown} value */
const kindOf = value => {
  if (value === null) return 'null';
  return typeof value === 'function' && /^class\s/.test(Function.prototype.toString.call(value)) ? 'class' : typeof value;
};

/** @param {object} object @returns {Record<string, string>} */
const namesOf = object => Object.fromEntries(Object.entries(object).map(([name, value]) => /** @type {const} */ ([name, kindOf(value)])).sort());

/**
 * The names of the properties of a type.
 *
 * @param {string} source
 * @param {string} type
 */
const propertiesOf = (source, type) => {
  const start = source.indexOf(`@typedef {object} ${type}\n`);
  assert.notEqual(start, -1, `there is a type ${type}`);
  const text = source.slice(start, source.indexOf('*/', start)).split(/@typedef/)[1] ?? '';
  return [...text.matchAll(/^ \* @property \{.*\} (\[?)(\w+)\]?/gm)].map(([, optional, name]) => `${name}${optional ? '?' : ''}`).sort();
};

/** What an entry of the package is in Node. @param {any} target @returns {string} */
const fileOf = target => (typeof target === 'string' ? target : fileOf(target.node ?? target.default));

const collect = async () => {
  const { exports } = JSON.parse(read('../../package.json'));
  /** @type {Record<string, any>} */
  const entries = {};
  for (const [entry, target] of Object.entries(exports)) {
    const file = fileOf(target);
    entries[entry] = /\.m?js$/.test(file) ? namesOf(await import(new URL(`../../${file}`, import.meta.url).href)) : 'file';
  }
  const { makeClient } = await import('../../js/index.js');
  const network = makeMemoryNetwork();
  const make = async (/** @type {string} */ designator) => {
    const client = makeClient({ debugMode: true });
    const netlayer = await client.registerNetlayer((handlers, logger) => network.makeNetLayer({ handlers, logger, designator }));
    return { client, netlayer };
  };
  const [a, b] = [await make('a'), await make('b')];
  const session = await a.client.provideSession(b.netlayer.location);
  const internal = await a.client._debug.provideInternalSession(b.netlayer.location);
  const surface = {
    entries,
    client: namesOf(makeClient()),
    session: namesOf(session),
    netlayer: namesOf(a.netlayer),
    debug: {
      client: namesOf(a.client._debug),
      sessionManager: namesOf(a.client._debug.sessionManager),
      session: namesOf(internal),
      ocapn: namesOf(internal.ocapn),
      tools: namesOf(internal.ocapn._debug),
      table: namesOf(internal.ocapn._debug.ocapnTable),
    },
    options: {
      client: propertiesOf(read('../../js/options.js'), 'ClientOptions'),
      times: propertiesOf(read('../../js/options.js'), 'Times'),
      baggage: propertiesOf(read('../../js/baggage/types.js'), 'Baggage'),
      netlayer: propertiesOf(read('../../js/netlayers/types.js'), 'NetLayer'),
      handlers: propertiesOf(read('../../js/netlayers/types.js'), 'NetlayerHandlers'),
      event: propertiesOf(read('../../js/session.js'), 'SessionEvent'),
    },
  };
  await Promise.all([a.client.shutdown(), b.client.shutdown()]);
  return surface;
};

test('the public names are those that are written down', async () => {
  const surface = await collect();
  if (process.env.UPDATE_API_SURFACE) {
    writeFileSync(FILE, `${JSON.stringify(surface, undefined, 2)}\n`);
  }
  assert.deepEqual(surface, JSON.parse(readFileSync(FILE, 'utf8')), 'if this is meant: UPDATE_API_SURFACE=1 node --test tests/node/api-surface.test.js');
});

test("what @endo/ocapn and pull request 3175 export is there, but for what docs/compatibility.md leaves out", async () => {
  const root = await import('../../js/index.js');
  const names = [
    'makeClient',
    'swissnumFromBytes',
    'swissnumToBytes',
    'makeDurableClient',
    'makeInMemoryBaggage',
    'makeInMemoryDurableBaggage',
    'makeFsDurableBaggage',
    'provideFromBaggage',
    'provideMapStoreFromBaggage',
    'encodeSwissnum',
    'decodeSwissnum',
    'locationToLocationId',
    'toHex',
    'makeSlot',
    'parseSlot',
  ];
  assert.deepEqual(names.filter(name => !(name in root)), []);
  const { makeTcpNetLayer } = await import('../../js/netlayers/tcp.js');
  const { makeWebSocketNetLayer } = await import('../../js/netlayers/websocket.js');
  assert.deepEqual([typeof makeTcpNetLayer, typeof makeWebSocketNetLayer], ['function', 'function']);
  const left = read('../../docs/compatibility.md');
  for (const name of ['makeSelfIdentity', 'makeOcapnTable', 'makeOcapnTableFactory', 'makeDurableOcapnTableFactory']) {
    assert.ok(!(name in root) && left.includes(`\`${name}\``), name);
  }
});
