// @ts-check

import { checkMethods, checkNames, misuse } from './checks.js';
import { guardLogger, makeLogger } from './logger.js';
import { givenRandom } from './random.js';

/**
 * What a client can be told at its making, checked.
 *
 * @import { AuthenticateSession } from './authenticate.js'
 * @import { Baggage } from './baggage/types.js'
 * @import { GiftTable } from './gifts.js'
 * @import { Logger } from './logger.js'
 * @import { SessionEvent } from './session.js'
 * @import { SwissnumTable } from './registry.js'
 */

/**
 * Spans of time, in milliseconds. Each has a default.
 *
 * @typedef {object} Times
 * @property {number} [handshake] ms from the opening of a connection to its session, 30,000 by default; what takes longer is closed, with
 *   `HANDSHAKE_TIMEOUT` where we dialled
 * @property {number} [idle] ms of silence, while something is owed, after which the peer is probed; 30,000
 * @property {number} [probe] ms from a probe to the conclusion that the connection is dead; 10,000
 * @property {number} [queue] ms that a call waits for a suspended session; 60,000
 * @property {number} [call] ms that a call may take; 0, the default, is for ever
 * @property {number} [resumeGrace] ms for which a peer may answer attempts to resume with closing or garbage before that is a refusal;
 *   60,000
 * @property {number} [expiry] ms that a suspended session is kept; 7 days
 * @property {number} [retryLeast] ms of the first wait before a dial is tried again; 200
 * @property {number} [retryMost] ms of the longest such wait; 30,000
 * @property {number} [gather] ms for which releases are gathered before the peer is told; 20
 * @property {number} [unclaimed] after the first resume in a new process: ms for which stored imports that nothing names are kept; 30,000
 * @property {number} [recount] ms from a resume to the question how often the peer still holds what it was given; 5,000
 * @property {number} [gift] ms that the withdrawal of a third party's gift waits for its deposit; 60,000
 */

/**
 * Bounds on what a peer, a store or the application may make the client hold; whole numbers, each with a default. Whoever asks for
 * more than the application's own part gets `LIMIT_EXCEEDED` (`QUEUE_FULL` for `queuedBytes`) from the call, and nothing is sent. A peer
 * that exceeds one loses its session, which ends with `LIMIT_EXCEEDED`; where it says so, only what it asked for fails. Other
 * sessions go on.
 *
 * @typedef {object} Limits
 * @property {number} [frame] bytes of one message, in or out, 16 MiB by default; a netlayer has its own `maxFrame`
 * @property {number} [helloFrame] bytes that whoever connected may send before it has a session, 64 KiB; then the connection is closed
 * @property {number} [depth] nesting of lists, structs and records in one message; 128
 * @property {number} [digits] decimal digits of one integer; 4,096
 * @property {number} [exports] references of one session that the peer holds, resolvers of calls included, 1,048,576; what would export
 *   more fails
 * @property {number} [imports] references of the peer's that we hold, in one session; 1,048,576
 * @property {number} [questions] calls of ours that wait for their answer, in one session; 65,536
 * @property {number} [answers] answers that the peer of one session holds, and calls of its that wait for theirs, 65,536; as many calls
 *   that want none may wait for a promise of ours
 * @property {number} [listens] promises of ours that the peer of one session listens to; 65,536
 * @property {number} [gifts] gifts that the peer of one session left for others, those that it waits for, and those that we left with it,
 *   1,024; what is one too many breaks
 * @property {number} [clientGifts] the same, of all sessions; 65,536
 * @property {number} [queuedBytes] bytes of calls that wait while one session is suspended; 16 MiB
 * @property {number} [unsentBytes] bytes that wait for a commit, of the client, 256 MiB. Calls beyond it are rejected; where answers alone
 *   are more, the session that most of them are for ends. What waits for a slow peer is bounded by the netlayer's `maxUnsent`, for each
 *   connection
 * @property {number} [sessions] sessions of the client, suspended and parked ones included, 4,096; strangers' go first, then a new one is
 *   refused
 * @property {number} [strangers] sessions without a connection that were begun by peers whom the netlayer does not vouch for and whom we
 *   never dialled, 1,024; the oldest go
 * @property {number} [parked] parked sessions of the client, 64; the oldest go
 * @property {number} [positions] objects whose positions in ended sessions are remembered; 4,096
 * @property {number} [handshakes] connections without a session, of the client, 1,024; what comes then is closed
 */

