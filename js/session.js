// @ts-check

import harden from '@endo/harden';

import { STATUS } from './core-types.js';
import { frozen } from './frozen.js';
import { toHex } from './slots.js';

/**
 * The sessions of one client, as the application sees them.
 *
 * @import { Core } from './core.js'
 * @import { OcapnLocation } from './location.js'
 * @import { SessionInfo } from './outputs.js'
 * @import { References } from './references.js'
 */

/**
 * What became of a session.
 *
 * @typedef {object} SessionEvent
 * @property {'fresh' | 'resumed' | 'suspended' | 'severed' | 'refused'} type
 * @property {string} sessionId in hexadecimal
 * @property {OcapnLocation | undefined} location the peer's
 * @property {string | undefined} code why, as the `code` of an error
 * @property {string | undefined} reason why, in words
 */

/**
 * @typedef {object} Session
 * @property {string} sessionId in hexadecimal
 * @property {OcapnLocation} location the peer's
 * @property {() => any} getBootstrap the peer's bootstrap object
 * @property {(reason?: unknown) => void} abort ends it for good, and tells the peer
 * @property {() => SessionStatus} status
 */

/** @typedef {'active' | 'suspended' | 'severed' | 'refused'} SessionStatus */

/** @type {Record<number, SessionEvent['type']>} */
const eventTypes = {
  [STATUS.FRESH]: 'fresh',
  [STATUS.RESUMED]: 'resumed',
  [STATUS.SUSPENDED]: 'suspended',
  [STATUS.SEVERED]: 'severed',
  [STATUS.REFUSED]: 'refused',
};

/**
 * @typedef {object} SessionRecord
 * @property {number} number by which the core knows it
 * @property {string} sessionId
 * @property {SessionStatus} status
 * @property {SessionInfo | undefined} info
 * @property {Session | undefined} session
 */

export class Sessions {
  #getCore;

  #references;

  #publish;

  /** @type {Map<number, SessionRecord>} */
  #records = new Map();

  /**
   * @param {() => Core} getCore
   * @param {References} references
   * @param {(event: SessionEvent) => void} publish
   */
  constructor(getCore, references, publish) {
    this.#getCore = getCore;
    this.#references = references;
    this.#publish = publish;
  }

  /** @param {number} number */
  #provide(number) {
    let record = this.#records.get(number);
    if (record === undefined) {
      record = { number, sessionId: '', status: 'active', info: undefined, session: undefined };
      this.#records.set(number, record);
    }
    return record;
  }

  /**
   * @param {number} number
   * @param {SessionInfo} info
   */
  setInfo(number, info) {
    this.#provide(number).info = info;
  }

  /**
   * @param {number} number
   * @param {number} status one of `STATUS`
   * @param {{ code: number, id: Uint8Array }} details
   * @param {string} said what the peer's op:abort said, if one came
   */
  changed(number, status, { code, id }, said) {
    const record = this.#provide(number);
    const type = eventTypes[status] ?? 'severed';
    record.sessionId = toHex(id);
    record.status = type === 'fresh' || type === 'resumed' ? 'active' : type;
    if (type === 'severed') {
      this.#records.delete(number);
    }
    const reason = code === 0 ? undefined : this.#getCore().reason(code);
    this.#publish(
      frozen({
        type,
        sessionId: record.sessionId,
        location: record.info?.location,
        code: reason?.code,
        reason: reason?.code === 'PEER_ABORTED' ? `${reason.text} It said: ${said}` : reason?.text,
      }),
    );
  }

  /** @param {number} number */
  infoOf(number) {
    const info = this.#records.get(number)?.info;
    return info && harden(info);
  }

  /**
   * @param {number} number
   * @returns {Session}
   */
  get(number) {
    const record = this.#provide(number);
    record.session ??= this.#makeSession(record);
    return record.session;
  }

  /** @param {SessionRecord} record */
  #makeSession(record) {
    const getCore = this.#getCore;
    const references = this.#references;
    /** @type {Session} */
    const session = {
      sessionId: record.sessionId,
      location: /** @type {SessionInfo} */ (record.info)?.location,
      getBootstrap: () => {
        if (record.status === 'severed') {
          throw getCore().errorOf('SESSION_SEVERED');
        }
        return references.remoteObject(getCore().bootstrap(record.number));
      },
      abort: reason => {
        if (record.status !== 'severed' && !getCore().isOver) {
          getCore().abortSession(record.number, reason instanceof Error ? reason.message : String(reason ?? 'aborted'));
        }
      },
      status: () => record.status,
    };
    return frozen(session);
  }

  /** Every session is over. */
  die() {
    for (const record of this.#records.values()) {
      record.status = 'severed';
    }
    this.#records.clear();
  }
}
