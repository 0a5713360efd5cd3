// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { UserError } from './log.mjs';
import { fromRoot } from './paths.mjs';
import { ask, runOrFail } from './run.mjs';
import { isAtLeast } from './versions.mjs';

export const WASM_TARGET = 'wasm32-unknown-unknown';

const INSTALL = 'Install it with rustup (https://rustup.rs), then run this again.';

/** What must be there beside rustc, where in its folder it is, and how rustup adds it. */
const PARTS = [
  { path: `lib/rustlib/${WASM_TARGET}/lib`, add: ['target', 'add', WASM_TARGET] },
  { path: 'bin/cargo-clippy', add: ['component', 'add', 'clippy'] },
  { path: 'bin/rustfmt', add: ['component', 'add', 'rustfmt'] },
];

/** @returns {string | undefined} the folder of the toolchain that this repository uses */
const sysroot = () => ask('rustc', ['--print', 'sysroot']);

/** @param {string} root */
const missingParts = root =>
  PARTS.filter(({ path }) => !existsSync(join(root, path)) && !existsSync(join(root, `${path}.exe`)));

/** @returns {string} what Cargo.toml asks for */
const leastVersion = () =>
  readFileSync(fromRoot('Cargo.toml'), 'utf8').match(/^rust-version = "(.+)"/m)?.[1] ?? '1';

/** @returns {string | undefined} what `rustc --version` says; undefined when there is no rustc */
const version = () => ask('rustc', ['--version']);

const requireVersion = () => {
  const found = version();
  if (found === undefined) throw new UserError(`Rust is missing. ${INSTALL}`);
  if (!isAtLeast(found, leastVersion())) {
    throw new UserError(`Rust ${leastVersion()} or later is needed; this is '${found}'. ${INSTALL}`);
  }
};

/**
 * The Rust toolchain of rust-toolchain.toml with the wasm target, clippy and rustfmt. rustup may
 * have been told not to install by itself, so each is asked for.
 *
 * @type {import('./steps.mjs').Step}
 */
export const rustToolchain = {
  name: 'Rust toolchain and wasm target (rustup)',
  isCurrent: () => {
    const root = sysroot();
    if (root === undefined || missingParts(root).length > 0) return false;
    return isAtLeast(version() ?? '0', leastVersion());
  },
  run: async () => {
    const hasRustup = ask('rustup', ['--version']) !== undefined;
    if (sysroot() === undefined && hasRustup) {
      await runOrFail('rustup', ['toolchain', 'install', '--no-self-update']);
    }
    requireVersion();
    for (const { path, add } of missingParts(sysroot() ?? '')) {
      if (!hasRustup) {
        throw new UserError(`This Rust has no ${path}, and there is no rustup to add it. ${INSTALL}`);
      }
      await runOrFail('rustup', add);
    }
  },
};
