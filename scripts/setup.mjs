#!/usr/bin/env node
// @ts-check
// Installs and builds all that the tests, the demo and a release need: `npm run build`.
import { runMain } from './lib/log.mjs';
import { setup } from './lib/setup.mjs';

await runMain(setup);
