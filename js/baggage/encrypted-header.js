// @ts-check

/**
 * What an encrypted baggage says of itself, in the clear: nothing that helps to read it.
 */

import { makeError } from '../errors.js';
import { bytesOf, copyToImmutable, isImmutableBuffer } from '../values/bytes.js';
import { showKey } from './entries.js';
import { decodeRecord, encodeRecord } from './record.js';

/** Its key, which is not hidden. */
export const HEADER = 'ocapn-encrypted:header';

export const ID_BYTES = 16;
const CHECK_BYTES = 32;
const CIPHER = 'XChaCha20-Poly1305';

/**
 * @typedef {object} Header
 * @property {Uint8Array} id of the store
 * @property {boolean} isHidden whether keys are encrypted
 * @property {Uint8Array} check what only the right key makes of that
 */

/**
 * @param {Header} header
 * @returns {Uint8Array}
 */
export const encodeHeader = ({ id, isHidden, check }) =>
  encodeRecord(HEADER, {
    kind: 'value',
    name: HEADER,
    value: { cipher: CIPHER, id: copyToImmutable(id), hidden: isHidden, check: copyToImmutable(check) },
  });

/**
 * @param {unknown} value
 * @param {number} length
 */
const bytesOfLength = (value, length) => {
  const bytes = isImmutableBuffer(Object(value)) ? bytesOf(/** @type {ArrayBuffer} */ (value)) : undefined;
  return bytes?.length === length ? new Uint8Array(bytes) : undefined;
};

/**
 * @param {Uint8Array} record
 * @returns {Header}
 * @throws {import('../errors.js').CodedError} `STORE_DAMAGED` or `STORE_NEWER`
 */
export const decodeHeader = record => {
  const content = decodeRecord(HEADER, record);
  const { cipher, id, hidden, check } = Object('value' in content ? content.value : undefined);
  if (typeof cipher === 'string' && cipher !== CIPHER) {
    throw makeError('STORE_NEWER', `This baggage is encrypted with ${cipher}, which this version of the library does not know.`);
  }
  const header = { id: bytesOfLength(id, ID_BYTES), isHidden: hidden, check: bytesOfLength(check, CHECK_BYTES) };
  if (cipher !== CIPHER || !header.id || !header.check || typeof hidden !== 'boolean') {
    throw makeError('STORE_DAMAGED', `The record under ${showKey(HEADER)} is of another kind: restore it from a copy.`);
  }
  return /** @type {Header} */ (header);
};
