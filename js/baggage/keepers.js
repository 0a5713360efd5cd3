// @ts-check

/**
 * References in what an application stores. What names one outlives the process; only a client knows how to make it, and to
 * find the reference by it again.
 */

import harden from '@endo/harden';
import { passStyleOf } from '@endo/pass-style';
import { codeOf, makeError } from '../errors.js';
import { bytesOf, copyToImmutable, isImmutableBuffer } from '../values/bytes.js';
import { notStorable } from './storable.js';

/** @import { FindReference, KeepReference } from './stored-form.js' */

/**
 * A client's part. None of these may write to the store, but `tokenOf`.
 *
 * @typedef {object} ReferenceKeeper
 * @property {(value: object) => boolean} isRemote whether it is a reference of this client's to a peer's object
 * @property {(value: object) => Uint8Array} tokenOf the token of a remote reference. Throws when it has none
 * @property {(token: Uint8Array) => unknown} refOf the remote reference of a token; throws when this client has none
 * @property {(value: object) => Uint8Array | undefined} describe what an object of ours is made again of
 * @property {(description: Uint8Array) => unknown} revive the object, perhaps as a promise; `undefined` when this client cannot.
 *   Throws when it should have
 */

const DESCRIBED = 'described';
const TOKEN = 'token';

/** @param {object} value */
const styleOf = value => {
  try {
    return passStyleOf(/** @type {any} */ (value));
  } catch {
    return undefined;
  }
};

/**
 * @param {unknown} reason
 * @returns {Promise<never>}
 */
const broken = reason => {
  const promise = Promise.reject(reason);
  promise.catch(() => {});
  return harden(promise);
};

/**
 * @param {ReferenceKeeper['tokenOf']} tokenOf
 * @param {object} value
 * @param {string} path
 */
const tokenFor = (tokenOf, value, path) => {
  try {
    return tokenOf(value);
  } catch (error) {
    if (codeOf(error)?.startsWith('STORE_')) throw error;
    const why = codeOf(error) === 'API_MISUSE' ? 'its session is not kept' : String(error);
    throw notStorable(path, `it is an object of a peer, and ${why}`, error);
  }
};

/**
 * @param {ReadonlySet<ReferenceKeeper>} keepers the clients that use the baggage now
 * @returns {{ keep: KeepReference, find: FindReference }} what cannot be found reads as a broken promise, which can be stored
 *   again as what it was
 */
export const makeReferenceStore = keepers => {
  /** What promises were found by: they stand for it until they settle. @type {WeakMap<object, readonly unknown[]>} */
  const foundBy = new WeakMap();

  /** @type {KeepReference} */
  const keep = (value, path) => {
    const known = foundBy.get(value);
    if (known !== undefined) return () => known;
    const style = value instanceof Promise ? 'promise' : styleOf(value);
    if (style === 'promise') throw notStorable(path, 'it is a promise: wait for what it becomes');
    if (style !== 'remotable') return undefined;
    for (const { isRemote, tokenOf } of keepers) {
      if (isRemote(value)) {
        return () => [TOKEN, copyToImmutable(tokenFor(tokenOf, value, path))];
      }
    }
    for (const { describe } of keepers) {
      const description = describe(value);
      if (description !== undefined) return () => [DESCRIBED, copyToImmutable(description)];
    }
    const why = keepers.size === 0
      ? 'it is a reference, and no client uses this baggage'
      : 'it is a reference that nothing finds again: register the object, or describe it';
    throw notStorable(path, why);
  };

  /**
   * @param {unknown} kind
   * @param {Uint8Array} data
   */
  const search = (kind, data) => {
    const text = keepers.size === 0 ? 'No client uses this baggage: make one first' : 'No client finds it again';
    /** @type {unknown} */
    let why = makeError('NOT_REVIVABLE', `This was a reference. ${text}.`);
    for (const keeper of keepers) {
      try {
        const found = kind === TOKEN ? keeper.refOf(data) : keeper.revive(data);
        if (found !== undefined) return found;
      } catch (error) {
        why = error;
      }
    }
    throw why;
  };

  /** @type {FindReference} */
  const find = kept => {
    const [kind, data] = kept;
    if ((kind !== TOKEN && kind !== DESCRIBED) || !isImmutableBuffer(/** @type {object} */ (Object(data)))) {
      throw TypeError('This is no stored reference.');
    }
    let found;
    try {
      found = search(kind, bytesOf(/** @type {ArrayBuffer} */ (data)).slice());
    } catch (error) {
      const text = 'The stored description of this object could not be revived.';
      found = broken(codeOf(error) === undefined ? makeError('NOT_REVIVABLE', text, { cause: error }) : error);
    }
    if (found instanceof Promise) foundBy.set(found, kept);
    return found;
  };

  return { keep, find };
};
