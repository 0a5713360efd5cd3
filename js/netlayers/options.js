// @ts-check

import { checkMethods, checkNames, misuse } from '../checks.js';

/** @import { NetlayerHandlers } from './types.js' */

const HANDLERS = ['makeConnection', 'handleMessageData', 'handleConnectionClose'];

/**
 * What the maker of a netlayer is given, once its names are known ones and the handlers are there: a netlayer that overlooks a
 * name listens where nobody expects it.
 *
 * @template {{ handlers: NetlayerHandlers }} T
 * @param {string} maker its name
 * @param {T} options
 * @param {Record<keyof T, true>} names all of them
 * @returns {T} the options
 * @throws {import('../errors.js').CodedError} `API_MISUSE`
 */
export const readNetlayerOptions = (maker, options, names) => {
  checkNames(options, names, maker);
  if (options.handlers === undefined) {
    const use = `registerNetlayer((handlers, logger) => ${maker}({ handlers, logger }))`;
    misuse(`${maker} needs handlers, which registerNetlayer gives: ${use}.`);
  }
  checkMethods('handlers', options.handlers, HANDLERS);
  return options;
};
