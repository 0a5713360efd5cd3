// @ts-check

/**
 * What an application keeps in a baggage: which roots there are, and how much is in them.
 */

import { fromComponent } from '../baggage/component.js';
import { decodeRecord } from '../baggage/record.js';
import { codeOf } from '../errors.js';

/**
 * @typedef {object} ShownRoot
 * @property {string} key as it was given to `provideFromBaggage`
 * @property {'map' | 'value' | 'filling' | 'damaged' | 'missing' | 'other'} kind `filling` is a map that was not filled to its end;
 *   `missing` are entries of a map whose own record is not there; `other` is what was set in the baggage itself
 * @property {number} entries below it, however deep
 * @property {number} bytes of its records
 */

/** What a record begins with. */
const HEAD = new TextEncoder().encode("<6'record");

/** @param {Uint8Array} value */
const looksLikeRecord = value => HEAD.every((byte, i) => value[i] === byte);

/** @param {string} root */
const nameOf = root => fromComponent(root) ?? root;

/**
 * @param {(key: string, code: string, why: string) => void} damaged
 */
export const makeApplication = damaged => {
  /** @type {Map<string, ShownRoot>} */
  const roots = new Map();

  /**
   * @param {string} key
   * @param {Uint8Array} value
   * @returns {ShownRoot['kind'] | undefined} undefined for a record that cannot be used
   */
  const kindOf = (key, value) => {
    try {
      const { kind } = decodeRecord(key, value);
      return kind === 'rich' ? 'value' : kind;
    } catch (error) {
      damaged(key, codeOf(error) ?? 'STORE_DAMAGED', 'does not verify');
      return undefined;
    }
  };

  return {
    /**
     * @param {string} key those of a root before those of its entries
     * @param {Uint8Array} value
     */
    add: (key, value) => {
      const [root = key] = key.split('/');
      const shown = roots.get(root) ?? { key: nameOf(root), kind: 'other', entries: 0, bytes: 0 };
      roots.set(root, shown);
      shown.bytes += value.length;
      if (key !== root) shown.entries += 1;
      // What is no record was set by the application itself, unless it is in a map.
      if (!looksLikeRecord(value) && (key === root || shown.kind === 'other')) return;
      const kind = kindOf(key, value);
      if (key === root) shown.kind = kind ?? 'damaged';
      else if (kind && shown.kind === 'other') shown.kind = 'missing';
    },

    end: () => [...roots.values()],
  };
};
