#!/usr/bin/env node
// @ts-check

/**
 * Compares the work of fixed scripts with benches/baseline.json. No time is measured, so it says the same on every machine.
 *
 *     node benches/work/check.mjs [--update]
 *
 * It fails when a number is more than 5 % above the one that is kept. `--update` keeps the numbers of now. Instructions need
 * valgrind: without it they are left out, and where `CI` is set that is a failure.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { UserError, runMain, say } from '../../scripts/lib/log.mjs';
import { fromRoot } from '../../scripts/lib/paths.mjs';
import { countWork } from './counts.mjs';
import { PLATFORM, countInstructions, hasValgrind } from './instructions.mjs';

/** @typedef {Record<string, number>} Numbers */
/** @typedef {{ counts: Numbers, instructions: Record<string, Numbers> }} Baseline */

const FILE = fromRoot('benches/baseline.json');

/** How much worse is still the same. */
const TOLERANCE = 0.05;

/** @returns {Baseline} */
const readBaseline = () => {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8'));
  } catch {
    return { counts: {}, instructions: {} };
  }
};

/**
 * @param {string} kind
 * @param {Numbers} kept
 * @param {Numbers} now
 * @returns {{ passed: number, failed: number }}
 */
const compare = (kind, kept, now) => {
  const result = { passed: 0, failed: 0 };
  const fail = (/** @type {string} */ text) => {
    result.failed += 1;
    say(`FAILED ${kind}: ${text}`);
  };
  for (const name of new Set([...Object.keys(kept), ...Object.keys(now)])) {
    const [before, after] = [kept[name], now[name]];
    if (before === undefined) fail(`${name} is not in the baseline`);
    else if (after === undefined) fail(`${name} is in the baseline, and not counted any more`);
    else if (after > before * (1 + TOLERANCE)) fail(`${name}: ${after}, where it was ${before}`);
    else {
      result.passed += 1;
      if (after < before * (1 - TOLERANCE)) say(`better: ${kind}: ${name}: ${after}, where it was ${before}`);
    }
  }
  return result;
};

await runMain(async () => {
  const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });
  const isCi = Boolean(process.env.CI) && process.env.CI !== 'false';
  const kept = readBaseline();
  const counts = await countWork();
  const isCounting = hasValgrind();
  if (!isCounting && isCi) throw new UserError('valgrind is missing, and CI needs it: apt-get install valgrind.');
  const instructions = isCounting ? await countInstructions() : undefined;
  if (values.update) {
    const all = instructions ? { ...kept.instructions, [PLATFORM]: instructions } : kept.instructions;
    writeFileSync(FILE, `${JSON.stringify({ counts, instructions: all }, undefined, 2)}\n`);
    say(`benches/baseline.json is written${instructions ? '' : ', without instructions: valgrind is missing'}.`);
    return 0;
  }
  const results = [compare('work', kept.counts, counts)];
  const expected = kept.instructions[PLATFORM];
  let skipped = 0;
  if (instructions !== undefined && (expected !== undefined || isCi)) {
    results.push(compare('instructions', expected ?? {}, instructions));
  } else {
    skipped = 1;
    const why = instructions === undefined ? 'valgrind is missing' : `the baseline has none for ${PLATFORM}`;
    say(`\n!!! Instructions of the core are NOT compared: ${why}.\n`);
  }
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  if (failed > 0) {
    say('\nWhere that is meant: node benches/work/check.mjs --update, and commit benches/baseline.json with the change.');
  }
  say(`# pass ${results.reduce((sum, result) => sum + result.passed, 0)}`);
  say(`# fail ${failed}`);
  say(`# skipped ${skipped}`);
  process.exitCode = failed > 0 ? 1 : 0;
  // Nothing of the scripts is to keep the process.
  process.exit();
});
