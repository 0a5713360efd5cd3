// @ts-check

/** Makes sessions, of clients that stay and of clients that go, with and without a baggage, and ends them in every way. */

import { encodeSwissnum, makeClient, makeInMemoryBaggage } from '../../../js/index.js';
import { makeMemoryNetwork } from '../../../js/netlayers/memory.js';

import assert from 'node:assert/strict';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

import { Log } from '../support/waiting.js';
import { serveRounds } from './usage.js';

const network = makeMemoryNetwork();
let made = 0;

/** @param {boolean} isDurable */
const makePeer = async isDurable => {
  const baggage = isDurable ? makeInMemoryBaggage() : undefined;
  const client = makeClient(isDurable ? { baggage, tryResumeSession: true } : {});
  const { location } = await client.registerNetlayer(handlers => {
    made += 1;
    return network.makeNetLayer({ handlers, designator: `peer-${made}` });
  });
  return { client, location, baggage };
};

/** @typedef {Awaited<ReturnType<typeof makePeer>>} Peer */

/** @returns {Log<import('../../../js/session.js').SessionEvent>} */
const makeLog = () => new Log();

/** @param {boolean} isDurable */
const makeServer = async isDurable => {
  const peer = await makePeer(isDurable);
  let events = makeLog();
  peer.client.subscribe(event => events.push(event));
  peer.client.registerSturdyRef('echo', Far('echo', { echo: value => value }));
  return {
    ...peer,
    forget: () => {
      events = makeLog();
    },
    severed: () => events.waitFor(({ type }) => type === 'severed', 'the session ends at the server'),
  };
};

const servers = [await makeServer(false), await makeServer(true)];
const stayers = [await makePeer(false), await makePeer(true)];

/** @type {Array<(peer: Peer) => unknown>} */
const ways = [
  ({ client }) => client.shutdown(),
  ({ client }) => client[Symbol.dispose](),
];

/**
 * One session with a call, and its end.
 *
 * @param {number} index
 */
const session = async index => {
  const isDurable = index % 2 === 1;
  const stays = index % 4 < 2;
  const server = /** @type {(typeof servers)[number]} */ (servers[Number(isDurable)]);
  const peer = stays ? /** @type {Peer} */ (stayers[Number(isDurable)]) : await makePeer(isDurable);
  const { client } = peer;
  server.forget();
  const made = await client.provideSession(server.location);
  const object = await E(made.getBootstrap()).fetch(encodeSwissnum('echo'));
  assert.equal(await E(object).echo('x'), 'x');
  // A session that can be resumed is over when one side says so, any other when its connection closes.
  if (stays || isDurable) {
    made.abort();
  } else {
    await ways[(index >> 2) % 2]?.(peer);
  }
  await server.severed();
  if (!stays && isDurable) await ways[(index >> 2) % 2]?.(peer);
};

/** How many entries the baggages have. @type {Array<number | undefined> | undefined} */
let keys;

serveRounds(async () => {
  for (let index = 0; index < 1000; index += 1) await session(index);
  const now = [servers, stayers].flat().map(({ baggage }) => baggage && [...baggage.keys()].length);
  keys ??= now;
  assert.deepEqual(now, keys, 'the baggages keep nothing of sessions that are over');
});
