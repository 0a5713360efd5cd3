// @ts-check
import { readFileSync } from 'node:fs';

import { UserError } from './log.mjs';
import { fromRoot } from './paths.mjs';
import { isAtLeast } from './versions.mjs';

/** Fails when this Node is older than what package.json asks for. */
export const requireNode = () => {
  const { engines } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8'));
  if (isAtLeast(process.version, engines.node)) return;
  throw new UserError(
    `Node ${engines.node} is needed; this is ${process.version} (${process.execPath}).`,
  );
};
