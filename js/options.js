// @ts-check

import { makeError } from './errors.js';
import { makeLogger } from './logger.js';
import { givenRandom } from './random.js';

/**
 * What a client can be told at its making, checked.
 *
 * @import { AuthenticateSession } from './authenticate.js'
 * @import { Baggage } from './baggage/types.js'
 * @import { Logger } from './logger.js'
 * @import { SessionEvent } from './session.js'
 * @import { SwissnumTable } from './registry.js'
 */

/**
 * Spans of time, in milliseconds. Each has a default.
 *
 * @typedef {object} Times
 * @property {number} [handshake] from the opening of a connection to its session
 * @property {number} [idle] silence, while something is owed, after which the peer is probed
 * @property {number} [probe] from a probe to the conclusion that the connection is dead
 * @property {number} [queue] how long a call waits for a suspended session
 * @property {number} [call] how long a call may take; 0, the default, is for ever
 * @property {number} [resumeGrace] how long a peer may answer attempts to resume with closing or garbage before that is a refusal
 * @property {number} [expiry] how long a suspended session is kept
 * @property {number} [retryLeast] the first wait before a dial is tried again
 * @property {number} [retryMost] the longest such wait
 * @property {number} [gather] how long releases are gathered before the peer is told
 * @property {number} [unclaimed] after the first resume in a new process: how long stored imports that nothing names are kept
 * @property {number} [recount] from a resume to the question how often the peer still holds what it was given
 * @property {number} [gift] how long the withdrawal of a third party's gift waits for its deposit
 */

/**
 * @typedef {object} ClientOptions
 * @property {string} [debugLabel]
 * @property {boolean} [verbose] whether the default logger says what happens
 * @property {SwissnumTable} [swissnumTable] live objects by swissnum, instead of the client's own table
 * @property {Map<string, any>} [giftTable] shows the objects that wait for their receivers, by `<session id>:<gift id>` in
 *   hexadecimal; a gift that somebody else put there is given, too
 * @property {string} [captpVersion] the version of CapTP that hellos carry
 * @property {boolean} [enableImportCollection] whether what nobody holds is released; true by default
 * @property {boolean} [debugMode]
 * @property {Logger} [logger]
 * @property {Baggage} [baggage] where state is kept
 * @property {boolean} [tryResumeSession] whether sessions outlive their connections; needs `baggage`
 * @property {AuthenticateSession} [authenticateSession] judges each session before it begins or goes on
 * @property {'2026-01' | '2026-02' | '2026-03'} [dialect]
 * @property {Record<string, number>} [limits] bounds on what a peer may make the client hold
 * @property {Times} [times]
 * @property {'auto' | 'on-demand'} [reconnect] when a suspended session is dialled
 * @property {(value: object) => unknown} [describe] names an object for another process; `undefined` when it cannot
 * @property {(description: any) => unknown} [revive] gives back, once, what a description names, perhaps as a promise
 * @property {'break' | 'reject'} [ephemeralExports] whether what cannot be described may be exported
 * @property {(event: SessionEvent) => void} [onSessionEvent]
 * @property {(length: number) => Uint8Array} [random] the host's source of randomness
 * @property {() => number} [now] the host's clock: milliseconds since the epoch, never running backwards
 */

/**
 * @param {string} message
 * @returns {never}
 */
const misuse = message => {
  throw makeError('API_MISUSE', message);
};

/** Bytes of the seed of the core's randomness. */
const SEED = 32;

/**
 * @param {ClientOptions} options
 */
export const readOptions = options => {
  const {
    debugLabel = 'ocapn',
    verbose = false,
    captpVersion = '1.0',
    enableImportCollection = true,
    debugMode = false,
    tryResumeSession = false,
    dialect = '2026-02',
    limits = {},
    times = {},
    reconnect = 'auto',
    ephemeralExports = 'break',
    logger = makeLogger(debugLabel, verbose),
    now,
    random = givenRandom(),
    baggage,
    swissnumTable,
    giftTable,
    authenticateSession,
    describe,
    revive,
    onSessionEvent,
  } = options;
  if (tryResumeSession && (!Object.hasOwn(options, 'baggage') || baggage === undefined)) {
    misuse('tryResumeSession requires an explicitly provided baggage instance');
  }
  if (ephemeralExports !== 'break' && ephemeralExports !== 'reject') {
    misuse("ephemeralExports is 'break' or 'reject'.");
  }
  for (const [name, hook] of Object.entries({ authenticateSession, describe, revive, onSessionEvent, now, random })) {
    if (hook !== undefined && typeof hook !== 'function') {
      misuse(`${name} is not a function.`);
    }
  }
  const seed = random?.(SEED);
  if (seed !== undefined && seed.length !== SEED) {
    misuse(`random(${SEED}) gave ${seed.length} bytes.`);
  }
  return {
    debugLabel,
    captpVersion,
    enableImportCollection,
    debugMode,
    logger,
    now,
    seed,
    baggage,
    swissnumTable,
    giftTable,
    authenticateSession,
    describe,
    revive,
    onSessionEvent,
    rejectsEphemeral: ephemeralExports === 'reject',
    /** Of the core. */
    settings: {
      captpVersion,
      dialect,
      resume: tryResumeSession,
      authenticate: authenticateSession !== undefined,
      ephemeralExports,
      reconnect,
      times,
      limits,
    },
  };
};
