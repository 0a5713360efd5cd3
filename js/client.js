// @ts-check

import harden from '@endo/harden';
import { HandledPromise } from '@endo/eventual-send';

import { judge, readRequest } from './authenticate.js';
import { adviseRepair } from './baggage/repair.js';
import { severAfterReboot } from './boot.js';
import { makeBootstrap } from './bootstrap.js';
import { OUTPUT, STATUS } from './core-types.js';
import { Core } from './core.js';
import { withDebug } from './debug/client.js';
import { Deliveries } from './deliveries.js';
import { describeSwissnum, makeDurability } from './durable.js';
import { codeOf, makeError } from './errors.js';
import { frozen } from './frozen.js';
import { Gifts, nothing } from './gifts.js';
import { makeKeeper } from './keeper.js';
import { disposing } from './disposing.js';
import { copyLocation } from './location.js';
import { NetlayerHost } from './netlayer-host.js';
import { readOptions } from './options.js';
import { makeKit } from './promises.js';
import { randomBytes } from './random.js';
import { References } from './references.js';
import { Registry, tableOfStore } from './registry.js';
import { makeSender } from './sender.js';
import { Sessions } from './session.js';
import { toHex } from './slots.js';
import { openStore } from './store.js';
import { getSturdyRefDetails, incomingSturdyRef, makeSturdyRef } from './sturdyref.js';
import { bytesOfSwissnum, mayBeRegistered, swissnumToBytes } from './swissnum.js';
import { Timer } from './timer.js';
import { makeTokens } from './tokens.js';
import { BROKEN as BROKEN_REF, GIFT, LOCAL, LOCAL_DESCRIBED, REMOTE_OBJECT } from './values/tags.js';
import { requireWasm } from './wasm.js';

/**
 * A client: what it is told, what it holds, and how its parts are put together.
 *
 * @import { ClientOptions } from './options.js'
 * @import { CoreHost } from './entrance.js'
 * @import { Logger } from './logger.js'
 * @import { NetLayer, NetlayerHandlers } from './netlayers/types.js'
 * @import { OcapnLocation } from './location.js'
 * @import { AsyncDisposes, Disposes } from './disposing.js'
 * @import { OutputSink } from './outputs.js'
 * @import { Session, SessionEvent } from './session.js'
 * @import { SturdyRef } from './sturdyref.js'
 * @import { SwissNum } from './swissnum.js'
 */

/**
 * @typedef {object} ClientMethods
 * @property {<T extends NetLayer>(makeNetlayer: (handlers: NetlayerHandlers, logger: Logger) => T | Promise<T>) => Promise<T>} registerNetlayer
 *   adds a way to connect; there is at most one for each transport
 * @property {(location: OcapnLocation) => Promise<Session>} provideSession the session with a peer: the one that is there, or a new
 *   one
 * @property {(location: OcapnLocation, swissNum: SwissNum) => SturdyRef} makeSturdyRef
 * @property {(sturdyRef: SturdyRef) => Promise<any>} enlivenSturdyRef fetches what it names
 * @property {(swissnum: string | Uint8Array | SwissNum, object: any) => void} registerSturdyRef makes an object fetchable by all who
 *   know the swissnum; another one that was, is so no longer
 * @property {(reference: any) => Promise<string>} refToken a token of a peer's object: 128 hexadecimal digits, to be kept and given
 *   to `refFromToken`, in a later process too. It is given once it is durable. The same object has the same token each time. Until
 *   `releaseToken` the peer keeps the object for us, whoever holds the reference or not, for as long as the session exists.
 *   `API_MISUSE` for promises, objects of our own, bootstrap objects, and clients without `tryResumeSession`; the code with
 *   which calls on the reference fail, when its session is over
 * @property {(token: string) => Promise<any>} refFromToken the object that has this token. It is there before its session
 *   goes on: calls wait for that, and dial. `TOKEN_UNKNOWN` when the token was released or its session was severed; `NO_NETLAYER`
 *   until a netlayer is registered that has the location which the session was made at; `STORE_DAMAGED`
 * @property {(token: string) => Promise<void>} releaseToken what the token kept is released once nobody holds it; durable
 *   when this settles. Errors are those of `refFromToken`
 * @property {(observer: (event: SessionEvent) => void) => () => void} subscribe tells what becomes of sessions, until the returned
 *   function is called
 * @property {() => Promise<void>} shutdown closes everything, says nothing to peers, and keeps what is stored; settles when all is
 *   closed and stored. A client that is only forgotten keeps its connections and its wasm memory: each one is to be shut down
 * @property {any} [_debug] under `debugMode`: a `ClientDebug` of debug/client.js
 */

/**
 * `await using client = makeClient()` shuts it down. `using` does so too and waits for nothing: what is written is still
 * being stored, for which `shutdown()` can be awaited. Either way its part of the wasm memory is free at the end of the turn.
 *
 * @typedef {ClientMethods & Disposes & AsyncDisposes} Client
 */

