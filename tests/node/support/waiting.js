// @ts-check

/**
 * Waiting for what has to happen, and never for longer than a deadline.
 */

/** Ms that anything may take on a busy machine. */
const PATIENCE = 30_000;

/** @param {number} [ms] */
export const pause = (ms = 1) => new Promise(resolve => setTimeout(resolve, ms));

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {string} what for the message, should it take too long
 * @param {number} [ms]
 * @returns {Promise<T>}
 */
export const within = async (promise, what, ms = PATIENCE) => {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(Error(`It took more than ${ms} ms: ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * For what tells nobody when it happens.
 *
 * @template T
 * @param {() => T | Promise<T>} isTrue asked again and again
 * @param {string} what
 * @param {number} [ms]
 * @returns {Promise<T>} what it gave at last
 */
export const until = async (isTrue, what, ms = PATIENCE) => {
  const end = Date.now() + ms;
  for (;;) {
    const value = await isTrue();
    if (value) return value;
    if (Date.now() > end) throw Error(`It took more than ${ms} ms: ${what}`);
    await pause(5);
  }
};

/** @param {any} error */
const codeOf = error => {
  try {
    return error.code;
  } catch {
    return undefined;
  }
};

/**
 * What became of a promise, as soon as it is settled.
 *
 * @param {Promise<any>} promise
 * @param {string} [what]
 * @param {number} [ms]
 * @returns {Promise<{ value?: any, error?: any, code?: string }>} `code` of an error that has one
 */
export const outcome = (promise, what = 'a promise settles', ms = undefined) =>
  within(
    promise.then(
      value => ({ value }),
      error => ({ error, code: codeOf(error) }),
    ),
    what,
    ms,
  );

/**
 * Calls again while a cut is what the call suffers from: only a cut may have happened.
 *
 * @template T
 * @param {() => Promise<T>} call
 * @returns {Promise<T>}
 */
export const throughCuts = async call => {
  for (;;) {
    const { value, error, code } = await outcome(call(), 'a call settles');
    if (error === undefined) return value;
    if (code !== 'MAY_HAVE_RUN' && code !== 'DID_NOT_RUN') throw error;
  }
};

/**
 * A list that can be waited for.
 *
 * @template T
 */
export class Log {
  /** @type {T[]} */
  all = [];

  /** @type {Set<() => void>} */
  #watchers = new Set();

  /** @param {T} item */
  push(item) {
    this.all.push(item);
    for (const watcher of [...this.#watchers]) watcher();
  }

  /**
   * The first item, of those that come after `from`, that fits.
   *
   * @param {(item: T) => unknown} fits
   * @param {string} what
   * @param {{ from?: number, ms?: number }} [options] `from` 0 for all that ever came
   * @returns {Promise<T>}
   */
  async waitFor(fits, what, { from = 0, ms } = {}) {
    /** @type {() => void} */
    let watcher = () => {};
    const found = new Promise(resolve => {
      watcher = () => {
        const item = this.all.slice(from).find(fits);
        if (item !== undefined) resolve(item);
      };
      this.#watchers.add(watcher);
      watcher();
    });
    try {
      return await within(found, what, ms);
    } catch (cause) {
      throw Error(`${/** @type {Error} */ (cause).message}; at the end there was ${describe(this.all)}`, { cause });
    } finally {
      this.#watchers.delete(watcher);
    }
  }
}

/** @param {unknown[]} items */
const describe = items => {
  const shown = items.slice(-12).map(item => {
    const { type, code } = Object(item);
    return type === undefined ? String(item).slice(0, 80) : [type, code].filter(Boolean).join(' ');
  });
  return `[${shown.join(', ')}]`;
};
