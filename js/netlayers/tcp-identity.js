// @ts-check

import { Buffer } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';

import { makeError } from '../errors.js';
import { isText } from '../location.js';
import { damaged, openRecord, sealRecord } from './kept-record.js';

/**
 * @import { NetlayerBaggage } from './types.js'
 */

const PREFIX = 'ocapn:netlayer/tcp-testing-only/';

/**
 * Who a TCP netlayer is and where it listens: what a restart must find again, since peers know it by its designator and
 * dial its port.
 *
 * @typedef {object} Address
 * @property {string} designator
 * @property {string} host what it was asked to listen on
 * @property {number} port that it listens on
 */

/**
 * @param {string | undefined} label
 * @returns {string} the baggage key
 */
const keyFor = label => {
  if (label === undefined) {
    return `${PREFIX}address`;
  }
  if (!isText(label)) {
    throw makeError('API_MISUSE', 'label must be well-formed text.');
  }
  // A part of a key over 64 bytes is replaced by its hash.
  const part =
    Buffer.byteLength(label) > 64 ? createHash('sha256').update(label).digest('hex') : encodeURIComponent(label);
  return `${PREFIX}${part}/address`;
};

/** @param {Uint8Array} bytes */
const sha256 = bytes => createHash('sha256').update(bytes).digest();

/** @param {string} text */
const syrupString = text => `${Buffer.byteLength(text)}"${text}`;

/**
 * @param {string} key
 * @param {Address} address
 */
const encode = (key, { designator, host, port }) =>
  sealRecord(sha256, key, Buffer.from(`[${syrupString(designator)}${syrupString(host)}${port}+]`));

/**
 * @param {string} key
 * @param {unknown} value
 * @returns {Address}
 */
const decode = (key, value) => {
  const body = Buffer.from(openRecord(sha256, key, value));
  let at = 1;
  const text = () => {
    const quote = body.indexOf('"', at);
    const start = quote + 1;
    at = start + Number(body.toString('latin1', at, quote));
    return body.toString('utf8', start, at);
  };
  const designator = text();
  const host = text();
  const address = { designator, host, port: Number.parseInt(body.toString('latin1', at), 10) };
  // The checksum holds, so this only fails for a record that was not written as an address.
  if (!Buffer.from(encode(key, address)).equals(/** @type {Uint8Array} */ (value))) {
    throw damaged(key);
  }
  return address;
};

/**
 * @param {string} key
 * @param {string} name of the option
 * @param {string | number | undefined} given
 * @param {string | number} kept
 */
const mustAgree = (key, name, given, kept) => {
  if (given !== undefined && given !== kept) {
    throw makeError(
      'ADDRESS_MISMATCH',
      `${name} is '${given}', but the baggage keeps '${kept}' at '${key}': leave the option out, or delete that record to be another peer.`,
    );
  }
};

/**
 * Finds out who a netlayer is: what the baggage keeps, else what was asked for, else a new random designator (a constant
 * one would make all peers the same peer) and any free port.
 *
 * @param {object} options
 * @param {NetlayerBaggage} [options.baggage]
 * @param {string} [options.label]
 * @param {number} options.port 0 for any
 * @param {string} [options.host]
 * @param {string} [options.designator]
 * @returns {{ wanted: Address, keep: (port: number) => Promise<void> }} `keep` makes it durable with the port it got
 * @throws {import('../errors.js').CodedError} `STORE_DAMAGED`, `STORE_NEWER`, or `ADDRESS_MISMATCH` when an option contradicts
 *   what is kept
 */
export const provideAddress = ({ baggage, label, port, host, designator }) => {
  const wanted = {
    designator: designator ?? randomBytes(16).toString('hex'),
    host: host ?? '127.0.0.1',
    port,
  };
  if (baggage === undefined) {
    return { wanted, keep: async () => {} };
  }
  const key = keyFor(label);
  if (baggage.has(key)) {
    const kept = decode(key, baggage.get(key));
    mustAgree(key, 'specifiedDesignator', designator, kept.designator);
    mustAgree(key, 'specifiedHostname', host, kept.host);
    mustAgree(key, 'specifiedPort', port === 0 ? undefined : port, kept.port);
    return { wanted: kept, keep: async () => {} };
  }
  return {
    wanted,
    keep: async boundPort => {
      if (baggage.has(key)) {
        throw makeError(
          'PORT_IN_USE',
          `Another netlayer took the address at '${key}' in the meantime: give each netlayer of a baggage a label of its own.`,
        );
      }
      try {
        baggage.set(key, encode(key, { ...wanted, port: boundPort }));
        await baggage.commit?.();
      } catch (cause) {
        throw makeError('STORE_FAILED', `The baggage failed to keep '${key}': open it again before going on.`, { cause });
      }
    },
  };
};
