// @ts-check

/**
 * Errors that an application can branch on.
 */

import harden from '@endo/harden';

/**
 * @typedef {Error & { readonly code: string }} CodedError an error whose `code` is a stable upper-case name
 */

/**
 * Makes a hardened error with a code of its own.
 *
 * @param {string} code stable upper-case name
 * @param {string} message what happened, and what to do about it
 * @param {{ cause?: unknown }} [options] `cause` is kept as it is: it is somebody else's object, and is not hardened
 * @returns {CodedError}
 */
export const makeError = (code, message, { cause } = {}) => {
  const error = cause === undefined ? Error(message) : Error(message, { cause });
  Object.defineProperty(error, 'code', { value: code, enumerable: true });
  const coded = /** @type {CodedError} */ (error);
  return cause === undefined ? harden(coded) : Object.freeze(coded);
};
harden(makeError);

/**
 * The code of whatever was thrown, if it has one.
 *
 * @param {unknown} error
 * @returns {string | undefined}
 */
export const codeOf = error => {
  if (typeof error !== 'object' || error === null) return undefined;
  const code = /** @type {{ code?: unknown }} */ (error).code;
  return typeof code === 'string' ? code : undefined;
};
harden(codeOf);
