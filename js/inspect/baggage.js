// @ts-check

/**
 * What is in a baggage, for people: everything but secrets and the application's values.
 */

import harden from '@endo/harden';
import { compareKeys } from '../baggage/entries.js';
import { LOCATION_ENTRIES, SESSION_RECORDS } from '../baggage/session-keys.js';
import { codeOf } from '../errors.js';
import { makeApplication } from './application.js';
import { readRecord, showDescription, showLocation, showSwissnum, toHexText } from './records.js';

/** @import { Baggage } from '../baggage/types.js' */
/** @import { ReadRecord, ShownDescription } from './records.js' */
/** @import { ShownRoot } from './application.js' */

/** @typedef {{ transport: string, designator: string, hints: Record<string, string> }} ShownLocation */

/** @typedef {{ position: number, count: number, promise: boolean, description: ShownDescription }} ShownExport */
/** @typedef {{ position: number, count: number, promise: boolean, token: boolean }} ShownImport */

/**
 * @typedef {object} ShownSession
 * @property {string} id
 * @property {string} own our public id in it
 * @property {boolean} current whether it is the one that its peer's location leads to
 * @property {ShownLocation} ownLocation
 * @property {ShownLocation} peerLocation
 * @property {string} peerKey
 * @property {string} dialect
 * @property {boolean} proven whether the netlayer vouched for the peer's location
 * @property {boolean} parked
 * @property {boolean} dialled whether we ever dialled the peer
 * @property {boolean} peerResumed
 * @property {number | bigint} sent our attempts to resume
 * @property {number | bigint} seen the peer's
 * @property {number | bigint} nextExport
 * @property {{ given: number | bigint, used: number | bigint }} handoffs
 * @property {string} lastAlive a time, as ISO 8601 writes it
 * @property {number | bigint} expiry how long it is kept after that, in ms
 * @property {ShownExport[]} exports
 * @property {ShownImport[]} imports
 * @property {ShownDescription[]} gifts what its peer left with us for others
 * @property {number} deposits gifts that we leave with its peer, and that it may not have
 */

/**
 * @typedef {object} BaggageInspection
 * @property {number} [schema] its version; absent before any client used the baggage
 * @property {ShownSession[]} sessions
 * @property {{ swissnum: string, description: ShownDescription }[]} registrations
 * @property {string[]} netlayers keys of what netlayers keep
 * @property {ShownRoot[]} application
 * @property {number} positions of objects in ended sessions, for the next ones with the same peers
 * @property {string[]} strays keys of rows whose session is not there: what an interrupted end of a session left
 * @property {string[]} unknown keys of this library's that this version does not know
 * @property {{ key: string, code: string, why: string }[]} damaged
 * @property {number} entries
 * @property {number} bytes of all keys and values
 */

const SWISSNUMS = 'ocapn:swissnumTable/';
const OURS = /^ocapn(?:-durable)?:/;

/** Hides what a swissnum's key says. @param {string} key */
const hide = key => (key.startsWith(SWISSNUMS) ? `${SWISSNUMS}${showSwissnum(key.slice(SWISSNUMS.length))}` : key);

/** @param {unknown} time in ms since 1970 */
const showTime = time => {
  const date = new Date(Number(time));
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString();
};

/**
 * @param {string} key
 * @param {ReadRecord['fields']} fields
 * @returns {ShownSession}
 */
const makeSession = (key, { ownLocation, peerLocation, peerKey, handoffsGiven, handoffsUsed, lastAlive, sharedCount: _, ...fields }) => {
  const [own = '', id = ''] = key.slice(SESSION_RECORDS.length).split('/');
  const shown = {
    id,
    own,
    current: false,
    ownLocation: showLocation(ownLocation),
    peerLocation: showLocation(peerLocation),
    peerKey: toHexText(peerKey),
    ...fields,
    handoffs: { given: handoffsGiven, used: handoffsUsed },
    lastAlive: showTime(lastAlive),
    exports: [],
    imports: [],
    gifts: [],
    deposits: 0,
  };
  return /** @type {ShownSession} */ (/** @type {unknown} */ (shown));
};

/**
 * The session of a row: the two parts of its key that name it.
 *
 * @param {string} key
 */
const sessionOf = key => key.split('/').slice(1, 3).join('/');

/** Sorts records into what they belong to. */
class Inspection {
  /** @type {Map<string, ShownSession>} */
  #sessions = new Map();

