// @ts-check

import harden from '@endo/harden';

/**
 * Where a client and its netlayers write what happens.
 *
 * @typedef {object} Logger
 * @property {(...args: any[]) => void} log
 * @property {(...args: any[]) => void} error what went wrong, and nobody else is told
 * @property {(...args: any[]) => void} info what happens
 */

/**
 * A logger that writes to the console.
 *
 * @param {string} label put before each line
 * @param {boolean} isVerbose whether `info` says anything
 * @returns {Logger}
 */
export const makeLogger = (label, isVerbose) => {
  const prefix = () => `${label} [${Date.now()}]:`;
  return harden({
    log: (...args) => console.log(prefix(), ...args),
    error: (...args) => console.error(prefix(), ...args),
    info: (...args) => {
      if (isVerbose) {
        console.info(prefix(), ...args);
      }
    },
  });
};

/**
 * The same logger, for the inside of a client: what it throws stops nothing, since a line in a log is worth no session; and as it
 * is hardened with what it is in, the application's own is left as it is.
 *
 * @param {Logger} logger
 * @returns {Logger}
 */
export const guardLogger = logger => {
  /** @param {'log' | 'error' | 'info'} method */
  const guarded = method => (/** @type {any[]} */ ...args) => {
    try {
      logger[method](...args);
    } catch {
      // There is nowhere left to say it.
    }
  };
  return harden({ log: guarded('log'), error: guarded('error'), info: guarded('info') });
};

/** @type {Logger} */
export const silentLogger = harden({ log: () => {}, error: () => {}, info: () => {} });
