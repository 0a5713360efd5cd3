#!/usr/bin/env node
// @ts-check
// `npm test`: sets up, then runs all layers of the tests, one at a time; `-- --only lint,rust,node`
// runs some of them.
import { runMain, say } from './lib/log.mjs';
import { setup } from './lib/setup.mjs';
import { chosenLayers } from './test/options.mjs';
import { report } from './test/report.mjs';

/**
 * @param {import('./test/layer.mjs').Layer} layer
 * @returns {Promise<import('./test/report.mjs').Result>}
 */
const runLayer = async ({ name, run }) => {
  const start = performance.now();
  say(`\n==> ${name}`);
  let counts = await run();
  if (counts.passed + counts.failed === 0) {
    say(`error: ${name} ran no test.`);
    counts = { ...counts, failed: 1 };
  }
  return { name, seconds: (performance.now() - start) / 1000, counts };
};

await runMain(async () => {
  const layers = chosenLayers(process.argv.slice(2));
  await setup();
  const results = [];
  for (const layer of layers) results.push(await runLayer(layer));
  return report(results);
});
