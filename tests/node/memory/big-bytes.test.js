// @ts-check

/** What large byte arrays cost: how often each is copied on its way, and that what they grew is used again. */

import { makeCountingCore, coreMemorySize, takeCopies } from './count-copies.js';

import assert from 'node:assert/strict';
import { before, test } from 'node:test';

const MEBIBYTE = 1 << 20;

/** So many messages of each kind. */
const TIMES = 20;

/** @type {typeof import('../../../js/index-inline.js')} */
let ours;
/** @type {typeof import('@endo/eventual-send').E} */
let E;
/** @type {typeof import('@endo/pass-style').Far} */
let Far;

// All that copies comes after what counts.
before(async () => {
  ours = await import('../../../js/index-inline.js');
  ({ E } = await import('@endo/eventual-send'));
  ({ Far } = await import('@endo/pass-style'));
  await ours.init({ module: makeCountingCore(new URL('../../../pkg/ocapn_wasm_bg.wasm', import.meta.url)) });
});

/** @returns {ArrayBuffer} */
const makeBytes = () => /** @type {any} */ (new Uint8Array(MEBIBYTE).fill(7).buffer).sliceToImmutable();

/** Immutable buffers of the engine itself can be looked into; those of the shim have to be copied first. */
const copiesToLook = () => {
  try {
    return new Uint8Array(makeBytes()).length === MEBIBYTE ? 0 : 1;
  } catch {
    return 1;
  }
};

/**
 * @param {any} t
 * @param {(options: any) => any} makeNetLayer
 * @returns {Promise<any>} a reference to the other side's object
 */
const connect = async (t, makeNetLayer) => {
  /** @param {string} designator */
  const make = async designator => {
    const client = ours.makeClient({ debugLabel: designator });
    t.after(() => client.shutdown());
    const { location } = await client.registerNetlayer((handlers, logger) => makeNetLayer({ handlers, logger, designator }));
    return { client, location };
  };
  const [near, far] = [await make('near'), await make('far')];
  const bytes = makeBytes();
  far.client.registerSturdyRef('target', Far('target', { take: _ => {}, give: () => bytes, echo: x => x }));
  return near.client.enlivenSturdyRef(near.client.makeSturdyRef(far.location, ours.encodeSwissnum('target')));
};

const networks = {
  memory: async () => {
    const { makeMemoryNetwork } = await import('../../../js/netlayers/memory.js');
    return makeMemoryNetwork().makeNetLayer;
  },
  WebSocket: async () => {
    const { makeWebSocketNetLayer } = await import('../../../js/netlayers/websocket.js');
    return ({ handlers, logger }) => makeWebSocketNetLayer({ handlers, logger });
  },
};

/** @param {any} t @param {(options: any) => any} makeNetLayer */
const countCopies = async (t, makeNetLayer) => {
  const target = await connect(t, makeNetLayer);
  const bytes = makeBytes();
  const each = {
    // From the value, and from the network.
    intoCore: 2,
    // What was written becomes a message.
    inCore: 1,
    // To the network, and as a value.
    outOfCore: 2,
    elsewhere: copiesToLook(),
  };
  const expected = Object.fromEntries(Object.entries(each).map(([where, count]) => [where, count * TIMES]));
  for (const run of [() => E(target).take(bytes), () => E(target).give()]) {
    // Buffers grow at the first, and when a small message is written behind a large one.
    for (let i = 0; i < TIMES; i += 1) await run();
    takeCopies();
    for (let i = 0; i < TIMES; i += 1) await run();
    assert.deepEqual(takeCopies(), expected);
  }
};

for (const [name, load] of Object.entries(networks)) {
  test(`a mebibyte is copied into and out of the core, once at either end, and once within it: ${name}`, async t =>
    countCopies(t, await load()));
}

test("the core's memory does not grow over a hundred echoes of a mebibyte", async t => {
  const target = await connect(t, await networks.memory());
  const bytes = makeBytes();
  for (let i = 0; i < TIMES; i += 1) await E(target).echo(bytes);
  const size = coreMemorySize();
  for (let i = 0; i < 100; i += 1) await E(target).echo(bytes);
  // Tables may: not by what a single message would take.
  const grown = coreMemorySize() - size;
  assert.ok(grown < MEBIBYTE / 2, `${grown} bytes`);
  assert.ok(size > 2 * MEBIBYTE, `${size} bytes`);
});
