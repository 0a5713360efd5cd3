// @ts-check

import { SESSION_PREFIXES } from './baggage/session-keys.js';
import { makeError } from './errors.js';
import { openRecord, sealRecord } from './netlayers/kept-record.js';

/**
 * Baggages that outlive a process but not the system (durability `'process'`). After a reboot such a baggage may have lost
 * what was written last: its sessions would give positions and counts a second time, so they end.
 *
 * @import { Baggage } from './baggage/types.js'
 * @import { Sha256 } from './netlayers/kept-record.js'
 * @import { Store } from './store.js'
 */

const KEY = 'ocapn:boot';

const encoder = new TextEncoder();

/**
 * Ends the sessions of a baggage that may have lost writes. To be called before a client reads it.
 *
 * @param {Baggage} baggage
 * @param {Store} store of this baggage
 * @param {Sha256} sha256
 * @returns {number} how many entries were deleted for that
 * @throws {import('./errors.js').CodedError} `API_MISUSE` for a baggage of durability `'process'` without a `bootId`;
 *   `STORE_DAMAGED`, `STORE_NEWER`, `STORE_FAILED`
 */
export const severAfterReboot = ({ durability, bootId }, store, sha256) => {
  if (durability !== 'process') {
    return 0;
  }
  if (typeof bootId !== 'string' || bootId === '') {
    throw makeError(
      'API_MISUSE',
      "A baggage of durability 'process' keeps sessions only with a bootId: a string that each start of the system changes.",
    );
  }
  const id = encoder.encode(bootId);
  const written = sealRecord(sha256, KEY, Uint8Array.of(...encoder.encode(`${id.length}"`), ...id));
  const before = store.get(KEY);
  if (before !== undefined) {
    // It throws unless the record verifies.
    openRecord(sha256, KEY, before);
    if (before.length === written.length && before.every((byte, index) => byte === written[index])) {
      return 0;
    }
  }
  const keys = SESSION_PREFIXES.flatMap(prefix => store.keys(prefix));
  for (const key of keys) store.own.delete(key);
  // Last: until then the next opening does all of this again.
  store.own.set(KEY, written);
  return keys.length;
};