/** `limits.answers`, where it is not given. */
const ANSWERS = 65_536;

/**
 * @param {unknown} error of the opening of a store
 * @returns {unknown} the same; where a record is to blame, with what can be done
 */
const withAdvice = error => {
  const { code, message } = Object(error);
  const key = code === 'STORE_DAMAGED' && / record at (\S+) /.exec(String(message))?.[1];
  return key ? makeError(code, `${message}. ${adviseRepair(key)}`, { cause: error }) : error;
};

/**
 * Makes an OCapN client.
 *
 * @param {ClientOptions} [options]
 * @returns {Client}
 * @throws {import('./errors.js').CodedError} `API_MISUSE` for options that make no sense; `STORE_DAMAGED`, `STORE_NEWER` or
 *   `STORE_FAILED` when the baggage cannot be used
 */
export const makeClient = (options = {}) => {
  const chosen = readOptions(options);
  const { logger, debugLabel, baggage, now, authenticateSession, onSessionEvent } = chosen;
  const module = requireWasm();
  const store = baggage === undefined ? undefined : openStore(baggage);

  /** @returns {Core} */
  const getCore = () => core;

  const { sender, answer } = makeSender(
    getCore,
    () => references,
    logger,
    () => timer.hold(true),
  );

  const durability =
    store && makeDurability(getCore, () => registry, module.codec, { describe: chosen.describe, revive: chosen.revive });

  const references = new References({
    isCollecting: chosen.enableImportCollection,
    sender,
    durability,
    rejectsEphemeral: chosen.rejectsEphemeral && store !== undefined,
    getCore,
    makeBootstrap: () => makeBootstrap(fetch),
  });

  /**
   * Keeps how a registered object is made again.
   *
   * @param {Uint8Array} swissnum
   * @param {object} value
   */
  const remember = (swissnum, value) => {
    if (store !== undefined && durability !== undefined) {
      const named = chosen.describe?.(value);
      const how = named === undefined ? describeSwissnum(swissnum) : durability.describeHost(named);
      const row = core.encodeSwissnumRow(swissnum, how);
      store.own.set(row.key, row.value);
      references.describe(value, durability.describe(value) ?? how);
    }
  };

  /**
   * Peers that have it go on having it, as long as this process does. In a later one nothing brings it back.
   *
   * @param {object} value whose swissnum is another object's now
   */
  const replaced = value => {
    if (durability !== undefined) {
      references.describe(value, durability.describe(value) ?? describeSwissnum(randomBytes(32)));
    }
  };

  const hooks = { remember, replaced };
  const registry =
    store !== undefined && chosen.swissnumTable === undefined
      ? new Registry(tableOfStore(store), hooks, store.registry)
      : new Registry(chosen.swissnumTable ?? new Map(), hooks);

  const deliveries = new Deliveries({
    answer: (answerId, state, value) => answer(answerId, state === 1, value),
    addAnswer: message => references.addAnswer(message),
    ignored: error => logger.info(`${debugLabel}: a message that nobody waits for failed`, error),
    mostWaiting: chosen.settings.limits.answers ?? ANSWERS,
    exceeded: session => core.whenDone(() => core.exceeded(session)),
  });

  const gifts = new Gifts(chosen.giftTable);
  const netlayers = new NetlayerHost(getCore, logger);
  const timer = new Timer(() => core.now(), () => core.timeout());

  /** @type {Set<(event: SessionEvent) => void>} */
  const observers = new Set(onSessionEvent === undefined ? [] : [onSessionEvent]);

  const sessions = new Sessions(getCore, references, event => {
    logger.info('session', event);
    for (const observer of [...observers]) {
      try {
        observer(event);
      } catch (error) {
        logger.error('An observer of session events failed', error);
      }
    }
  });

  /** @type {Map<number, { resolve: (session: Session) => void, reject: (error: unknown) => void, transport: string }>} */
  const requests = new Map();

  const checkWaiting = () => timer.hold(references.pendingCount > 0 || requests.size > 0);

  /** @type {OutputSink} */
  const sink = {
    error: code => core.error(code),
    target: (handle, description) => references.local(handle, description) ?? core.errorOf('NOT_REVIVABLE'),
    deliver: (session, target, answerHandle, answerId, values) =>
      deliveries.deliver(session, target, answerHandle, answerId, values),
    listen: (target, answerId) => deliveries.listen(target, answerId),
    pick: (op, target, answerHandle, answerId, name) => deliveries.pick(op, target, answerHandle, answerId, name),
    settled: (handle, isFulfilled, value) => {
      references.settled(handle, isFulfilled, value);
    },
    failed: (handle, code) => references.failed(handle, core.error(code, netlayers.cause)),
    releaseLocal: handle => references.releaseLocal(handle),
    follow: (local, remote) => references.follow(local, remote),
    nothing,
    claim: claim => gifts.claim(claim),
    gift: (claim, target) => gifts.arrive(claim, target),
    identify: (target, answerHandle, answerId) => deliveries.identify(target, answerHandle, answerId),
    sessionInfo: (session, info) => sessions.setInfo(session, info),
  };

  /** @param {number} request */
  const takeRequest = request => {
    const kit = requests.get(request);
    requests.delete(request);
    return kit;
  };

  /** The stored record that was last found damaged, in words. */
  let damage = '';

  /** What the op:abort said that ends something right now. */
  let said = '';

  /**
   * @param {number} number of the error that a request for a session failed with
   * @param {string} transport that it would have gone over
   */
  const refusal = (number, transport) => {
    const error = core.error(number, netlayers.cause);
    const isOfNetlayer = error.code === 'DIAL_FAILED' || error.code === 'CONNECTION_CLOSED';
    if (isOfNetlayer && ['NOT_DIALABLE', 'DIAL_FAILED'].includes(codeOf(netlayers.cause) ?? '')) {
      return netlayers.cause;
    }
    if (error.code === 'NO_NETLAYER') {
      return makeError(error.code, `${error.message} It is '${transport}'.`);
    }
    if (error.code === 'PEER_ABORTED') {
      return makeError(error.code, `${error.message} It said: ${said}`);
    }
    return explain(error);
  };

  /**
   * @param {unknown} error
   * @returns {unknown} the same; where a record of the store is to blame, with its key and what can be done
   */
  const explain = error => {
    const { code, message } = Object(error);
    const isOfStore = code === 'STORE_DAMAGED' || code === 'STORE_NEWER';
    return isOfStore ? makeError(code, `${message} ${damage}`) : error;
  };

  /** @type {CoreHost['act']} */
  const act = (what, bytesOf) => {
    switch (what.op) {
      case OUTPUT.TRANSMIT:
        netlayers.transmit(what, bytesOf);
        return;
      case OUTPUT.PERSIST:
        attachment?.persist(what.c);
        return;
      case OUTPUT.TIMEOUT:
        timer.set(what.a);
        return;
      case OUTPUT.DIAL:
        netlayers.dial(what.a, what.b, what.c);
        return;
      case OUTPUT.CLOSE:
        netlayers.close(what.a);
        return;
      case OUTPUT.REQUEST_OK:
        takeRequest(what.a)?.resolve(sessions.get(what.b));
        return;
      case OUTPUT.REQUEST_FAILED: {
        const kit = takeRequest(what.a);
        kit?.reject(refusal(what.b, kit.transport));
        return;
      }
      case OUTPUT.SESSION:
        sessions.changed(what.a, what.b, what.c, said);
        if (what.b === STATUS.SEVERED) {
          gifts.forget(toHex(what.c.id));
          deliveries.forget(what.a);
        }
        return;
      case OUTPUT.AUTHENTICATE:
        if (authenticateSession !== undefined) {
          judge(core, logger, authenticateSession, what.a, readRequest(module.codec, what.b, what.c));
        }
        return;
      case OUTPUT.PEER_SAID:
        said = what.c;
        return;
      case OUTPUT.GIFT_TABLE:
        gifts.show(what.a, what.b, what.c, what.d);
        return;
      case OUTPUT.DAMAGED:
        // Without a key it is the store that failed, of which everybody hears.
        if (what.c === '') return;
        damage = `The record '${what.c}' ${what.d}. ${adviseRepair(what.c)}`.trimEnd();
        logger.error(`${debugLabel}: a stored record cannot be used. ${damage}`);
        return;
      default:
        throw makeError('INTERNAL_ERROR', `Nobody does ${what.op}.`);
    }
  };

  const detach = () => {
    attachment?.detach();
    if (keeper !== undefined) {
      store?.keepers.delete(keeper);
    }
  };

  /** @param {Error} error */
  const died = error => {
    logger.error(`${debugLabel}: the wasm module failed`, error);
    references.die(error);
    for (const kit of requests.values()) {
      kit.reject(error);
    }
    requests.clear();
    sessions.die();
    timer.set(0);
    detach();
    netlayers.die();
  };

  const core = new Core(
    module,
    { settings: chosen.settings, seed: chosen.seed, read: store, now },
    {
      sink,
      incoming: {
        reference: (kind, handle, description) => {
          switch (kind) {
            case LOCAL:
            case LOCAL_DESCRIBED:
              return references.localValue(handle, description);
            case REMOTE_OBJECT:
              return references.remoteObject(handle);
            case GIFT:
              return references.gift(handle);
            case BROKEN_REF:
              return references.broken(handle);
            default:
              return references.remotePromise(handle);
          }
        },
        sturdyRef: incomingSturdyRef,
        handoff: () => references.brokenPromise(core.errorOf('HANDOFF_REFUSED')),
        refused: () => references.brokenPromise(core.errorOf('NOT_PASSABLE')),
      },
      catchUp: () => {
        references.catchUp();
        checkWaiting();
      },
      act,
      question: (handle, returned) => references.question(handle, returned),
      died,
      report: error => logger.error(`${debugLabel}: unexpected`, error),
    },
  );

  /**
   * @param {Uint8Array} swissnum
   * @returns {unknown} `undefined` when nothing is registered
   */
  const fetch = swissnum =>
    mayBeRegistered(swissnum) ? (registry.find(swissnum) ?? durability?.reviveSwissnum(swissnum)) : undefined;

  const keeper = durability && makeKeeper(getCore, durability, references, explain);
  /** @type {import('./store.js').Attachment | undefined} */
  let attachment;

  if (baggage !== undefined && store !== undefined && keeper !== undefined) {
    try {
      const ended = chosen.settings.resume ? severAfterReboot(baggage, store, module.codec.sha256) : 0;
      if (ended > 0) {
        logger.info(`${debugLabel}: the system was started anew, so the sessions in the baggage end`);
      }
      attachment = store.attach(core);
      store.keepers.add(keeper);
      core.load();
    } catch (error) {
      detach();
      core.retire();
      throw withAdvice(error);
    }
  }

  /**
   * @param {OcapnLocation} location
   * @returns {Promise<Session>}
   */
  const provideSession = async location => {
    const copy = copyLocation(location);
    if (core.isBusy) {
      await undefined;
    }
    const kit = makeKit();
    core.provideSession(copy, request => requests.set(request, { ...kit, transport: copy.transport }));
    timer.hold(true);
    return kit.promise;
  };

  /**
   * @param {SturdyRef} sturdyRef
   * @returns {Promise<any>}
   */
  const enlivenSturdyRef = async sturdyRef => {
    const details = getSturdyRefDetails(sturdyRef);
    if (details === undefined) {
      throw makeError('API_MISUSE', 'Not a sturdyref: SturdyRef details not found');
    }
    const { location, swissNum } = details;
    if (netlayers.isSelf(location)) {
      const found = await fetch(swissnumToBytes(swissNum));
      if (found === undefined) {
        throw makeError('UNKNOWN_SWISSNUM', 'Local fetch: Unknown swissnum for sturdyref: nothing is registered by it here.');
      }
      return found;
    }
    const session = await provideSession(location);
    return HandledPromise.applyMethod(session.getBootstrap(), 'fetch', [swissNum]);
  };

  /** @type {Promise<void> | undefined} */
  let closing;

  const shutdown = () => {
    closing ??= (async () => {
      logger.info('shutdown called');
      if (core.isBusy) {
        await undefined;
      }
      if (!core.isOver) {
        core.shutdown();
      }
      timer.set(0);
      await netlayers.shutdown();
      try {
        await store?.idle();
      } catch (error) {
        // Whoever waits for the store was told.
        logger.info('the store failed before the client was shut down', error);
      }
      detach();
      core.retire();
    })();
    return closing;
  };

  // For those who cannot wait.
  const dispose = () => {
    shutdown();
    detach();
    core.retire();
  };

  /** @type {Client} */
  const client = {
    registerNetlayer: makeNetlayer => netlayers.register(makeNetlayer),
    provideSession,
    makeSturdyRef,
    enlivenSturdyRef,
    registerSturdyRef: (swissnum, object) => {
      if (closing !== undefined) {
        throw core.errorOf('SHUT_DOWN');
      }
      registry.register(bytesOfSwissnum(swissnum), object);
    },
    ...makeTokens(getCore, references, chosen.settings.resume ? store : undefined, explain),
    subscribe: observer => {
      observers.add(observer);
      return () => {
        observers.delete(observer);
      };
    },
    shutdown,
    ...disposing(dispose, shutdown),
  };
  if (!chosen.debugMode) {
    return frozen(client);
  }
  const { captpVersion } = chosen;
  const { messages } = module;
  return harden(withDebug(client, { logger, debugLabel, captpVersion, core, references, sender, netlayers, sessions, messages }));
};

/**
 * Makes a client whose exports and imports outlive its process: as `makeClient`, with `tryResumeSession` on unless said
 * otherwise.
 *
 * @param {ClientOptions} [options]
 * @returns {Client}
 */
export const makeDurableClient = (options = {}) => {
  const { tryResumeSession = true, baggage } = options;
  if (tryResumeSession && baggage === undefined) {
    throw makeError('API_MISUSE', 'makeDurableClient requires explicit baggage when tryResumeSession is enabled');
  }
  return makeClient({ ...options, tryResumeSession });
};
