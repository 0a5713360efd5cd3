#!/usr/bin/env node
// @ts-check

/**
 * The codec alone: what a value costs on its way into the core and out of it, plain and under lockdown.
 *
 *     node benches/values/main.js [--quick] [--only SAMPLE] [--json FILE]
 *
 * Shown is the best round: what the code takes when nothing else runs. The file has the median too.
 */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});

/** @typedef {{ sample: string, size: number, direction: string, variant: string, best: number, median: number }} Row */

/**
 * @param {string} host
 * @returns {Row[]}
 */
const run = host => {
  const child = fileURLToPath(new URL('child.js', import.meta.url));
  const init = host === 'lockdown' ? ['--import', '@endo/init'] : [];
  const rounds = options.quick ? '40' : '200';
  const { stdout, status } = spawnSync(process.execPath, [...init, child, rounds, options.only], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw Error(`the measuring process for ${host} failed`);
  return JSON.parse(stdout);
};

/** @param {number} ns */
const show = ns => (ns < 100_000 ? `${Math.round(ns).toLocaleString('en')} ns` : `${(ns / 1e3).toFixed(0)} us`);

const plain = run('plain');
const locked = run('lockdown');
let last = '';
for (const row of plain) {
  const other = locked.find(
    ({ sample, direction, variant }) =>
      sample === row.sample && direction === row.direction && variant === row.variant,
  );
  const title = `${row.direction}, ${row.sample} (${row.size.toLocaleString('en')} B)`;
  if (title !== last) console.log(`\n${title.padEnd(44)}${'plain'.padStart(12)}${'lockdown'.padStart(12)}${'MB/s'.padStart(9)}`);
  last = title;
  const speed = other ? (row.size * 1000) / other.best : NaN;
  console.log(
    `  ${row.variant.padEnd(42)}${show(row.best).padStart(12)}${show(other?.best ?? NaN).padStart(12)}${speed.toFixed(speed < 10 ? 1 : 0).padStart(9)}`,
  );
}
if (options.json) {
  const rows = [...plain.map(row => ({ host: 'plain', ...row })), ...locked.map(row => ({ host: 'lockdown', ...row }))];
  writeFileSync(options.json, `${JSON.stringify({ rows }, undefined, 1)}\n`);
}
