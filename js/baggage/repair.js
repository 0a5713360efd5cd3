// @ts-check

/**
 * What a host can do about a record that cannot be used.
 */

import harden from '@endo/harden';
import { makeError } from '../errors.js';
import { openStore } from '../store.js';
import { showKey } from './entries.js';
import { ERASURES, GIFTS, LOCATION_ENTRIES, SESSION_RECORDS, TABLES } from './session-keys.js';

/** @import { Baggage } from './types.js' */
/** @import { Store } from '../store.js' */

const RECORD = new RegExp(`^(?:${SESSION_RECORDS}|${ERASURES})([0-9a-f]{64})/([0-9a-f]{64})$`);

/** What is lost with a record, by how its key begins. @type {[string, string][]} */
const LOSSES = [
  [SESSION_RECORDS, 'ends that session and keeps the rest'],
  [ERASURES, 'ends that session and keeps the rest'],
  [LOCATION_ENTRIES, 'makes the next session with that peer a fresh one'],
  [GIFTS, 'forgets that gift'],
  [TABLES, 'forgets that one slot of its session'],
  ['ocapn:swissnumTable/', 'forgets that registration: register the object again'],
  ['ocapn:netlayer/', 'makes that netlayer another peer'],
  ['ocapn:', 'lets it be written anew'],
];

/**
 * @param {string} key of a record that cannot be used
 * @returns {string} what the host can do about it, as a sentence; empty for the keys of the application
 */
export const adviseRepair = key => {
  const loss = LOSSES.find(([prefix]) => key.startsWith(prefix));
  return loss === undefined
    ? ''
    : `Restore the baggage from a copy, or shut its clients down and call repairBaggage(baggage, { drop: ${JSON.stringify(key)} }), which ${loss[1]}.`;
};

/**
 * @param {Uint8Array} bytes
 * @param {Uint8Array} part
 */
const contains = (bytes, part) =>
  bytes.some((_, start) => part.every((byte, index) => bytes[start + index] === byte));

/** @param {string} hex */
const fromHex = hex => Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));

/**
 * All that belongs to a session, with its record last: until then the same can be asked again.
 *
 * @param {Store} store
 * @param {string} own
 * @param {string} session
 */
const keysOfSession = (store, own, session) => {
  const ids = [own, session].map(fromHex);
  const entries = store.keys(LOCATION_ENTRIES).filter(key => {
    const value = store.get(key);
    return value !== undefined && ids.every(id => contains(value, id));
  });
  const which = `${own}/${session}`;
  return [
    ...entries,
    ...store.keys(`${TABLES}${which}/`),
    ...store.keys(`${GIFTS}${which}/`),
    ...[`${SESSION_RECORDS}${which}`, `${ERASURES}${which}`].filter(key => store.has(key)),
  ];
};

/**
 * Drops what a damaged record makes unusable, and keeps the rest. Errors with the code `STORE_DAMAGED` name the record's key.
 *
 * With the record of a session all of that session goes: its slots, its gifts, its tokens, and that it is resumed for its
 * peer. The peer is refused when it resumes, and a fresh session begins. With any other record that one entry goes: a slot
 * reads as lost, a registered object has to be registered again, a netlayer's address or key is made anew, so that peers know
 * it no more.
 *
 * No client may use the baggage meanwhile: shut it down, repair, and make it again.
 *
 * @param {Baggage} baggage
 * @param {{ drop: string }} options `drop`: the key that the error named
 * @returns {Promise<string[]>} the keys that were deleted, durably
 * @throws {import('../errors.js').CodedError} `API_MISUSE` when a client uses the baggage, when nothing is there under that
 *   key, and for keys that are not this library's; `STORE_FAILED`
 */
export const repairBaggage = async (baggage, { drop }) => {
  const store = openStore(baggage);
  if (store.inUse()) {
    throw makeError('API_MISUSE', 'A client uses this baggage: shut it down before the baggage is repaired.');
  }
  if (typeof drop !== 'string' || adviseRepair(drop) === '') {
    throw makeError('API_MISUSE', `${showKey(String(drop))} is no key of this library's: delete it where it was set.`);
  }
  const session = RECORD.exec(drop);
  const keys = session
    ? keysOfSession(store, /** @type {string} */ (session[1]), /** @type {string} */ (session[2]))
    : [drop].filter(key => store.has(key));
  if (keys.length === 0) {
    throw makeError('API_MISUSE', `There is nothing under ${showKey(drop)}.`);
  }
  for (const key of keys) store.own.delete(key);
  await store.idle();
  return keys;
};
harden(repairBaggage);
