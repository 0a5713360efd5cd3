// @ts-check

import { slotsOfHandle } from '../slots.js';
import { makeInternalSession } from './session.js';
import { Spy } from './spy.js';

/**
 * What a client shows under `debugMode`: the `_debug` of `@endo/ocapn`, as far as it has a meaning here, and `inspect`.
 *
 * @import { Client } from '../client.js'
 * @import { Core } from '../core.js'
 * @import { Logger } from '../logger.js'
 * @import { LocationId, OcapnLocation } from '../location.js'
 * @import { NetlayerHost } from '../netlayer-host.js'
 * @import { Connection } from '../netlayers/types.js'
 * @import { Sender } from '../promises.js'
 * @import { References } from '../references.js'
 * @import { Sessions } from '../session.js'
 * @import { Slot } from '../slots.js'
 * @import { MessageCodec } from './messages.js'
 * @import { InternalSession } from './session.js'
 * @import { MessageObserver } from './spy.js'
 * @import { ShownSession } from './table.js'
 */

/**
 * @typedef {object} ClientDebug
 * @property {Logger} logger
 * @property {string} debugLabel
 * @property {string} captpVersion
 * @property {() => any} inspect what the core holds: nothing, once the client was shut down
 * @property {(value: object) => Array<{ sessionId: string, slot: Slot }>} slotsOf of an object or a promise, ours or a peer's
 * @property {(location: OcapnLocation) => Promise<InternalSession>} provideInternalSession
 * @property {SessionManager} sessionManager
 */

/**
 * @typedef {object} SessionManager
 * @property {(locationId: LocationId) => InternalSession | undefined} getActiveSession
 * @property {(locationId: LocationId) => Promise<unknown> | undefined} getPendingSessionPromise
 */

/**
 * @typedef {object} DebugParts
 * @property {Logger} logger
 * @property {string} debugLabel
 * @property {string} captpVersion
 * @property {Core} core
 * @property {References} references
 * @property {Sender} sender
 * @property {NetlayerHost} netlayers
 * @property {Sessions} sessions
 * @property {MessageCodec} messages
 */

/** @param {Pick<OcapnLocation, 'transport' | 'designator'>} location */
const idOf = ({ transport, designator }) => `${encodeURIComponent(transport)}/${encodeURIComponent(designator)}`;

/** What is left of a core that is gone. */
const NOTHING = { stored: 0, handshakes: 0, locals: 0, remotes: 0, gifts: 0, claims: 0, written: 0 };

/**
 * The same client, with `_debug`.
 *
 * @param {Client} client
 * @param {DebugParts} parts
 * @returns {Client}
 */
export const withDebug = (client, parts) => {
  const { core, references, sender, netlayers, sessions, messages, logger } = parts;
  const spy = new Spy(messages, error => logger.error('An observer of messages failed', error));

  /** @type {Map<number, InternalSession>} */
  const known = new Map();

  /** @type {Map<number, Set<MessageObserver>>} */
  const observers = new Map();

  /** @type {Map<LocationId, Promise<unknown>>} */
  const pending = new Map();

  const inspect = () => (core.isOver ? { ...NOTHING, sessions: [] } : core.inspect());

  /** @returns {ShownSession[]} */
  const inspectSessions = () => inspect().sessions;

  /** @param {number} number */
  const inspectSession = number => inspectSessions().find(({ session }) => session === number);

  /** @param {number} number @param {MessageObserver} observer */
  const subscribe = (number, observer) => {
    const all = observers.get(number) ?? new Set();
    observers.set(number, all.add(observer));
    const connection = known.get(number)?.connection;
    if (connection !== undefined) {
      spy.add(connection, observer);
    }
    return () => {
      all.delete(observer);
      const present = known.get(number)?.connection;
      for (const one of [connection, present]) {
        if (one !== undefined) {
          spy.remove(one, observer);
        }
      }
    };
  };

  /** @param {ShownSession} shown */
  const provide = ({ session: number }) => {
    let internal = known.get(number);
    const info = sessions.infoOf(number);
    if (internal === undefined && info !== undefined) {
      internal = makeInternalSession({
        session: sessions.get(number),
        info,
        ownLocation: netlayers.ownLocation(info.location.transport),
        inspect: () => inspectSession(number),
        core,
        references,
        sender,
        codec: messages,
        connectionOf: conn => (conn === undefined ? undefined : netlayers.connectionOf(conn)),
        subscribe: observer => subscribe(number, observer),
      });
      known.set(number, internal);
    }
    return internal;
  };

  client.subscribe(({ type, sessionId }) => {
    if (type === 'severed') {
      const present = new Set(inspectSessions().map(({ session }) => session));
      for (const number of [...known.keys()].filter(one => !present.has(one))) {
        known.delete(number);
        observers.delete(number);
      }
    } else if (type === 'resumed') {
      const number = inspectSessions().find(({ id }) => id === sessionId)?.session;
      const connection = number === undefined ? undefined : known.get(number)?.connection;
      for (const observer of (number === undefined ? undefined : observers.get(number)) ?? []) {
        if (connection !== undefined) {
          spy.add(connection, observer);
        }
      }
    }
  });

  /** @type {Client['provideSession']} */
  const provideSession = async location => {
    const promise = client.provideSession(location);
    const id = idOf(location);
    pending.set(id, promise);
    try {
      return await promise;
    } finally {
      if (pending.get(id) === promise) {
        pending.delete(id);
      }
    }
  };

  /** @type {ClientDebug} */
  const debug = {
    logger,
    debugLabel: parts.debugLabel,
    captpVersion: parts.captpVersion,
    inspect,
    slotsOf: value => slotsOfHandle(inspect(), references.find(value)),
    provideInternalSession: async location => {
      const { sessionId } = await provideSession(location);
      const shown = inspectSessions().find(({ id }) => id === sessionId);
      const internal = shown && provide(shown);
      if (internal === undefined) {
        throw core.errorOf('SESSION_SEVERED');
      }
      return internal;
    },
    sessionManager: {
      getActiveSession: locationId => {
        const shown = inspectSessions().find(one => one.status === 'active' && idOf(one) === locationId);
        return shown && provide(shown);
      },
      getPendingSessionPromise: locationId => pending.get(locationId),
    },
  };
  return {
    ...client,
    registerNetlayer: makeNetlayer => client.registerNetlayer((handlers, log) => makeNetlayer(spy.watch(handlers), log)),
    provideSession,
    _debug: debug,
  };
};
