// @ts-check

/** Makes references of all kinds between two clients, and drops them. */

import { encodeSwissnum, makeClient } from '../../../js/index.js';
import { makeMemoryNetwork } from '../../../js/netlayers/memory.js';

import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';
import harden from '@endo/harden';

import { collectUntil, serveRounds } from './usage.js';

/** References in one message. */
const EACH = 1000;

/** @param {(index: number) => unknown} make */
const list = make => harden(Array.from({ length: EACH }, (_, index) => make(index)));

const makeObject = () => Far('object', {});

/** Objects that are passed again once they were released: each time by a new reference. */
const makeLists = () => Array.from({ length: 4 }, () => list(makeObject));

const network = makeMemoryNetwork();

const makePeer = async () => {
  const client = makeClient({ debugMode: true });
  const { location } = await client.registerNetlayer(handlers => network.makeNetLayer({ handlers }));
  return { client, location };
};

const a = await makePeer();
const b = await makePeer();
const [given, got] = [makeLists(), makeLists()];
const server = Far('server', {
  take: objects => BigInt(objects.length),
  give: index => got[Number(index)],
  make: () => list(makeObject),
  settle: async promises => BigInt((await Promise.all(promises)).length),
});
b.client.registerSturdyRef('server', server);
/** @type {any} */
const remote = await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('server')));

/** What both sides hold, apart from the server and the bootstrap object. */
const held = () =>
  [a, b].map(({ client }) => {
    const { locals, remotes, sessions } = /** @type {any} */ (client)._debug.inspect();
    const [{ questions, answers, exports, imports }] = sessions;
    return locals + remotes + questions + answers + exports.length + imports.length;
  });

/** 10,000: passed and got, of objects that were there and of new ones, and of promises. */
const batch = async () => {
  for (const objects of given) await E(remote).take(objects);
  for (const index of got.keys()) await E(remote).give(index);
  await E(remote).make();
  await E(remote).settle(list(index => Promise.resolve(index)));
};

/** @type {number[]} */
const idle = held();

serveRounds(async () => {
  for (let count = 0; count < 10; count += 1) {
    await batch();
    await collectUntil(() => held().every((now, index) => now <= Number(idle[index])), 'both sides let go of everything');
  }
});
