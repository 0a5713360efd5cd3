#!/usr/bin/env node
// @ts-check

/**
 * `npm run bench`: ours and its peers side by side.
 *
 *     npm run bench -- [--quick] [--only NAME]... [--json FILE]
 *
 * NAME is a file of benches/rows/, or a part of the name of a row. `OCAPN_ENDO_MASTER` names a checkout of endojs/endo, or a
 * folder whose node_modules has @endo/ocapn; `OCAPN_ENDO_PR` a checkout with pull request 3175, for the durable rows. Each side runs in a process of its own, plain and under lockdown; one measures at
 * a time, in turns, for several rounds. Shown are medians, and how far the rounds lie apart.
 */

import { writeFileSync } from 'node:fs';
import os from 'node:os';

import { elapsed, runMain, say } from '../scripts/lib/log.mjs';
import { setup } from '../scripts/lib/setup.mjs';
import { buildCore } from './lib/core.mjs';
import { growth, measure, resultOf, spreadOf } from './lib/measure.mjs';
import { readOptions } from './lib/options.mjs';
import { loadRow, rowNames } from './lib/rows.mjs';
import { align, cells, showValue } from './lib/table.mjs';
import { QUIET, availableSides, startWorker } from './lib/worker.mjs';

/** @import { Case } from './lib/types.mjs' */
/** @import { Measured } from './lib/measure.mjs' */

/**
 * @param {import('./lib/options.mjs').Options} options
 * @returns {Promise<Array<{ row: string, index: number, one: Case }>>} the cases that are wanted
 */
const chosenCases = async ({ quick, only }) => {
  const chosen = [];
  const names = rowNames();
  for (const row of names) {
    const { cases } = await loadRow(row);
    for (const [index, one] of cases({ quick }).entries()) {
      const isWanted =
        only.length === 0 ||
        only.some(name =>
          names.includes(name) ? name === row : one.outputs.some(output => output.row.includes(name)),
        );
      if (isWanted) chosen.push({ row, index, one });
    }
  }
  return chosen;
};

/** @param {Measured[]} all @param {import('./lib/types.mjs').Result[]} results */
const show = (all, results) => {
  for (const variant of new Set(results.map(result => result.variant))) {
    const ofVariant = results.filter(result => result.variant === variant);
    say(`\n${variant} (in brackets: half of what lies between the lowest and the highest round)\n`);
    const lines = cells(ofVariant, (result, side) => {
      const measured = all.find(({ output, variant }) => output.row === result.row && variant === result.variant);
      const apart = measured && spreadOf(measured, side);
      const value = showValue(result.values[side]);
      return apart === undefined || value === '-' ? value : `${value} (${(apart * 100).toFixed(0)} %)`;
    });
    say(align(lines));
  }
};

await runMain(async () => {
  const start = performance.now();
  const options = readOptions(process.argv.slice(2));
  await setup();
  const chosen = await chosenCases(options);
  if (chosen.length === 0) {
    say(`No row is called ${options.only.join(' or ')}; there are ${rowNames().join(', ')}.`);
    return 1;
  }
  QUIET.OCAPN_BENCH_CORE = await buildCore();
  const sides = availableSides();
  if (!sides.includes('endo')) say('OCAPN_ENDO_MASTER is not set: @endo/ocapn is not measured.');
  if (!sides.includes('endo-pr')) say('OCAPN_ENDO_PR is not set: the durable rows are ours alone.');
  say(`${os.cpus()[0]?.model ?? 'unknown processor'} x ${os.cpus().length}, Node ${process.version}, ${process.platform}`);
  const workers = options.hosts.flatMap(host => sides.map(side => startWorker(side, host)));
  /** @type {Set<string>} */
  const complaints = new Set();
  /** @type {Measured[]} */
  const all = [];
  try {
    for (const { row, index, one } of chosen) {
      const title = one.outputs[0]?.row;
      const measured = await measure({ row, index, one }, workers, options, text => complaints.add(`${title}: ${text}`));
      all.push(...measured);
      say(`  ${title} (${elapsed(start)})`);
    }
  } finally {
    for (const worker of workers) await worker.stop();
  }
  const results = [...all.map(resultOf), ...growth(all)].filter(({ values }) => Object.keys(values).length > 0);
  show(all, results);
  for (const complaint of complaints) say(`\n${complaint}`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ rows: results }, undefined, 1)}\n`);
  // Ours has to be able to do everything; what stops a peer is shown, and no failure of ours.
  return [...complaints].some(complaint => complaint.includes(': ocapn-wasm, ')) ? 1 : 0;
});
