// @ts-check
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root folder of the repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * @param {...string} parts a path below the root, with '/' or in parts
 * @returns {string} the absolute path
 */
export const fromRoot = (...parts) => join(ROOT, ...parts);
