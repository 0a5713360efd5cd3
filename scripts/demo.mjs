#!/usr/bin/env node
// @ts-check
// `npm run demo`: sets up, then runs the demo.
import { runMain } from './lib/log.mjs';
import { fromRoot } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { setup } from './lib/setup.mjs';

await runMain(async () => {
  await setup();
  const demo = fromRoot('examples/durable-counter/demo.mjs');
  const { code } = await run(process.execPath, [demo, ...process.argv.slice(2)]);
  return code;
});
