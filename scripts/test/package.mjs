// @ts-check
import { rmSync } from 'node:fs';

import { installPackage } from '../../tests/package/support/install.js';
import { nodeTests } from './node.mjs';

/**
 * The tests of the package as users get it: one installation for all of them.
 *
 * @returns {Promise<import('./counts.mjs').Counts>}
 */
export const packageTests = async () => {
  const { root } = await installPackage();
  process.env.OCAPN_INSTALLED = root;
  try {
    return await nodeTests('tests/package');
  } finally {
    delete process.env.OCAPN_INSTALLED;
    rmSync(root, { recursive: true, force: true });
  }
};
