// @ts-check

/**
 * A peer in a page or a worker, driven by the tests: its state in IndexedDB, the browser's WebSocket its way out.
 */

import { encodeSwissnum, encryptedBaggage, init, makeClient, provideFromBaggage } from 'ocapn-wasm';
import { openIndexedDbBaggage } from 'ocapn-wasm/baggage/indexeddb';
import { makeWebSocketDialNetLayer } from 'ocapn-wasm/netlayer/ws-dial';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/** @param {unknown} error */
const describe = error => ({ message: String(Object(error).message ?? error), code: Object(error).code, causeCode: Object(error).cause?.code });

/** @param {any} value references stay here, under the name that was asked for */
const passable = value => (['bigint', 'number', 'string', 'boolean', 'undefined'].includes(typeof value) ? value : null);

/**
 * @param {object} options
 * @param {string} options.name of the baggage
 * @param {object} [options.client] more options of the client
 * @param {object} [options.open] more options of the baggage
 * @param {object} [options.netlayer] more options of the netlayer
 * @param {number} [options.key] the baggage is encrypted with a key of this byte
 */
export const start = async ({ name, client: more = {}, open = {}, netlayer: way = {}, key }) => {
  await init();
  const below = await openIndexedDbBaggage({ name, ...open });
  /** @type {typeof below | ReturnType<typeof encryptedBaggage>} */
  let baggage = below;
  try {
    if (key !== undefined) baggage = encryptedBaggage(below, new Uint8Array(32).fill(key));
  } catch (error) {
    await below.close();
    throw error;
  }
  /** @type {any[]} */
  const events = [];
  /** @type {string[]} */
  const troubles = [];
  /** @type {any[]} */
  const logged = [];
  const client = makeClient({
    baggage,
    tryResumeSession: true,
    debugMode: true,
    onSessionEvent: ({ type, sessionId, code }) => events.push({ type, sessionId, code }),
    ...more,
    times: { retryLeast: 10, retryMost: 80, .../** @type {any} */ (more).times },
    logger: {
      log: () => {},
      info: (...args) => logged.push(args),
      error: (...args) => troubles.push(args.map(String).join(' ')),
    },
  });

  /** What it holds and has, by name. @type {Map<string, any>} */
  const held = new Map();
  const kept = provideFromBaggage(baggage, 'page', () => new Map());
  const listener = Far('listener', {
    hear: text => {
      kept.set('heard', [...(kept.get('heard') ?? []), text]);
      return `${text} heard`;
    },
  });
  client.registerSturdyRef('listener', listener);
  held.set('listener', listener);

  const netlayer = await client.registerNetlayer((handlers, logger) => makeWebSocketDialNetLayer({ handlers, logger, baggage, ...way }));

  /** What became of calls that were made without waiting. @type {any[]} */
  const outcomes = [];

  /** @param {any} arg a value, or `{ name }` for what is held under it */
  const resolveArg = arg => (Object(arg) === arg ? held.get(arg.name) : arg);

  return {
    location: () => ({ ...netlayer.location }),

    /** @param {string} as @param {any} location @param {string} swissnum */
    enliven: async (as, location, swissnum) => {
      held.set(as, await client.enlivenSturdyRef(client.makeSturdyRef(location, encodeSwissnum(swissnum))));
    },

    /** @param {string} on @param {string} method @param {any[]} args @param {string} [as] */
    call: async (on, method, args = [], as = undefined) => {
      const result = await E(held.get(on))[method](...args.map(resolveArg));
      if (as !== undefined) held.set(as, result);
      return passable(result);
    },

    /** As `call`, for what may fail. @param {string} on @param {string} method @param {any[]} args */
    attempt: async (on, method, args = []) =>
      E(held.get(on))[method](...args.map(resolveArg)).then(value => ({ value: passable(value) }), error => ({ error: describe(error) })),

    /** Calls at once, and does not wait. @param {string} on @param {string} method @param {any[][]} all arguments of each */
    burst: (on, method, all) => {
      for (const args of all) {
        E(held.get(on))[method](...args.map(resolveArg)).then(
          value => outcomes.push({ args, value }),
          error => outcomes.push({ args, error: describe(error) }),
        );
      }
    },
    /** Keeps what it holds by a token, in its baggage. @param {string} on */
    keep: async on => void kept.set(`token of ${on}`, await client.refToken(held.get(on))),
    /** Holds again what it kept. @param {string} on */
    regain: async on => void held.set(on, await client.refFromToken(kept.get(`token of ${on}`))),
    /** @param {string} on */
    release: on => client.releaseToken(kept.get(`token of ${on}`)),
    outcomes: () => outcomes,
    events: () => events,
    troubles: () => troubles,
    logged: () => logged.map(args => args.map(String).join(' ')),
    heard: () => kept.get('heard') ?? [],
    inspect: () => JSON.parse(JSON.stringify(client._debug.inspect(), (_key, value) => (typeof value === 'bigint' ? String(value) : value))),
    /** @param {string} on */
    slots: on => JSON.parse(JSON.stringify(client._debug.slotsOf(held.get(on)), (_key, value) => (typeof value === 'bigint' ? String(value) : value))),
    /** Writes something of its own, which no compression makes much smaller. @param {number} length */
    fill: length => {
      for (let at = 0; at < length; at += 1000) {
        kept.set(`filled ${at}`, String.fromCharCode(...crypto.getRandomValues(new Uint8Array(1000)).map(byte => 32 + (byte % 90))));
      }
    },
    /** What the baggage says by now. */
    whyStoreFailed: () => {
      try {
        return baggage.has('anything');
      } catch (error) {
        return describe(error);
      }
    },
    shutdown: async () => {
      await client.shutdown();
      await baggage.close();
    },
  };
};
