// @ts-check

/**
 * One owner of a name among all tabs and workers of a site. The browser frees the lock when its holder's page goes away,
 * however that happens.
 */

import { makeError } from '../errors.js';

/**
 * @typedef {object} HeldLock
 * @property {() => Promise<void>} release resolves when the next one may have it
 */

/**
 * @typedef {object} LockOptions
 * @property {boolean} wait until the owner lets go, instead of failing at once
 * @property {AbortSignal} [signal] ends the wait
 * @property {(cause: unknown) => void} lost somebody took it by force
 */

/** @param {unknown} [cause] */
const unavailable = cause =>
  makeError(
    'STORE_UNAVAILABLE',
    'This page may not use Web Locks: serve it over https or from localhost, and not in a sandboxed frame.',
    { cause },
  );

/**
 * @param {string} name
 * @param {unknown} [cause]
 */
const inUse = (name, cause) =>
  makeError('BAGGAGE_IN_USE', `The baggage ${name} is open already, perhaps in another tab: close that, or wait for it.`, { cause });

/**
 * @param {string} name
 * @param {LockOptions} options
 * @returns {Promise<HeldLock>}
 * @throws {import('../errors.js').CodedError} `BAGGAGE_IN_USE`; `STORE_UNAVAILABLE`
 */
export const holdLock = (name, { wait, signal, lost }) =>
  new Promise((resolve, reject) => {
    const locks = globalThis.navigator?.locks;
    if (!locks) {
      reject(unavailable());
      return;
    }
    let isHeld = false;
    let isOver = false;
    /** @param {unknown} cause */
    const giveUp = cause => {
      isOver = true;
      reject(inUse(name, cause));
    };
    if (signal?.aborted) {
      giveUp(signal.reason);
      return;
    }
    // Chromium misses an abort of a page's first request, if it comes at once.
    signal?.addEventListener('abort', () => giveUp(signal.reason), { once: true });

    /** @param {Lock | null} lock */
    const granted = lock => {
      if (lock === null || isOver) {
        giveUp(undefined);
        return undefined;
      }
      isHeld = true;
      return new Promise(letGo => {
        const release = async () => {
          isHeld = false;
          letGo(undefined);
          await request;
        };
        resolve({ release });
      });
    };
    const options = wait ? { ...(signal && { signal }) } : { ifAvailable: true };
    const request = locks.request(name, options, granted).then(
      () => {},
      cause => {
        if (isHeld) {
          isHeld = false;
          lost(cause);
        } else if (!isOver) {
          reject(unavailable(cause));
        }
      },
    );
  });
