// @ts-check

import { Buffer } from 'node:buffer';
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';

import { bool, bytes, int, list, record, str, struct, sym } from './syrup.js';

/**
 * Keys and hellos of peers of the tests' own, from node:crypto.
 *
 * @typedef {object} RawLocation
 * @property {string} transport
 * @property {string} designator
 * @property {Record<string, string> | false} hints
 */

/** What precedes the seed of an Ed25519 key in PKCS #8, and the key itself in SPKI. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** @param {Uint8Array} data */
const sha256 = data => createHash('sha256').update(data).digest();

/** @param {Uint8Array} data */
const twice = data => sha256(sha256(data));

/** @param {Uint8Array} publicKey 32 bytes */
export const encodeKey = publicKey =>
  list(
    sym('public-key'),
    list(sym('ecc'), list(sym('curve'), sym('Ed25519')), list(sym('flags'), sym('eddsa')), list(sym('q'), bytes(publicKey))),
  );

/** @param {Uint8Array} publicKey */
export const publicIdOf = publicKey => twice(encodeKey(publicKey));

/**
 * @param {Buffer} one public id
 * @param {Buffer} other
 */
export const sessionIdOf = (one, other) => {
  const sorted = [one, other].sort(Buffer.compare);
  return twice(Buffer.concat([Buffer.from('prot0'), ...sorted]));
};

/** @param {Uint8Array} signature 64 bytes */
export const encodeSignature = signature =>
  list(
    sym('sig-val'),
    list(sym('eddsa'), list(sym('r'), bytes(signature.subarray(0, 32))), list(sym('s'), bytes(signature.subarray(32)))),
  );

/** @param {RawLocation} location */
export const encodeLocation = ({ transport, designator, hints }) =>
  record(
    'ocapn-peer',
    sym(transport),
    str(designator),
    hints === false
      ? bool(false)
      : struct(...Object.entries(hints).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => /** @type {[string, Buffer]} */ ([key, str(value)]))),
  );

/**
 * The public key of a hello, as it was read.
 *
 * @param {any} value
 * @returns {Buffer}
 */
export const keyOf = value => value[1][3][1];

/** One key, and what it signs. */
export class Identity {
  #key;

  /** @param {Uint8Array} [seed] */
  constructor(seed = randomBytes(32)) {
    this.#key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
    this.publicKey = createPublicKey(this.#key).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
    this.publicId = publicIdOf(this.publicKey);
  }

  /** @param {Uint8Array} data */
  sign(data) {
    return sign(null, data, this.#key);
  }

  /** @param {Uint8Array} peerKey */
  sessionWith(peerKey) {
    return sessionIdOf(this.publicId, publicIdOf(peerKey));
  }

  /**
   * @param {RawLocation} location
   * @param {{ version?: string, signature?: Uint8Array }} [how]
   */
  startSession(location, { version = '1.0', signature } = {}) {
    const where = encodeLocation(location);
    const signed = signature ?? this.sign(record('my-location', where));
    return record('op:start-session', str(version), encodeKey(this.publicKey), where, encodeSignature(signed));
  }

  /**
   * @param {Uint8Array} sessionId
   * @param {number | bigint} count
   */
  resumeSession(sessionId, count) {
    const signature = this.sign(list(bytes(sessionId), int(count)));
    return record('op:resume-session', bytes(sessionId), int(count), encodeSignature(signature));
  }
}

/**
 * A new key whose public id is above, or below, that of a peer's key.
 *
 * @param {'higher' | 'lower'} side
 * @param {Uint8Array} peerKey
 */
export const identityBeside = (side, peerKey) => {
  const theirs = publicIdOf(peerKey);
  for (;;) {
    const identity = new Identity();
    if (Buffer.compare(identity.publicId, theirs) > 0 === (side === 'higher')) return identity;
  }
};

/**
 * Whether an op:resume-session, as it was read, is signed by a key.
 *
 * @param {import('./syrup.js').SyrupRecord} message
 * @param {Uint8Array} publicKey
 */
export const isResumeSignedBy = ({ fields: [sessionId, count, signature] }, publicKey) => {
  const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' });
  const [r, s] = [signature[1][1][1], signature[1][2][1]];
  return verify(null, list(bytes(sessionId), int(count)), key, Buffer.concat([r, s]));
};
