// @ts-check

import harden from '@endo/harden';

import { bytesOf, sliceToImmutable } from './values/bytes.js';
import { toHex } from './slots.js';

/**
 * The application's judgement of sessions.
 *
 * @import { Core } from './core.js'
 * @import { ValueCodec } from './baggage/value-codec.js'
 * @import { Logger } from './logger.js'
 * @import { OcapnLocation } from './location.js'
 */

/**
 * A session that is about to begin, or to go on.
 *
 * @typedef {object} SessionAuthDetails
 * @property {'start' | 'resume'} kind
 * @property {boolean} isResume the same
 * @property {string} sessionId in hexadecimal
 * @property {OcapnLocation} peerLocation where the peer says that it is
 * @property {ArrayBuffer} peerPublicKey 32 bytes, immutable
 */

/**
 * Refuses by throwing, by rejecting, or by giving `false`.
 *
 * @typedef {(details: SessionAuthDetails) => unknown} AuthenticateSession
 */

/**
 * @param {Uint8Array} bytes
 * @returns {ArrayBuffer}
 */
const immutable = bytes => harden(sliceToImmutable(/** @type {ArrayBuffer} */ (bytes.slice().buffer), 0, bytes.length));

/**
 * What the core asks, read.
 *
 * @typedef {object} AuthenticateRequest
 * @property {boolean} isResume
 * @property {Uint8Array} sessionId
 * @property {Uint8Array} peerKey
 * @property {OcapnLocation} location
 */

/**
 * @param {ValueCodec} codec
 * @param {number} kind 1 for a resume
 * @param {Uint8Array} bytes Syrup: a list of the session's id, the peer's key, and a list of transport, designator and hints
 *   of its location
 * @returns {AuthenticateRequest}
 */
export const readRequest = (codec, kind, bytes) => {
  const [sessionId, peerKey, [transport, designator, hints]] = /** @type {any} */ (codec.decodeValue(bytes));
  return {
    isResume: kind === 1,
    sessionId: bytesOf(sessionId),
    peerKey: bytesOf(peerKey),
    location: harden({ type: 'ocapn-peer', transport, designator, hints }),
  };
};

/**
 * Asks the application, and tells the core what it said.
 *
 * @param {Core} core
 * @param {Logger} logger
 * @param {AuthenticateSession} authenticateSession
 * @param {number} hook by which the core knows the question
 * @param {AuthenticateRequest} request
 */
export const judge = async (core, logger, authenticateSession, hook, { isResume, sessionId, peerKey, location }) => {
  let isGranted = false;
  try {
    /** @type {SessionAuthDetails} */
    const details = harden({
      kind: isResume ? 'resume' : 'start',
      isResume,
      sessionId: toHex(sessionId),
      peerLocation: location,
      peerPublicKey: immutable(peerKey),
    });
    // Not in the turn in which the core asks.
    await undefined;
    isGranted = (await authenticateSession(details)) !== false;
  } catch (error) {
    logger.info('authenticateSession refused a session', error);
  }
  core.authResult(hook, isGranted);
};
