#!/usr/bin/env node
// @ts-check
// `npm run test:crash -- --kills N [--seed S] [--json]`: kills two processes that call each other, N times in all.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

import { runMain, say, UserError } from '../../scripts/lib/log.mjs';
import { setup } from '../../scripts/lib/setup.mjs';
import { crash } from './crash.js';

/** @param {string[]} args */
const parse = args => {
  try {
    return parseArgs({
      args,
      options: {
        kills: { type: 'string', default: '50' },
        seed: { type: 'string' },
        json: { type: 'boolean', default: false },
        // A bug, to see that it is found.
        plant: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UserError(/** @type {Error} */ (error).message);
  }
};

/** @param {string} text @param {string} name */
const numberOf = (text, name) => {
  if (!/^[0-9]{1,9}$/.test(text)) throw new UserError(`--${name} is a number, not ${text}.`);
  return Number(text);
};

/** Ms between two lines of progress. */
const EACH = 5000;

await runMain(async () => {
  const { kills, seed: given, json, plant } = parse(process.argv.slice(2));
  if (plant !== undefined && plant !== 'lost' && plant !== 'doubled') throw new UserError('--plant is lost or doubled.');
  const seed = given === undefined ? randomInt(2 ** 29) : numberOf(given, 'seed');
  const wanted = numberOf(kills, 'kills');
  await setup();
  say(`seed ${seed}`);
  let last = performance.now();
  const { figures, faults } = await crash({
    kills: wanted,
    seed,
    plant,
    say: text => {
      if (performance.now() - last < EACH) return;
      last = performance.now();
      say(text);
    },
  });
  for (const fault of faults.slice(0, 40)) say(fault);
  if (faults.length > 0) say(`${faults.length} faults; run it again with --seed ${seed}`);
  say(Object.entries(figures).map(([name, count]) => `${name} ${count}`).join(', '));
  if (json) say(JSON.stringify(figures));
  return faults.length === 0 ? 0 : 1;
});
