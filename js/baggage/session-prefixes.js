// @ts-check

import harden from '@endo/harden';

/**
 * What belongs to sessions: a store that was rolled back, or copied, must not go on with them, since it would give slot
 * positions and counts a second time.
 */
export const SESSION_PREFIXES = harden([
  'ocapn:resumeSessionsByLocationId/',
  'ocapn:resumeSessionsById/',
  'ocapn:giftTable/',
  'ocapn-durable:tables/',
]);
