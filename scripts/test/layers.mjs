// @ts-check
import { fromRoot } from '../lib/paths.mjs';
import { WASM_TARGET } from '../lib/rust.mjs';
import { TSC } from '../lib/types.mjs';
import { browserTests } from './browser.mjs';
import { coreTests, toolTests } from './cargo.mjs';
import { ofNodeTest } from './counts.mjs';
import { check, runCounted } from './layer.mjs';
import { nodeTests } from './node.mjs';
import { packageTests } from './package.mjs';

const ESLINT = fromRoot('node_modules/eslint/bin/eslint.js');
const CLIPPY = ['clippy', '--locked', '--profile', 'tools'];
const STRICT = ['--', '--deny', 'warnings'];

/** @param {string} project */
const tsc = project => check(process.execPath, [TSC, '--noEmit', '--project', fromRoot(project)]);

/**
 * All layers, in the order in which they run. To add one is to add an entry.
 *
 * @type {import('./layer.mjs').Layer[]}
 */
export const LAYERS = [
  { name: 'cargo fmt', group: 'lint', run: check('cargo', ['fmt', '--all', '--check']) },
  {
    name: 'clippy, native',
    group: 'lint',
    run: check('cargo', [...CLIPPY, '--workspace', '--all-targets', ...STRICT]),
  },
  {
    name: 'clippy, wasm32',
    group: 'lint',
    run: check('cargo', [...CLIPPY, '--lib', '--target', WASM_TARGET, ...STRICT]),
  },
  { name: 'tsc, js/', group: 'lint', run: tsc('tsconfig.json') },
  { name: 'tsc, tests and scripts', group: 'lint', run: tsc('tsconfig.tests.json') },
  {
    name: 'eslint',
    group: 'lint',
    run: check(process.execPath, [ESLINT, '--max-warnings=0', '.']),
  },
  { name: 'Rust tests, core', group: 'rust', run: coreTests },
  { name: 'Rust tests, build tools', group: 'rust', run: toolTests },
  { name: 'Node tests', group: 'node', run: () => nodeTests('tests/node') },
  { name: 'browser tests', group: 'browser', run: () => browserTests() },
  { name: 'package, installed', group: 'package', run: packageTests },
  {
    name: '50 kills',
    group: 'crash',
    run: check(process.execPath, [fromRoot('tests/crash/run.mjs'), '--kills', '50']),
  },
  {
    name: 'work of fixed scripts',
    group: 'work',
    run: () => runCounted(process.execPath, [fromRoot('benches/work/check.mjs')], ofNodeTest),
  },
];
