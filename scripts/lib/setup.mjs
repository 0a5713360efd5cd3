// @ts-check
import { bundles } from './bundle.mjs';
import { inlined } from './inline.mjs';
import { elapsed, say } from './log.mjs';
import { requireNode } from './node.mjs';
import { npmPackages } from './npm.mjs';
import { rustToolchain } from './rust.mjs';
import { sizes } from './sizes.mjs';
import { runSteps } from './steps.mjs';
import { typeDeclarations } from './types.mjs';
import { coreWasm, pkg } from './wasm.mjs';

/**
 * Installs and builds what is missing or out of date, and nothing else. It needs Node alone to
 * start, and says so when Rust is missing.
 */
export const setup = async () => {
  const start = performance.now();
  requireNode();
  const ran = await runSteps([rustToolchain, npmPackages, coreWasm, pkg, inlined, bundles, typeDeclarations]);
  if (ran.includes(pkg.name)) say(sizes('pkg/ocapn_wasm_bg.wasm'));
  say(`setup: ${ran.length === 0 ? 'all is up to date' : 'done'} (${elapsed(start)})`);
};
