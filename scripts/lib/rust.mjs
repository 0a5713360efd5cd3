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

const requireVersion = () => {
  const least = readFileSync(fromRoot('Cargo.toml'), 'utf8').match(/^rust-version = "(.+)"/m)?.[1];
  const version = ask('rustc', ['--version']);
  if (version === undefined) throw new UserError(`Rust is missing. ${INSTALL}`);
  if (least && !isAtLeast(version, least)) {
    throw new UserError(`Rust ${least} or later is needed; this is '${version}'. ${INSTALL}`);
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
    return root !== undefined && missingParts(root).length === 0;
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