/**
 * What is written to a peer. What a peer writes is read in every dialect.
 *
 * - `'2026-01'`: endojs/endo pull request 3175, and the test suite of January 2026. Sessions are resumed in that peer's way, which
 *   stops no delayed message.
 * - `'2026-02'`: `@endo/ocapn` 1.1.
 * - `'2026-03'`: the specification's main branch: op:listen of two fields, -0, the keys of structs in Syrup's order.
 * - `'auto'`: what the peer shows to read by what it writes. Until then only what all dialects share: a call that wants no answer
 *   asks for one, releases and op:listen wait, and if they must not wait for ever, the peer is asked for an object that it does
 *   not have, so that it says something. A peer that shows to be of 2026-02 or later is taken for 2026-02 until it sends an
 *   op:listen of two fields; two that wait for each other take 2026-02. A session of a peer of 2026-01 ends with its connection:
 *   to resume it, name the dialect.
 *
 * @typedef {'2026-01' | '2026-02' | '2026-03' | 'auto'} Dialect
 */

/**
 * What a client can be told at its making. Nothing is needed; a name that is not among these is refused.
 *
 * @typedef {object} ClientOptions
 * @property {string} [debugLabel] at the head of each line of the default logger; `'ocapn'`
 * @property {boolean} [verbose] whether the default logger says what happens, and not what went wrong alone; `false`
 * @property {SwissnumTable} [swissnumTable] live objects by swissnum, instead of the client's own table
 * @property {GiftTable} [giftTable] shows the objects that wait for their receivers, by `<session id>:<gift id>` in
 *   hexadecimal; a gift that somebody else put there is given, too
 * @property {string} [captpVersion] the version of CapTP that hellos carry; `'1.0'`
 * @property {boolean} [enableImportCollection] whether peers are told what nobody holds any more, answers included; `true`
 * @property {boolean} [debugMode] whether the client has `_debug`; `false`
 * @property {Logger} [logger] instead of one that writes to the console; what it throws is ignored
 * @property {Baggage} [baggage] where state is kept; nowhere by default
 * @property {boolean} [tryResumeSession] whether sessions outlive their connections; `false`; needs `baggage`
 * @property {AuthenticateSession} [authenticateSession] judges each session before it begins or goes on; refuses by throwing, rejecting
 *   or `false`
 * @property {Dialect} [dialect] what is written to peers; `'2026-02'`
 * @property {Limits} [limits] bounds on what a peer may make the client hold
 * @property {Times} [times] spans of time, in milliseconds
 * @property {'auto' | 'on-demand'} [reconnect] when a suspended session is dialled: with backoff until it goes on (`'auto'`, the default),
 *   or when something waits for it
 * @property {(value: object) => unknown} [describe] names an object for another process, by plain data; `undefined` when it cannot
 * @property {(description: any) => unknown} [revive] gives back, once, what a description names, perhaps as a promise
 * @property {'break' | 'reject'} [ephemeralExports] what becomes of an object that cannot be described: it breaks with the process
 *   (`'break'`, the default), or is refused with `EPHEMERAL_EXPORT`
 * @property {(event: SessionEvent) => void} [onSessionEvent] is told what becomes of sessions
 * @property {(length: number) => Uint8Array} [random] the host's source of randomness, fit for keys
 * @property {() => number} [now] the host's clock: milliseconds since the epoch, never running backwards
 */

/**
 * The names of all options. The last one is that of endojs/endo pull request 3175, for tables of slots, which are the core's here.
 *
 * @type {Record<keyof ClientOptions | 'makeOcapnTableFactory', true>}
 */
