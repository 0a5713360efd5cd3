// @ts-check
import { encodeSwissnum, makeClient } from '../../js/index.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';

import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/**
 * Two clients for which nothing depends on chance or the machine: their clocks stand still until the script moves them, their
 * randomness is given, and what they send and store is counted.
 */

/** A baggage in memory that commits as a disk does: later, and all at once. */
const makeCountedBaggage = () => {
  /** @type {Map<string, Uint8Array>} */
  const entries = new Map();
  const counts = { commits: 0, writes: 0, bytesWritten: 0 };
  let isDirty = false;
  /** @type {import('../../js/baggage/types.js').Baggage} */
  const baggage = {
    has: key => entries.has(key),
    get: key => entries.get(key),
    set: (key, value) => {
      isDirty = true;
      counts.writes += 1;
      counts.bytesWritten += key.length + value.length;
      entries.set(key, value.slice());
    },
    delete: key => {
      isDirty = true;
      counts.writes += 1;
      counts.bytesWritten += key.length;
      entries.delete(key);
    },
    keys: (prefix = '') => [...entries.keys()].filter(key => key.startsWith(prefix)),
    commit: () => {
      if (!isDirty) return undefined;
      isDirty = false;
      counts.commits += 1;
      return Promise.resolve();
    },
  };
  return { baggage, counts };
};

/** @param {number} ms */
const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

const TARGET = encodeSwissnum('target');

export const makeKit = async () => {
  const network = makeMemoryNetwork();
  const clock = { now: 1_000_000 };
  const wire = { messages: 0, bytes: 0 };
  for (const [from, to] of [['a', 'b'], ['b', 'a']]) {
    network.tamper(String(from), String(to), bytes => {
      wire.messages += 1;
      wire.bytes += bytes.length;
      return bytes;
    });
  }
  const store = makeCountedBaggage();
  /** @type {WeakMap<object, string>} */
  const names = new WeakMap();

  const makePeer = async (/** @type {string} */ name, /** @type {number} */ chance, /** @type {any} */ baggage) => {
    /** @type {string[]} */
    const events = [];
    const client = makeClient({
      debugLabel: name,
      baggage,
      tryResumeSession: true,
      reconnect: 'on-demand',
      // Garbage is collected when the machine pleases.
      enableImportCollection: false,
      now: () => clock.now,
      random: length => new Uint8Array(length).fill(chance),
      describe: value => names.get(value),
      revive: () => Far('revived', {}),
      onSessionEvent: ({ type }) => events.push(type),
    });
    const { location } = await client.registerNetlayer((handlers, logger) =>
      network.makeNetLayer({ handlers, logger, designator: name }),
    );
    return { client, location, events };
  };

  const a = await makePeer('a', 1, store.baggage);
  const b = await makePeer('b', 2, makeCountedBaggage().baggage);
  /** @type {any[]} */
  const kept = [];
  /** @type {any} */
  const target = Far('target', {
    echo: (/** @type {any} */ value) => value,
    note: () => {},
    next: () => target,
    keep: (/** @type {any} */ value) => {
      kept.push(value);
    },
  });
  b.client.registerSturdyRef('target', target);

  const idle = async () => {
    for (let last = -1; last !== wire.messages; ) {
      last = wire.messages;
      await pause(5);
    }
  };

  return {
    network,
    a,
    b,
    names,
    connect: async () => {
      const session = await a.client.provideSession(b.location);
      return E(session.getBootstrap()).fetch(TARGET);
    },
    /** What was held back until later goes out now: releases. */
    settle: async () => {
      await idle();
      clock.now += 1000;
      await pause(60);
      await idle();
    },
    take: () => {
      const { commits, writes, bytesWritten } = store.counts;
      const taken = { messages: wire.messages, bytes: wire.bytes, commits, writes, 'bytes written': bytesWritten };
      Object.assign(wire, { messages: 0, bytes: 0 });
      Object.assign(store.counts, { commits: 0, writes: 0, bytesWritten: 0 });
      return taken;
    },
    close: () => Promise.all([a.client.shutdown(), b.client.shutdown()]),
  };
};

/** @typedef {Awaited<ReturnType<typeof makeKit>>} Kit */
