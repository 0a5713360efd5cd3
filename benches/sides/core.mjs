// @ts-check
import { execFileSync } from 'node:child_process';

/**
 * The core compiled for this processor, two clients of it in one program, without JavaScript: benches/work/timed.rs. The run
 * builds it, and says in `OCAPN_BENCH_CORE` where it is.
 */

const PROGRAM = String(process.env.OCAPN_BENCH_CORE);

const nothing = () => {
  throw Error('the core by itself has no objects');
};

/** @type {import('../lib/types.mjs').Side} */
export const side = {
  name: 'core, native',
  makeObject: nothing,
  call: nothing,
  harden: value => value,
  makeBytes: nothing,
  native: (script, ms) => Number(execFileSync(PROGRAM, ['time', script, String(ms)], { encoding: 'utf8' })),
};