  /** @type {[key: string, record: ReadRecord][]} */
  #rows = [];

  /** @type {{ swissnum: string, description: ShownDescription }[]} */
  #registrations = [];

  /** @type {string[]} */
  #netlayers = [];

  /** @type {string[]} */
  #strays = [];

  /** @type {string[]} */
  #unknown = [];

  /** @type {{ key: string, code: string, why: string }[]} */
  #damaged = [];

  /** @type {number | undefined} */
  #schema;

  #application = makeApplication((key, code, why) => this.#damaged.push({ key, code, why }));

  #positions = 0;

  #entries = 0;

  #bytes = 0;

  /**
   * @param {string} key
   * @param {() => Uint8Array | undefined} read
   */
  add(key, read) {
    this.#entries += 1;
    /** @type {Uint8Array} */
    let value;
    try {
      value = read() ?? new Uint8Array();
    } catch (error) {
      this.#damaged.push({ key: hide(key), code: codeOf(error) ?? 'STORE_FAILED', why: 'cannot be read' });
      return;
    }
    this.#bytes += key.length + value.length;
    if (!OURS.test(key)) this.#application.add(key, value);
    else this.#addOwn(key, value);
  }

  /**
   * @param {string} key
   * @param {Uint8Array} value
   */
  #addOwn(key, value) {
    const record = readRecord(key, value);
    if (!record) {
      this.#unknown.push(key);
      return;
    }
    const { kind, fields } = record;
    if (kind.startsWith('STORE_')) {
      this.#damaged.push({ key: hide(key), code: kind, why: fields.why });
      return;
    }
    switch (kind) {
      case 'schema':
        this.#schema = fields.version;
        break;
      case 'session':
        this.#sessions.set(key.slice(SESSION_RECORDS.length), makeSession(key, fields));
        break;
      case 'swissnum':
        this.#registrations.push({
          swissnum: hide(key).slice(SWISSNUMS.length),
          description: showDescription(fields.description),
        });
        break;
      case 'position':
        this.#positions += 1;
        break;
      case 'boot':
        break;
      case 'netlayer':
        this.#netlayers.push(key);
        break;
      default:
        this.#rows.push([key, record]);
    }
  }

  /**
   * @param {string} key
   * @param {ReadRecord} record of a session's
   */
  #place(key, { kind, fields }) {
    const isLocation = key.startsWith(LOCATION_ENTRIES);
    const session = this.#sessions.get(isLocation ? `${fields.own}/${fields.session}` : sessionOf(key));
    if (!session) {
      this.#strays.push(key);
      return;
    }
    const { position, count, promise, token } = fields;
    if (isLocation) session.current = true;
    else if (kind === 'export') session.exports.push({ position, count, promise, description: showDescription(fields.description) });
    else if (kind === 'import') session.imports.push({ position, count, promise, token });
    else if (kind === 'deposit') session.deposits += 1;
    else if (kind === 'gift' && !fields.taken) session.gifts.push(showDescription(fields.description));
  }

  /** @returns {BaggageInspection} */
  end() {
    for (const [key, record] of this.#rows) this.#place(key, record);
    const sessions = [...this.#sessions.values()];
    for (const { exports, imports } of sessions) {
      for (const slots of [exports, imports]) slots.sort((a, b) => Number(a.position) - Number(b.position));
    }
    return {
      ...(this.#schema !== undefined && { schema: this.#schema }),
      sessions,
      registrations: this.#registrations,
      netlayers: this.#netlayers,
      application: this.#application.end(),
      positions: this.#positions,
      strays: this.#strays,
      unknown: this.#unknown,
      damaged: this.#damaged,
      entries: this.#entries,
      bytes: this.#bytes,
    };
  }
}

/**
 * Tells what is in a baggage, and changes nothing. Damaged records are named, and do not hide the others.
 *
 * No secret is in what it gives: neither keys, nor tokens, nor swissnums (a part of their hash stands for them), nor values of
 * the application, of which kinds and sizes are told. What `describe` named objects by is.
 *
 * @param {Pick<Baggage, 'get' | 'keys'>} baggage
 * @returns {BaggageInspection}
 * @throws what listing the baggage's keys throws
 */
export const inspectBaggage = baggage => {
  const inspection = new Inspection();
  for (const key of [...baggage.keys()].sort(compareKeys)) {
    inspection.add(key, () => baggage.get(key));
  }
  return harden(inspection.end());
};
harden(inspectBaggage);

