// @ts-check

/**
 * The objects of descriptions: each is made once in a process, whoever asks for it first, a peer or the application's own
 * maps, and not at all while the one that was described is there.
 */

const decoder = new TextDecoder('latin1');

/**
 * @typedef {object} Revivals
 * @property {(description: Uint8Array, value: object) => void} met this object was described so; it is not held
 * @property {(description: Uint8Array) => object | undefined} find the object, if it is there
 * @property {(description: Uint8Array) => unknown} provide the object, or a promise for it while it is being made. What could
 *   not be made is tried again the next time; what was made is kept
 */

/**
 * @param {(description: Uint8Array) => unknown} make gives the object, perhaps as a promise; throws when it cannot
 * @returns {Revivals}
 */
export const makeRevivals = make => {
  /** @type {Map<string, unknown>} */
  const revived = new Map();
  /** @type {Map<string, WeakRef<object>>} */
  const live = new Map();
  /** @type {FinalizationRegistry<string>} */
  const collected = new FinalizationRegistry(key => {
    if (live.get(key)?.deref() === undefined) live.delete(key);
  });

  /**
   * @template T
   * @param {string} key
   * @param {T} value
   */
  const keep = (key, value) => {
    if (Object(value) === value) revived.set(key, value);
    return value;
  };

  return {
    met: (description, value) => {
      const key = decoder.decode(description);
      if (revived.has(key) || live.get(key)?.deref() !== undefined) return;
      live.set(key, new WeakRef(value));
      collected.register(value, key);
    },

    find: description => {
      const key = decoder.decode(description);
      const known = revived.get(key) ?? live.get(key)?.deref();
      return known instanceof Promise ? undefined : /** @type {object | undefined} */ (known);
    },

    provide: description => {
      const key = decoder.decode(description);
      const known = revived.get(key) ?? live.get(key)?.deref();
      if (known !== undefined) return known;
      const made = make(description);
      if (typeof Object(made).then !== 'function') return keep(key, made);
      const promise = Promise.resolve(/** @type {PromiseLike<unknown>} */ (made)).then(
        value => {
          revived.delete(key);
          return keep(key, value);
        },
        error => {
          revived.delete(key);
          throw error;
        },
      );
      promise.catch(() => {});
      return keep(key, promise);
    },
  };
};
