#!/usr/bin/env node
// @ts-check
// `npm test`: sets up, then runs all layers of the tests, one at a time; `-- --only lint,rust,node,crash,browser,package,work`
// runs some of them.
import { UserError, runMain, say } from './lib/log.mjs';
import { setup } from './lib/setup.mjs';
import { chosenLayers } from './test/options.mjs';
import { NONE } from './test/counts.mjs';
import { report } from './test/report.mjs';

/** @typedef {import('./test/report.mjs').Result} Result */

/** @param {number} start */
const secondsSince = start => (performance.now() - start) / 1000;

/** @returns {Promise<Result | undefined>} how the setup failed, if it did: no layer can run then */
const setupFailure = async () => {
  const start = performance.now();
  try {
    await setup();
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`\nerror: ${error.message}`);
    return { name: 'setup', seconds: secondsSince(start), counts: { ...NONE, failed: 1 } };
  }
};

/**
 * @param {import('./test/layer.mjs').Layer} layer
 * @returns {Promise<Result>}
 */
const runLayer = async ({ name, run }) => {
  const start = performance.now();
  say(`\n==> ${name}`);
  let counts = await run();
  if (counts.passed + counts.failed + counts.skipped === 0) {
    say(`error: ${name} ran no test.`);
    counts = { ...counts, failed: 1 };
  }
  return { name, seconds: secondsSince(start), counts };
};

await runMain(async () => {
  const layers = chosenLayers(process.argv.slice(2));
  const failure = await setupFailure();
  if (failure) return report([failure]);
  const results = [];
  for (const layer of layers) results.push(await runLayer(layer));
  return report(results);
});
