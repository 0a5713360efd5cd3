// @ts-check
import 'ses/assert-shim.js';
import '@endo/eventual-send/shim.js';
import '@endo/immutable-arraybuffer/shim.js';
import { readFileSync } from 'node:fs';

import { time } from './measure.js';
import { samples } from './samples.js';

const { ValueCodec, initSync } = await import('../../pkg/ocapn_wasm.js');
const { makeVariants } = await import('./variants.js');

const wasm = new URL('../../pkg/ocapn_wasm_bg.wasm', import.meta.url);
const { memory } = initSync({ module: readFileSync(wasm) });
const [, , rounds, only] = process.argv;

const rows = [];
for (const [sample, description] of Object.entries(samples)) {
  if (only && sample !== only) continue;
  const { size, ...directions } = makeVariants(ValueCodec, memory, description);
  for (const [direction, variants] of Object.entries(directions)) {
    const timings = time(variants, Number(rounds));
    for (const [variant, timing] of Object.entries(timings)) {
      rows.push({ sample, size, direction, variant, ...timing });
    }
  }
}
process.stdout.write(JSON.stringify(rows));
