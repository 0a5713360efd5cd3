// @ts-check
import { join } from 'node:path';

import { fromRoot } from '../../scripts/lib/paths.mjs';
import { runOrFail } from '../../scripts/lib/run.mjs';

/**
 * Builds the core for this processor, in the release profile, with its clock: benches/work/timed.rs.
 *
 * @returns {Promise<string>} the program
 */
export const buildCore = async () => {
  const target = process.env.CARGO_TARGET_DIR ?? fromRoot('target');
  await runOrFail('cargo', ['build', '--locked', '--release', '--package', 'ocapn-wasm', '--example', 'work']);
  return join(target, 'release', 'examples', 'work');
};
