// @ts-check

import { base32 } from '../base-text.js';
import { areSameBytes, joinBytes } from './kept-record.js';

/**
 * How the side that was dialled proves its designator, as Spritely Goblins and `@endo/ocapn` do it. The dialler's first
 * message is `<init:peer-auth random>`, the answer `<desc:sig-envelope <init:peer-auth random> signature>`, with the
 * signature over the bytes of the first message. The record around the random bytes is why signing what a stranger sends
 * is safe: nothing else that the key signs begins with it.
 *
 * Nothing ties this to the channel: whoever sits between the two can pass both messages on. Against that helps `wss:`.
 *
 * @import { Signing } from '../signing.js'
 */

const KEY_BYTES = 32;
const PAYLOAD_BYTES = 32;

/** Longest payload that is signed: ours has 32 bytes, others may have more. */
const LONGEST_PAYLOAD = 1024;

const CHALLENGE_HEAD = "<14'init:peer-auth";
const ANSWER_HEAD = "<17'desc:sig-envelope";
const SIGNATURE_R = "[7'sig-val[5'eddsa[1'r32:";
const SIGNATURE_S = "][1's32:";
const SIGNATURE_END = ']]]>';

/** Bytes of the longest message of this. */
export const LONGEST_AUTH = 2048;

/**
 * @param {Uint8Array} key 32 bytes
 * @returns {string}
 */
export const toDesignator = key => base32.encode(key);

/**
 * @param {string} designator
 * @returns {Uint8Array | undefined} its key; undefined when it is none in lower-case base32
 */
export const fromDesignator = designator => {
  const key = base32.decode(designator);
  return key?.length === KEY_BYTES ? key : undefined;
};

/**
 * @param {(length: number) => Uint8Array} random
 * @returns {Uint8Array}
 */
export const makeChallenge = random =>
  joinBytes([`${CHALLENGE_HEAD}${PAYLOAD_BYTES}:`, random(PAYLOAD_BYTES), '>']);

/**
 * Whether a message is a challenge, in canonical Syrup, and nothing else.
 *
 * @param {Uint8Array} message
 */
export const isChallenge = message => {
  const text = String.fromCharCode(...message.subarray(0, CHALLENGE_HEAD.length + 5));
  const length = /^<14'init:peer-auth([1-9][0-9]{0,3}):/.exec(text);
  return (
    length !== null &&
    Number(length[1]) <= LONGEST_PAYLOAD &&
    message.length === length[0].length + Number(length[1]) + 1 &&
    message[message.length - 1] === 0x3e
  );
};

/**
 * @param {Uint8Array} challenge as it was received
 * @param {(message: Uint8Array) => Uint8Array} sign
 * @returns {Uint8Array}
 */
export const answerChallenge = (challenge, sign) => {
  const signature = sign(challenge);
  return joinBytes([
    ANSWER_HEAD,
    challenge,
    SIGNATURE_R,
    signature.subarray(0, 32),
    SIGNATURE_S,
    signature.subarray(32),
    SIGNATURE_END,
  ]);
};

/**
 * Whether a message is the answer to this challenge by the holder of the key. Canonical Syrup leaves one form for it, so
 * that nothing has to be parsed.
 *
 * @param {Signing} signing
 * @param {Uint8Array} key
 * @param {Uint8Array} challenge that was sent on this connection
 * @param {Uint8Array} message
 * @returns {boolean}
 */
export const isAnswer = (signing, key, challenge, message) => {
  const start = ANSWER_HEAD.length + challenge.length + SIGNATURE_R.length;
  const signature = joinBytes([
    message.subarray(start, start + 32),
    message.subarray(start + 32 + SIGNATURE_S.length, start + 64 + SIGNATURE_S.length),
  ]);
  return (
    signature.length === 64 &&
    areSameBytes(message, answerChallenge(challenge, () => signature)) &&
    signing.verify(key, challenge, signature)
  );
};
