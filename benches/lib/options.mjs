// @ts-check
import { parseArgs } from 'node:util';

import { UserError } from '../../scripts/lib/log.mjs';

/**
 * @typedef {object} Options
 * @property {boolean} quick
 * @property {string[]} only names of row files, or parts of names of rows
 * @property {string | undefined} json
 * @property {number} rounds
 * @property {number} sampleMs
 * @property {string[]} hosts
 */

/**
 * @param {string[]} args
 * @returns {Options}
 */
export const readOptions = args => {
  try {
    const { values } = parseArgs({
      args,
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        json: { type: 'string' },
      },
    });
    const { quick = false, only = [], json } = values;
    return {
      quick,
      only,
      json,
      rounds: quick ? 3 : 7,
      sampleMs: quick ? 25 : 150,
      hosts: ['lockdown', 'plain'],
    };
  } catch (error) {
    throw new UserError(/** @type {Error} */ (error).message);
  }
};
