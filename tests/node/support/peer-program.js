// @ts-check

/**
 * A peer in a process of its own, driven over IPC by process.js. It ends with its parent.
 */

import { encodeSwissnum, provideFromBaggage } from '../../../js/index.js';
import { openStore } from '../../../js/store.js';

import { E } from '@endo/eventual-send';

import { makeThings, registerObjects } from './objects.js';
import { makePeer } from './peer.js';

/** @type {import('./peer.js').Peer} */
let peer;
/** What it holds and has, by name. @type {Map<string, any>} */
const held = new Map();

const things = makeThings();

/** @param {any} message */
const say = message => process.send?.(message);

/** References do not cross to the parent: they are kept here, under the name that it asked for. @param {any} value */
const passable = value => (['bigint', 'number', 'string', 'boolean', 'undefined'].includes(typeof value) ? value : null);

/** What the tests keep in the baggage. */
const values = () => provideFromBaggage(/** @type {any} */ (peer.baggage), 'values', () => new Map());

/** @param {any} arg a value, or `{ name }` for what is held under it */
const resolveArg = arg => (Object(arg) === arg ? held.get(arg.name) : arg);

/** @param {unknown} error */
const describe = error => ({ message: String(Object(error).message ?? error), code: Object(error).code });

const operations = {
  /** @param {any} options */
  start: async ({ client, viaPort, ...options }) => {
    const durable = options.directory === undefined ? {} : { describe: things.describe, revive: things.revive };
    const via = viaPort && (() => viaPort);
    peer = await makePeer({ ...options, via, client: { ...durable, ...client } });
    for (const [name, object] of Object.entries(registerObjects(peer, things))) held.set(name, object);
    const { push } = peer.events;
    peer.events.all.forEach(event => say({ event }));
    peer.events.push = event => {
      push.call(peer.events, event);
      say({ event: { ...event } });
    };
    return { ...peer.location };
  },

  /** @param {{ as: string, location: any, swissnum: string }} what */
  enliven: async ({ as, location, swissnum }) => {
    held.set(as, await peer.client.enlivenSturdyRef(peer.client.makeSturdyRef(location, encodeSwissnum(swissnum))));
  },

  /** @param {{ location: any }} what */
  provide: async ({ location }) => (await peer.client.provideSession(location)).sessionId,

  /** @param {{ location: any }} what */
  abort: async ({ location }) => (await peer.client.provideSession(location)).abort('enough'),

  /** @param {{ on: string, method: string, args: any[], as?: string }} what */
  call: async ({ on, method, args, as }) => {
    const result = await E(held.get(on))[method](...args.map(resolveArg));
    if (as !== undefined) held.set(as, result);
    return passable(result);
  },

  /** Calls at once, tells each outcome as it comes. @param {{ on: string, method: string, count: number }} what */
  burst: async ({ on, method, count }) => {
    const target = held.get(on);
    const calls = Array.from({ length: count }, () => E(target)[method]());
    const outcomes = calls.map(async call => {
      const outcome = await call.then(
        value => ({ value }),
        error => ({ error: describe(error) }),
      );
      say({ outcome });
      return outcome;
    });
    return Promise.all(outcomes);
  },

  /** @param {{ on: string }} what */
  token: ({ on }) => peer.client.refToken(held.get(on)),

  /** @param {{ token: string, as: string }} what */
  fromToken: async ({ token, as }) => {
    held.set(as, await peer.client.refFromToken(token));
  },

  /** @param {{ token: string }} what */
  releaseToken: ({ token }) => peer.client.releaseToken(token),

  /** @param {{ names: [string, string] }} what */
  areSame: ({ names }) => held.get(names[0]) === held.get(names[1]),

  /** Holds nothing under this name, and collects garbage. @param {{ name: string }} what */
  forget: async ({ name }) => {
    held.delete(name);
    for (let i = 0; i < 10; i += 1) {
      await new Promise(resolve => setTimeout(resolve, 5));
      globalThis.gc?.();
    }
  },

  /** A thing, made now. @param {{ swissnum: string, title: string }} what */
  register: ({ swissnum, title }) => peer.client.registerSturdyRef(swissnum, things.make(title)),

  inspect: () => peer.inspect(),
  keys: ({ prefix = '' } = {}) => peer.keys(prefix),
  rows: ({ prefix = '' } = {}) => peer.keys(prefix).map(key => [key, peer.baggage?.get(key)]),
  /** @param {{ name: string, value: any }} what */
  keep: ({ name, value }) => {
    values().set(name, value);
  },
  keepFunction: () => {
    values().set('function', () => {});
  },
  /** @param {{ name: string }} what */
  kept: ({ name }) => values().get(name),
  troubles: () => peer.troubles.map(String),
  revived: () => things.revived,
  /** What is in use once garbage is collected. Not what the system lends the process: that depends on its mood. */
  memory: async () => {
    let least = Infinity;
    for (let count = 0; count < 4; count += 1) {
      globalThis.gc?.();
      await new Promise(resolve => setImmediate(resolve));
      const { heapUsed, external } = process.memoryUsage();
      least = Math.min(least, heapUsed + external);
    }
    return least;
  },
  /** Waits until all that was written is durable. */
  durable: () => openStore(/** @type {any} */ (peer.baggage)).idle(),
  shutdown: () => peer.shutdown(),
};

process.on('message', async (/** @type {any} */ { id, op, what }) => {
  try {
    say({ id, value: await operations[op](what) });
  } catch (error) {
    say({ id, error: describe(error) });
  }
});
process.on('disconnect', () => process.exit());
