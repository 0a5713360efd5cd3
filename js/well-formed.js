// @ts-check

/**
 * Whether text has no half of a surrogate pair, without which it cannot be written as UTF-8.
 *
 * @type {(text: string) => boolean}
 */
export const isWellFormed =
  'isWellFormed' in String.prototype
    ? text => /** @type {any} */ (text).isWellFormed()
    : text => !/\p{Surrogate}/u.test(text);
