// @ts-check

/**
 * One of the two processes: told over IPC what to do, and killed at any time. It ends with its parent.
 */

import { encodeSwissnum, makeClient, makeFsDurableBaggage } from '../../js/index.js';
import { makeTcpNetLayer } from '../../js/netlayers/tcp.js';
import { openStore } from '../../js/store.js';
import { makeCalls } from './calls.js';
import { openLedger } from './ledger.js';
import { makeLoad } from './load.js';
import { makeObjects, openEffects } from './objects.js';
import { makeRandom } from './random.js';
import { openTokens } from './tokens.js';

import { E } from '@endo/eventual-send';
import { setTimeout as pause } from 'node:timers/promises';

/** @import { Baggage } from '../../js/baggage/types.js' */

/** Short waits, so that a round is short; the queue holds what is called while a busy machine starts a process. */
const times = {
  retryLeast: 5,
  retryMost: 40,
  handshake: 8000,
  idle: 3000,
  probe: 3000,
  queue: 30_000,
  unclaimed: 200,
};

/** How long the planted bug lets its writes wait, in ms. */
const LATE = 40;

/**
 * A planted bug: a baggage that says that it is committed before it is.
 *
 * @param {any} baggage
 * @returns {Baggage}
 */
const committingLate = baggage => ({
  ...baggage,
  commit: () => {
    setTimeout(() => baggage.commit(), LATE);
  },
});

/** Rows of sessions, as they are stored. */
const ROWS = ['ocapn:resumeSessionsById/', 'ocapn-durable:tables/'];

/** @type {any} */
let opened;

/**
 * @typedef {object} OpenOptions
 * @property {string} directory of the baggage
 * @property {string} ledger a file
 * @property {string} generation
 * @property {number} seed
 * @property {'lost' | 'doubled' | undefined} plant a bug, to see whether it is found
 */

const operations = {
  /** @param {OpenOptions} options */
  open: ({ directory, ledger, generation, seed, plant }) => {
    const store = makeFsDurableBaggage({ filePath: directory });
    const baggage = plant === 'lost' ? committingLate(store) : store;
    const write = openLedger(ledger);
    const calls = makeCalls(generation, write, { isRepeating: plant === 'doubled' });
    const effects = openEffects(baggage);
    const objects = makeObjects(effects, callback => calls.make(id => E(callback).apply(id)));
    const client = makeClient({
      baggage,
      tryResumeSession: true,
      debugMode: true,
      times,
      describe: objects.describe,
      revive: objects.revive,
      onSessionEvent: calls.heard,
      logger: {
        log: () => {},
        info: () => {},
        error: (text, error) => write('wrong', 'log', `${text} ${error}`),
      },
    });
    client.registerSturdyRef('desk', objects.desk);
    opened = { baggage, calls, client, effects, objects, random: makeRandom(seed), sockets: new Set(), write };
  },

  /** Lets the peer in. */
  listen: async () => {
    const { baggage, client, sockets } = opened;
    const netlayer = await client.registerNetlayer((handlers, logger) => {
      /** @type {typeof handlers} */
      const watched = {
        ...handlers,
        makeConnection: (inner, isOutgoing, socket) => {
          const connection = handlers.makeConnection(inner, isOutgoing, socket);
          sockets.add(connection);
          return connection;
        },
        handleConnectionClose: (connection, reason) => {
          sockets.delete(connection);
          handlers.handleConnectionClose(connection, reason);
        },
      };
      return makeTcpNetLayer({ handlers: watched, logger, baggage, framing: 'syrup' });
    });
    return { ...netlayer.location };
  },

  /** @param {{ peer: any }} where */
  load: async ({ peer }) => {
    const { baggage, client, calls, random, objects, write } = opened;
    const tokens = openTokens(baggage, client, write);
    const sturdyRef = client.makeSturdyRef(peer, encodeSwissnum('desk'));
    for (;;) {
      try {
        const desk = await client.enlivenSturdyRef(sturdyRef);
        opened.load = makeLoad({ random, calls, desk, objects, tokens });
        return;
      } catch (error) {
        // The peer may be dead.
        const { code, message } = /** @type {any} */ (error);
        if (!['MAY_HAVE_RUN', 'DID_NOT_RUN', 'DIAL_FAILED', 'CONNECTION_CLOSED'].includes(code)) {
          write('wrong', 'enliven', `${code} ${message}`);
        }
        await pause(2);
      }
    }
  },

  /** Ends every connection, as a network would. */
  cut: () => {
    for (const connection of opened.sockets) connection.end();
  },

  rows: () => {
    const { baggage } = opened;
    const keys = ROWS.flatMap(prefix => [...baggage.keys(prefix)]).filter(key => !key.includes('/d:'));
    return keys.map(key => [key, baggage.get(key)]);
  },

  /** @param {{ generations: string[] }} which */
  effects: ({ generations }) => ({
    total: opened.effects.total(),
    of: generations.map(generation => [generation, opened.effects.of(generation)]),
  }),

  /** No more calls: settles when all that were made have settled. */
  calm: async () => {
    await opened.load?.stop();
    while (opened.calls.openCount > 0) await pause(5);
  },

  durable: () => openStore(opened.baggage).idle(),

  inspect: () => opened.client._debug.inspect(),
};

process.on('message', async (/** @type {any} */ { id, op, what }) => {
  try {
    const value = await operations[op](what);
    process.send?.({ id, value });
  } catch (error) {
    const { code, message, stack } = Object(error);
    process.send?.({ id, error: { code, message: `${message}`, stack } });
  }
});
process.on('disconnect', () => process.exit());
