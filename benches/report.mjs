#!/usr/bin/env node
// @ts-check

/**
 * Turns the results of a run into what docs/performance.md and the README show.
 *
 *     node benches/report.mjs FILE [--svg FILE] [--doc FILE] [--variant lockdown]
 *
 * FILE is what `npm run bench -- --json FILE` wrote. The tables are printed; with `--doc` they replace what stands between
 * `<!-- figures -->` and `<!-- /figures -->` in that page. `--svg` draws the main rows.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';

import { UserError, runMain, say } from '../scripts/lib/log.mjs';
import { chart } from './lib/chart.mjs';
import { cells } from './lib/table.mjs';

/** @import { Result } from './lib/types.mjs' */

/** What the picture shows, by how the names begin. */
const MAIN = [
  'handshake, fresh',
  'echo "hello", one by one',
  'echo "hello", 1,000 in flight',
  'send only',
  'echo 100 records',
  'echo 1 MiB',
  'a pipelined chain',
  'encode 100 records',
  'decode 100 records',
];

const START = '<!-- figures -->';
const END = '<!-- /figures -->';

/** @param {Result[]} results */
const table = results => {
  const [head = [], ...lines] = cells(results);
  const line = (/** @type {string[]} */ texts) => `| ${texts.join(' | ')} |`;
  const rule = head.map((_, i) => (i < 2 ? '---' : '---:'));
  return [line(head), line(rule), ...lines.map(line)].join('\n');
};

/** @param {Result[]} rows */
const tables = rows =>
  [...new Set(rows.map(({ variant }) => variant))]
    .map(variant => `### ${variant}\n\n${table(rows.filter(row => row.variant === variant))}`)
    .join('\n\n');

/**
 * @param {string} path
 * @param {string} text
 */
const putInto = (path, text) => {
  const page = readFileSync(path, 'utf8');
  const [start, end] = [page.indexOf(START), page.indexOf(END)];
  if (start < 0 || end < start) throw new UserError(`${path} has no ${START} with a ${END} after it.`);
  writeFileSync(path, `${page.slice(0, start + START.length)}\n\n${text}\n\n${page.slice(end)}`);
};

await runMain(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      svg: { type: 'string' },
      doc: { type: 'string' },
      variant: { type: 'string', default: 'lockdown' },
    },
  });
  const [file] = positionals;
  if (file === undefined) throw new UserError('Name the file that `npm run bench -- --json FILE` wrote.');
  /** @type {{ rows: Result[] }} */
  const { rows } = JSON.parse(readFileSync(file, 'utf8'));
  const cpus = os.cpus();
  const machine = `Node ${process.version}, ${cpus.length} x ${cpus[0]?.model ?? 'unknown'}, ${os.type()} ${os.arch()}.`;
  const text = `Medians. A ratio is how many times better ours is. ${machine}\n\n${tables(rows)}`;
  if (values.doc === undefined) say(text);
  else putInto(values.doc, text);
  if (values.svg !== undefined) {
    const main = MAIN.flatMap(name =>
      rows.filter(({ row, variant }) => variant === values.variant && row.startsWith(name)).slice(0, 1),
    );
    writeFileSync(values.svg, chart(main, `${values.variant === 'lockdown' ? 'Under SES lockdown' : 'Plain'}; longer is better`));
  }
});
