// @ts-check
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { UserError } from '../../scripts/lib/log.mjs';
import { fromRoot } from '../../scripts/lib/paths.mjs';
import { ask, runOrFail } from '../../scripts/lib/run.mjs';

/**
 * Instructions of the core, native, as valgrind counts them: two runs give the same number. What is counted is built in the
 * release profile, with the portable cryptography: the other picks its code by the processor.
 */

const SCRIPTS = ['handshake', 'echo', 'exports', 'resume'];
const FLAGS = '--cfg curve25519_dalek_backend="serial" --cfg sha2_backend="soft"';

/** Which numbers compare: another processor family has other instructions. */
export const PLATFORM = `${process.platform}-${process.arch}`;

export const hasValgrind = () => ask('valgrind', ['--version']) !== undefined;

const build = async () => {
  const target = join(process.env.CARGO_TARGET_DIR ?? fromRoot('target'), 'work');
  await runOrFail(
    'cargo',
    ['build', '--locked', '--release', '--package', 'ocapn-wasm', '--example', 'work', '--target-dir', target],
    { env: { RUSTFLAGS: FLAGS } },
  );
  return join(target, 'release', 'examples', 'work');
};

/**
 * @param {string} program
 * @param {string} script
 */
const count = (program, script) => {
  const { stderr, status } = spawnSync(
    'valgrind',
    [
      ...['--tool=callgrind', '--callgrind-out-file=/dev/null', '--collect-atstart=no'],
      ...[`--toggle-collect=*measured_${script}*`, program, script],
    ],
    { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const collected = Number(stderr.match(/Collected : (\d+)/)?.[1] ?? 0);
  if (status !== 0 || collected === 0) throw new UserError(`valgrind did not count '${script}':\n${stderr}`);
  return collected;
};

/** @returns {Promise<Record<string, number>>} by the script */
export const countInstructions = async () => {
  const program = await build();
  return Object.fromEntries(SCRIPTS.map(script => [script, count(program, script)]));
};
