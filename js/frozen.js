// @ts-check

const { freeze } = Object;
const { ownKeys } = Reflect;

/**
 * Freezes a record of ours, whose members are primitives, arrow functions, and such records. All that `harden` would freeze
 * is frozen then, without the sets that it keeps: it cannot know what is in there.
 *
 * @template {object} T
 * @param {T} record
 * @returns {T}
 */
export const frozen = record => {
  for (const key of ownKeys(record)) {
    const value = /** @type {any} */ (record)[key];
    if (typeof value === 'function') freeze(value);
    else if (typeof value === 'object' && value !== null) frozen(value);
  }
  return freeze(record);
};
