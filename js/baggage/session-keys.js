// @ts-check

/**
 * Which keys of a baggage belong to sessions. src/baggage/schema.rs makes them, docs/baggage-schema.md lists them.
 */

import harden from '@endo/harden';

export const SESSION_RECORDS = 'ocapn:resumeSessionsById/';
export const LOCATION_ENTRIES = 'ocapn:resumeSessionsByLocationId/';
export const GIFTS = 'ocapn:giftTable/';
export const TABLES = 'ocapn-durable:tables/';
export const ERASURES = 'ocapn-durable:erasing/';

/**
 * What belongs to sessions: a store that was rolled back, or copied, must not go on with them, since it would give slot
 * positions and counts a second time. In the order in which they may be deleted one by one: what is there until the end
 * makes the next opening delete them all again.
 */
export const SESSION_PREFIXES = harden([LOCATION_ENTRIES, TABLES, GIFTS, SESSION_RECORDS, ERASURES]);
