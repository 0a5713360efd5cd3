#!/usr/bin/env node
// @ts-check
// `npm run guestbook`: sets up, then starts the guestbook and says where it is.
import { runMain } from './lib/log.mjs';
import { fromRoot } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { setup } from './lib/setup.mjs';

// Ctrl-C reaches the stage too, which ends in order: wait for it.
process.on('SIGINT', () => {});

await runMain(async () => {
  await setup();
  const stage = fromRoot('examples/guestbook/stage.mjs');
  const { code } = await run(process.execPath, [stage, ...process.argv.slice(2)]);
  return code;
});
