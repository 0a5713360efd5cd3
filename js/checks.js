// @ts-check

import { makeError } from './errors.js';

/**
 * Checks of what an application passes: a name that is misspelt, or of the wrong type, is said at once.
 */

/**
 * @param {string} message
 * @returns {never}
 * @throws {import('./errors.js').CodedError} `API_MISUSE`
 */
export const misuse = message => {
  throw makeError('API_MISUSE', message);
};

/**
 * What is named alike counts only where it is the record's own: `constructor` is nobody's option.
 *
 * @param {unknown} options
 * @param {Record<string, unknown>} known
 * @param {string} whose "a client", say
 * @throws {import('./errors.js').CodedError} `API_MISUSE` for what is no record, and for a name that is not known
 */
export const checkNames = (options, known, whose) => {
  if (typeof options !== 'object' || options === null) {
    misuse(`The options of ${whose} are a record.`);
  }
  for (const name of Object.keys(/** @type {object} */ (options))) {
    if (!Object.hasOwn(known, name)) {
      misuse(`'${name}' is not an option of ${whose}.`);
    }
  }
};

/**
 * @param {string} name
 * @param {unknown} value
 * @param {readonly string[]} methods
 * @throws {import('./errors.js').CodedError} `API_MISUSE`, naming the method that is missing
 */
export const checkMethods = (name, value, methods) => {
  for (const method of methods) {
    if (typeof Object(value)[method] !== 'function') {
      misuse(`${name} has no function '${method}'.`);
    }
  }
};
