// @ts-check
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What this process handed to the system to be written.
 *
 * @returns {number | undefined} bytes; `undefined` where the system does not tell
 */
export const bytesWritten = () => {
  try {
    const [, bytes] = readFileSync('/proc/self/io', 'utf8').match(/^wchar: (\d+)/m) ?? [];
    return bytes === undefined ? undefined : Number(bytes);
  } catch {
    return undefined;
  }
};

/**
 * @param {string} directory
 * @returns {number} bytes of disk that its files take
 */
export const bytesOnDisk = directory =>
  readdirSync(directory, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(directory, entry.name);
    return sum + (entry.isDirectory() ? bytesOnDisk(path) : statSync(path).blocks * 512);
  }, 0);
