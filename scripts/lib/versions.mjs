// @ts-check

/**
 * @param {string} version such as `v20.19.2` or `1.95`
 * @returns {number[]} major, minor, patch
 */
const numbers = version =>
  (version.match(/\d+(\.\d+)*/)?.[0] ?? '0').split('.').slice(0, 3).map(Number);

/**
 * @param {string} version
 * @param {string} least
 * @returns {boolean} whether `version` is `least` or later
 */
export const isAtLeast = (version, least) => {
  const [have, want] = [numbers(version), numbers(least)];
  for (const index of [0, 1, 2]) {
    const difference = (have[index] ?? 0) - (want[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
};
