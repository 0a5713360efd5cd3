// @ts-check

import { checkMethods, checkNames, misuse } from './checks.js';
import { guardLogger, makeLogger } from './logger.js';
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
 * Bounds on what a peer, a store or the application may make the client hold. Whoever asks for more than the application's own part
 * gets `LIMIT_EXCEEDED` (`QUEUE_FULL` for `queuedBytes`) from the call, and nothing is sent. A peer that exceeds one loses its
 * session, which ends with `LIMIT_EXCEEDED`; where the last column says so, only what
 * it asked for fails. Other sessions go on.
 *
 * | limit | default | of | bounds |
 * |---|---|---|---|
 * | `frame` | 16 MiB | message | its bytes, in or out; a netlayer has its own `maxFrame` |
 * | `helloFrame` | 64 KiB | connection | bytes that whoever connected may send before it has a session; the connection is closed |
 * | `depth` | 128 | message | nesting of lists, structs and records |
 * | `digits` | 4096 | message | decimal digits of one integer |
 * | `exports` | 1,048,576 | session | references that the peer holds, resolvers of calls included; what would export more fails |
 * | `imports` | 1,048,576 | session | references of the peer's that we hold |
 * | `questions` | 65,536 | session | calls of ours that wait for their answer |
 * | `answers` | 65,536 | session | answers that the peer holds; calls of its that wait for theirs |
 * | `listens` | 65,536 | session | promises of ours that the peer listens to |
 * | `gifts` | 1024 | session | gifts that the peer left for others; those that it waits for; those that we left with it: what is one too many breaks |
 * | `clientGifts` | 65,536 | client | the same, of all sessions |
 * | `queuedBytes` | 16 MiB | session | calls that wait while it is suspended |
 * | `unsentBytes` | 256 MiB | client | what waits for a commit; what waits for a slow peer is bounded by the netlayer's `maxUnsent`, for each connection |
 * | `sessions` | 4096 | client | suspended and parked ones included; strangers' go first, then a new one is refused |
 * | `strangers` | 1024 | client | sessions without a connection that were begun by peers whom the netlayer does not vouch for and whom we never dialled; the oldest go |
 * | `parked` | 64 | client | parked sessions; the oldest go |
 * | `handshakes` | 1024 | client | connections without a session; what comes then is closed |
 *
 * How long a handshake may take is `times.handshake`, 30 s; what takes longer is closed, with `HANDSHAKE_TIMEOUT` where we dialled.
 *
 * @typedef {object} Limits
 * @property {number} [frame]
 * @property {number} [helloFrame]
 * @property {number} [depth]
 * @property {number} [digits]
 * @property {number} [exports]
 * @property {number} [imports]
 * @property {number} [questions]
 * @property {number} [answers]
 * @property {number} [listens]
 * @property {number} [gifts]
 * @property {number} [clientGifts]
 * @property {number} [queuedBytes]
 * @property {number} [unsentBytes]
 * @property {number} [sessions]
 * @property {number} [strangers]
 * @property {number} [parked]
 * @property {number} [positions] objects whose positions in ended sessions are remembered
 * @property {number} [handshakes]
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
 * @typedef {object} ClientOptions
 * @property {string} [debugLabel]
 * @property {boolean} [verbose] whether the default logger says what happens
 * @property {SwissnumTable} [swissnumTable] live objects by swissnum, instead of the client's own table
 * @property {Map<string, any>} [giftTable] shows the objects that wait for their receivers, by `<session id>:<gift id>` in
 *   hexadecimal; a gift that somebody else put there is given, too
 * @property {string} [captpVersion] the version of CapTP that hellos carry
 * @property {boolean} [enableImportCollection] whether peers are told what nobody holds any more, answers included; true by
 *   default
 * @property {boolean} [debugMode]
 * @property {Logger} [logger]
 * @property {Baggage} [baggage] where state is kept
 * @property {boolean} [tryResumeSession] whether sessions outlive their connections; needs `baggage`
 * @property {AuthenticateSession} [authenticateSession] judges each session before it begins or goes on
 * @property {Dialect} [dialect] what is written to peers; '2026-02' by default
 * @property {Limits} [limits] bounds on what a peer may make the client hold
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