const NAMES = {
  debugLabel: true,
  verbose: true,
  swissnumTable: true,
  giftTable: true,
  captpVersion: true,
  enableImportCollection: true,
  debugMode: true,
  logger: true,
  baggage: true,
  tryResumeSession: true,
  authenticateSession: true,
  dialect: true,
  limits: true,
  times: true,
  reconnect: true,
  describe: true,
  revive: true,
  ephemeralExports: true,
  onSessionEvent: true,
  random: true,
  now: true,
  makeOcapnTableFactory: true,
};

/** @type {readonly Dialect[]} */
const DIALECTS = ['2026-01', '2026-02', '2026-03', 'auto'];

/**
 * @param {string} name
 * @param {unknown} record of numbers, each of which may be left out; which there are is the core's to say
 * @param {(value: unknown) => boolean} isRight
 * @param {string} right what they are
 */
const checkNumbers = (name, record, isRight, right) => {
  if (typeof record !== 'object' || record === null) {
    misuse(`${name} is not a record.`);
  }
  for (const [key, value] of Object.entries(/** @type {object} */ (record))) {
    if (value !== undefined && !isRight(value)) {
      misuse(`${name}.${key} is not ${right}: ${String(value)}`);
    }
  }
};

/** @param {unknown} value */
const isSpan = value => typeof value === 'number' && value >= 0;

/** @param {unknown} value */
const isCount = value => Number.isSafeInteger(value) && Number(value) >= 0;

/** Bytes of the seed of the core's randomness. */
const SEED = 32;

/**
 * @param {ClientOptions} options
 * @throws {import('./errors.js').CodedError} `API_MISUSE`, naming the option
 */
export const readOptions = options => {
  checkNames(options, NAMES, 'a client');
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
  for (const [name, text] of Object.entries({ debugLabel, captpVersion })) {
    if (typeof text !== 'string') {
      misuse(`${name} is not a string.`);
    }
  }
  for (const [name, flag] of Object.entries({ tryResumeSession, enableImportCollection })) {
    if (typeof flag !== 'boolean') {
      misuse(`${name} is not true or false.`);
    }
  }
  for (const [name, hook] of Object.entries({ authenticateSession, describe, revive, onSessionEvent, now, random })) {
    if (hook !== undefined && typeof hook !== 'function') {
      misuse(`${name} is not a function.`);
    }
  }
  checkMethods('logger', logger, ['log', 'error', 'info']);
  if (swissnumTable !== undefined) {
    checkMethods('swissnumTable', swissnumTable, ['get', 'set']);
  }
  if (giftTable !== undefined) {
    checkMethods('giftTable', giftTable, ['has', 'get', 'set', 'delete']);
  }
  if (tryResumeSession && (!Object.hasOwn(options, 'baggage') || baggage === undefined)) {
    misuse('tryResumeSession requires an explicitly provided baggage instance');
  }
  if (ephemeralExports !== 'break' && ephemeralExports !== 'reject') {
    misuse("ephemeralExports is 'break' or 'reject'.");
  }
  if (reconnect !== 'auto' && reconnect !== 'on-demand') {
    misuse("reconnect is 'auto' or 'on-demand'.");
  }
  if (!DIALECTS.includes(dialect)) {
    misuse(`unknown dialect '${String(dialect)}': there are '${DIALECTS.join("', '")}'.`);
  }
  checkNumbers('times', times, isSpan, 'a number of milliseconds from 0 on');
  checkNumbers('limits', limits, isCount, 'a whole number from 0 on');
  const seed = random?.(SEED);
  if (seed !== undefined && seed.length !== SEED) {
    misuse(`random(${SEED}) gave ${seed.length} bytes.`);
  }
  return {
    debugLabel,
    captpVersion,
    enableImportCollection,
    debugMode,
    logger: guardLogger(logger),
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
      collect: enableImportCollection,
      authenticate: authenticateSession !== undefined,
      ephemeralExports,
      reconnect,
      times,
      limits,
    },
  };
};
