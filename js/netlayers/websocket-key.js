// @ts-check

import { toComponent } from '../baggage/component.js';
import { makeError } from '../errors.js';
import { isText } from '../location.js';
import { requireWasm } from '../wasm.js';
import { damaged, joinBytes, openRecord, sealRecord } from './kept-record.js';
import { toDesignator } from './websocket-auth.js';

/**
 * Who a WebSocket netlayer is: its designator is a public key, and the secret of it is kept in the baggage.
 *
 * @import { NetlayerBaggage } from './types.js'
 */

const PREFIX = 'ocapn:netlayer/websocket/';

const SEED_BYTES = 32;
const BODY_HEAD = '32:';

/**
 * Keys of netlayers that run: two at once under one designator would be one peer to others.
 *
 * @type {WeakMap<NetlayerBaggage, Set<string>>}
 */
const running = new WeakMap();

/**
 * @param {string | undefined} label
 * @param {string} what
 * @returns {string} a baggage key
 */
export const keyFor = (label, what) => {
  if (label === undefined) {
    return `${PREFIX}${what}`;
  }
  if (!isText(label)) {
    throw makeError('API_MISUSE', 'label must be well-formed text.');
  }
  return `${PREFIX}${toComponent(label)}/${what}`;
};

/**
 * Makes what was set durable.
 *
 * @param {NetlayerBaggage} baggage
 * @param {string} key
 * @param {Uint8Array} value
 */
export const keep = async (baggage, key, value) => {
  try {
    baggage.set(key, value);
    await baggage.commit?.();
  } catch (cause) {
    throw makeError('STORE_FAILED', `The baggage failed to keep '${key}': open it again before going on.`, { cause });
  }
};

/**
 * @typedef {object} Identity
 * @property {string} designator
 * @property {Uint8Array} publicKey
 * @property {(message: Uint8Array) => Uint8Array} sign
 * @property {() => void} release another netlayer may run under it
 */

/**
 * @param {Uint8Array} seed
 * @param {() => void} release
 * @returns {Identity}
 */
const identityOf = (seed, release) => {
  const { signing } = requireWasm();
  const publicKey = signing.publicKey(seed);
  return { designator: toDesignator(publicKey), publicKey, sign: message => signing.sign(seed, message), release };
};

/**
 * The key that the baggage keeps, else a new one, which is durable when this resolves.
 *
 * @param {object} options
 * @param {NetlayerBaggage} [options.baggage]
 * @param {string} [options.label]
 * @param {(length: number) => Uint8Array} options.random
 * @returns {Promise<Identity>}
 * @throws {import('../errors.js').CodedError} `STORE_DAMAGED`, `STORE_NEWER`, `STORE_FAILED`; `API_MISUSE` when a netlayer under
 *   this label runs
 */
export const provideIdentity = async ({ baggage, label, random }) => {
  const makeSeed = () => {
    const seed = random(SEED_BYTES);
    if (seed.length !== SEED_BYTES) {
      throw makeError('API_MISUSE', `random(${SEED_BYTES}) gave ${seed.length} bytes.`);
    }
    return seed;
  };
  if (baggage === undefined) {
    return identityOf(makeSeed(), () => {});
  }
  const { sha256 } = requireWasm().codec;
  const key = keyFor(label, 'key');
  const names = running.get(baggage) ?? new Set();
  running.set(baggage, names);
  if (names.has(key)) {
    throw makeError('API_MISUSE', `A netlayer already runs under '${key}': give each netlayer of a baggage a label of its own.`);
  }
  names.add(key);
  const release = () => void names.delete(key);
  try {
    if (baggage.has(key)) {
      const body = openRecord(sha256, key, baggage.get(key));
      if (body.length !== BODY_HEAD.length + SEED_BYTES) {
        throw damaged(key);
      }
      return identityOf(body.slice(BODY_HEAD.length), release);
    }
    const seed = makeSeed();
    await keep(baggage, key, sealRecord(sha256, key, joinBytes([BODY_HEAD, seed])));
    return identityOf(seed, release);
  } catch (error) {
    release();
    throw error;
  }
};
