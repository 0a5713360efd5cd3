// @ts-check
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { filesIn } from './hash.mjs';
import { UserError } from './log.mjs';
import { fromRoot } from './paths.mjs';
import { runOrFail } from './run.mjs';
import { WASM_TARGET } from './rust.mjs';
import { fileStep } from './steps.mjs';

const CORE = 'build/core.wasm';
const GLUE = 'build/bindgen';
const WASM = 'ocapn_wasm_bg.wasm';

/**
 * For wasm-opt. The compiler has inlined what is worth it. What is tiny goes into its only caller: the engine compiles each function
 * when it is first called, and every one takes time of its own. More of that leaves functions so large that brotli finds less to share.
 */
const OPTIMISE = [
  ...['-O3', '--converge'],
  ...['--one-caller-inline-max-function-size=40', '--always-inline-max-function-size=4'],
  ...['--flexible-inline-max-function-size=0'],
  ...['--strip-producers', '--strip-target-features'],
];

/** The files of pkg/ that the build makes. */
export const PKG = ['ocapn_wasm.js', 'ocapn_wasm.d.ts', WASM, `${WASM}.d.ts`].map(
  name => `pkg/${name}`,
);

/**
 * @param {string} messages what cargo printed, one JSON object a line
 * @returns {string} the path of the wasm file that it made
 */
const wasmArtifact = messages => {
  for (const line of messages.split('\n')) {
    if (!line.includes('"compiler-artifact"')) continue;
    /** @type {{ filenames: string[], target: { name: string } }} */
    const { filenames, target } = JSON.parse(line);
    const wasm = filenames.find(name => name.endsWith('.wasm'));
    if (target.name === 'ocapn_wasm' && wasm) return wasm;
  }
  throw new UserError('cargo made no wasm file for the library ocapn_wasm.');
};

/**
 * Panics name the files of dependencies, and of the standard library where its source is installed. Without this they would name
 * the folders of whoever built the package.
 *
 * @returns {Promise<string[]>} arguments for cargo, besides what .cargo/config.toml has
 */
const withoutFolders = async () => {
  // So that the folder of the registry is there.
  await runOrFail('cargo', ['fetch', '--locked', '--target', WASM_TARGET]);
  const sysroot = await runOrFail('rustc', ['--print', 'sysroot'], { stdout: 'keep' });
  const sources = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry', 'src');
  const registries = existsSync(sources) ? readdirSync(sources) : [];
  const folders = [...registries.map(name => join(sources, name)), join(sysroot.trim(), 'lib/rustlib/src/rust')];
  const flags = folders.map(folder => `--remap-path-prefix=${folder}/=`);
  return ['--config', `target.${WASM_TARGET}.rustflags=${JSON.stringify(flags)}`];
};

/** The core, compiled to wasm in its profile. */
export const coreWasm = fileStep({
  name: 'core to wasm (cargo)',
  inputs: ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', '.cargo/config.toml', 'scripts/lib/wasm.mjs', 'src', 'codec'],
  outputs: [CORE],
  run: async () => {
    const messages = await runOrFail(
      'cargo',
      [
        ...['build', '--locked', '--profile', 'wasm', '--lib', '--package', 'ocapn-wasm'],
        ...['--target', WASM_TARGET, '--message-format', 'json-render-diagnostics'],
        ...(await withoutFolders()),
      ],
      { stdout: 'keep' },
    );
    mkdirSync(fromRoot('build'), { recursive: true });
    copyFileSync(wasmArtifact(messages), fromRoot(CORE));
  },
});

/** pkg/: bindings for JavaScript by our xtask, then the optimiser; put in place when all is made. */
export const pkg = fileStep({
  name: 'pkg/ (wasm-bindgen, wasm-opt)',
  inputs: [CORE, 'xtask', 'scripts/lib/wasm.mjs', 'node_modules/binaryen/package.json'],
  outputs: PKG,
  run: async () => {
    rmSync(fromRoot(GLUE), { recursive: true, force: true });
    await runOrFail('cargo', [
      ...['run', '--locked', '--profile', 'tools', '--package', 'xtask'],
      ...['--', 'bindgen', CORE, GLUE],
    ]);
    const optimised = fromRoot(GLUE, 'optimised.wasm');
    await runOrFail(process.execPath, [
      fromRoot('node_modules/binaryen/bin/wasm-opt'),
      ...OPTIMISE,
      fromRoot(GLUE, WASM),
      '-o',
      optimised,
    ]);
    renameSync(optimised, fromRoot(GLUE, WASM));
    for (const file of filesIn(GLUE)) {
      renameSync(fromRoot(file), fromRoot('pkg', file.slice(GLUE.length)));
    }
  },
});
