#!/usr/bin/env node
// @ts-check
// `npm run fuzz -- [target ...] [--seconds N] [--jobs N]`: fuzzes each target for a while, on the
// stable toolchain. What is found is left in fuzz/artifacts/, and new inputs in fuzz/corpus/.
import { mkdirSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { UserError, runMain, say } from './lib/log.mjs';
import { fromRoot } from './lib/paths.mjs';
import { ask, run, runOrFail } from './lib/run.mjs';

const CARGO_FUZZ = '^0.13';

/** Of the whole process, and of one allocation, in MB: nothing that is fed to it is over 64 kB. */
const MOST_MEMORY = 1024;
const MOST_ALLOCATED = 128;

const targets = () =>
  readdirSync(fromRoot('fuzz/fuzz_targets')).map(file => file.replace(/\.rs$/, ''));

/** @param {string} value */
const positive = value => {
  if (!/^[1-9]\d*$/.test(value)) throw new UserError(`'${value}' is no positive number.`);
  return value;
};

const choice = () => {
  /** @type {ReturnType<typeof parse>} */
  let parsed;
  try {
    parsed = parse();
  } catch (error) {
    throw new UserError(/** @type {Error} */ (error).message);
  }
  const all = targets();
  const chosen = parsed.positionals.length > 0 ? parsed.positionals : all;
  const unknown = chosen.find(name => !all.includes(name));
  if (unknown !== undefined) {
    throw new UserError(`There is no target '${unknown}'; there are ${all.join(', ')}.`);
  }
  return {
    chosen,
    seconds: positive(parsed.values.seconds),
    jobs: positive(parsed.values.jobs),
  };
};

const parse = () =>
  parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '60' },
      jobs: { type: 'string', default: String(availableParallelism()) },
    },
  });

const provideCargoFuzz = async () => {
  if (ask('cargo', ['fuzz', '--version']) !== undefined) return;
  say('Installing cargo-fuzz');
  await runOrFail('cargo', ['install', 'cargo-fuzz', '--locked', '--version', CARGO_FUZZ]);
};

await runMain(async () => {
  const { chosen, seconds, jobs } = choice();
  await provideCargoFuzz();
  const failed = [];
  for (const target of chosen) {
    say(`Fuzzing ${target} for ${seconds} s`);
    const corpus = `fuzz/corpus/${target}`;
    mkdirSync(fromRoot(corpus), { recursive: true });
    const { code } = await run('cargo', [
      ...['fuzz', 'run', '--sanitizer', 'none', target, corpus, `fuzz/seeds/${target}`, '--'],
      ...[`-max_total_time=${seconds}`, `-fork=${jobs}`, '-max_len=65536', '-timeout=10'],
      ...[`-rss_limit_mb=${MOST_MEMORY}`, `-malloc_limit_mb=${MOST_ALLOCATED}`],
    ]);
    if (code !== 0) failed.push(target);
  }
  if (failed.length > 0) {
    throw new UserError(
      `Found in ${failed.join(', ')}: see fuzz/artifacts/. Once mended, keep the input in fuzz/seeds/.`,
    );
  }
});
