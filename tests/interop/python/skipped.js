// @ts-check

/**
 * Tests of the suite that cannot pass, each with the reason, by dialect. There is none.
 *
 * @type {Record<string, Record<string, string>>}
 */
export const SKIPPED = {
  '2026-01': {},
  '2026-02': {},
  '2026-03': {},
};
