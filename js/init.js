// @ts-check

import harden from '@endo/harden';
import * as bindings from '../pkg/ocapn_wasm.js';
import { codeOf, makeError } from './errors.js';
import { useRandom } from './random.js';
import { makeSealing } from './sealing.js';
import { makeSigning } from './signing.js';
import { makeValueCodec } from './values/codec.js';
import { isWasmLoaded, makeErrorTable, readErrorRows, useWasm } from './wasm.js';

/**
 * How the core gets ready. Importing does nothing to a host: it is `init()` that loads, compiles, and draws on what the host
 * has.
 */

/**
 * The core, in whatever form a host has it: a `WebAssembly.Module`, bytes, a `Response` to stream from, or the address of one
 * to fetch, a string or a `URL`. (The types of these are not named, since not every host has them.)
 *
 * @typedef {object | string} CoreSource
 */

/**
 * What `init` can be told.
 *
 * @typedef {object} InitOptions
 * @property {CoreSource | PromiseLike<CoreSource>} [module] the core, `ocapn-wasm/core.wasm` of this very version, instead of
 *   what the entry would load
 * @property {(length: number) => Uint8Array} [random] the host's source of randomness, fit for keys, for all clients and
 *   netlayers that are not given one of their own
 */

/**
 * Loads the core. It may be called again, and by several at once: they wait for the same one.
 *
 * @typedef {(options?: InitOptions) => Promise<void>} Init
 */

/** What the core was loaded from, or is being loaded. @type {{ module: unknown, done: Promise<void> } | undefined} */
let first;

/** @param {import('./values/memory.js').WasmMemory} memory of the instance that the bindings have */
const ready = memory => {
  useWasm({
    memory,
    CoreClient: bindings.CoreClient,
    errors: makeErrorTable(readErrorRows(bindings.error_table())),
    codec: { ...makeValueCodec(new bindings.ValueCodec(), memory), sha256: bindings.sha256 },
    signing: makeSigning(bindings),
    messages: { show: bindings.show_messages, writeRelease: bindings.write_release },
    sealing: makeSealing(bindings),
    records: { read: bindings.read_record },
  });
};

/**
 * @param {unknown} cause
 */
const failed = cause => {
  const why = cause instanceof Error ? cause.message : String(cause);
  return makeError(
    'WASM_FAILED',
    `The core could not be loaded (${why}). Call init() again, or pass it the core in another way: init({ module }).`,
    { cause },
  );
};

/**
 * Loads the core at once, in a host that reads files so. `init()` resolves from then on.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
export const initAtOnce = bytes => {
  if (!isWasmLoaded()) {
    ready(bindings.initSync({ module: bytes }).memory);
  }
};

/** @param {() => CoreSource | Promise<CoreSource>} getSource */
const load = async getSource => {
  try {
    const { memory } = await bindings.default({ module_or_path: await getSource() });
    ready(memory);
  } catch (cause) {
    first = undefined;
    throw codeOf(cause) === 'API_MISUSE' ? cause : failed(cause);
  }
};

/**
 * Makes the `init` of an entry.
 *
 * @param {() => CoreSource | Promise<CoreSource>} getSource what this entry loads
 * @returns {Init}
 */
export const makeInit = getSource => {
  /** @type {Init} */
  const init = async ({ module, random } = {}) => {
    if (random !== undefined) {
      useRandom(random);
    }
    if (first === undefined && isWasmLoaded()) {
      first = { module: undefined, done: Promise.resolve() };
    }
    if (first === undefined) {
      const source = module === undefined ? getSource : async () => module;
      first = { module, done: load(source) };
    } else if (module !== undefined && module !== first.module) {
      throw makeError('API_MISUSE', 'The core is loaded already, from elsewhere: pass init({ module }) before anything calls init().');
    }
    await first.done;
  };
  return harden(init);
};
