// @ts-check
import { parseArgs } from 'node:util';

import { UserError } from '../lib/log.mjs';
import { LAYERS } from './layers.mjs';

/** @param {string[]} args */
const parse = args => {
  try {
    return parseArgs({ args, options: { only: { type: 'string', multiple: true } } }).values;
  } catch (error) {
    throw new UserError(/** @type {Error} */ (error).message);
  }
};

/**
 * @param {string[]} args of the command line: `--only lint,rust,node,crash,browser,package,work`, all by default
 * @returns {import('./layer.mjs').Layer[]} the layers to run
 */
export const chosenLayers = args => {
  const groups = [...new Set(LAYERS.map(({ group }) => group))];
  const wanted = (parse(args).only ?? groups).flatMap(value => value.split(','));
  const unknown = wanted.find(name => !groups.some(group => group === name));
  if (unknown !== undefined) {
    throw new UserError(`--only ${unknown}: there is no such group; use ${groups.join(', ')}.`);
  }
  return LAYERS.filter(({ group }) => wanted.includes(group));
};
