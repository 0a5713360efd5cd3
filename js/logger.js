// @ts-check

import harden from '@endo/harden';

/**
 * @typedef {object} Logger
 * @property {(...args: any[]) => void} log
 * @property {(...args: any[]) => void} error
 * @property {(...args: any[]) => void} info
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

/** @type {Logger} */
export const silentLogger = harden({ log: () => {}, error: () => {}, info: () => {} });
