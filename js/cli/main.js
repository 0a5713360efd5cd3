#!/usr/bin/env node
// @ts-check

/**
 * The command `ocapn-wasm`.
 */

import '../shims.js';
import '../wasm-node.js';

import { codeOf } from '../errors.js';
import { inspect, USAGE } from './inspect.js';
import { printable } from './table.js';

const [command, ...args] = process.argv.slice(2);

/** @returns {{ output: string, error?: string, code: number }} */
const run = () => {
  if (command === '--help' || command === 'help' || args.includes('--help')) return { output: USAGE, code: 0 };
  if (command !== 'inspect') return { output: '', error: USAGE, code: 2 };
  try {
    return inspect(args);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { output: '', error: `${codeOf(error) ?? 'ERROR'}: ${printable(message)}\n`, code: 2 };
  }
};

const { output, error = '', code } = run();
process.stderr.write(error);
process.stdout.write(output);
process.exitCode = code;
