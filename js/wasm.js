// @ts-check

import { setValueCodec } from './baggage/value-codec.js';
import { endModule } from './entrance.js';
import { makeError } from './errors.js';

/**
 * The compiled core, once a host has loaded it. One instance serves every client of the process, so one trap ends them all.
 *
 * @import { RawCore } from './core-types.js'
 * @import { ValueCodec } from './baggage/value-codec.js'
 * @import { MessageCodec } from './debug/messages.js'
 * @import { Sealing } from './sealing.js'
 * @import { Signing } from './signing.js'
 * @import { WasmMemory } from './values/memory.js'
 */

/**
 * The codes of the core's errors.
 *
 * @typedef {object} ErrorTable
 * @property {(number: number) => { code: string, text: string }} byNumber
 * @property {(code: string) => string} textOf what a code means
 */

/**
 * @typedef {object} WasmModule
 * @property {WasmMemory} memory
 * @property {new (...args: any[]) => RawCore} CoreClient
 * @property {ErrorTable} errors
 * @property {ValueCodec} codec for values that are data alone
 * @property {Signing} signing
 * @property {MessageCodec} messages for debugging
 * @property {Sealing} sealing
 * @property {RecordReader} records
 */

/**
 * @typedef {object} ErrorRow
 * @property {number} number
 * @property {string} code
 * @property {string} text
 */

/**
 * @param {string} table what the core's `error_table()` gives
 * @returns {ErrorRow[]}
 */
export const readErrorRows = table =>
  table
    .trimEnd()
    .split('\n')
    .map(line => {
      const [number, code = '', text = ''] = line.split('\t');
      return { number: Number(number), code, text };
    });

/**
 * @param {ErrorRow[]} rows
 * @returns {ErrorTable}
 */
export const makeErrorTable = rows => {
  const numbers = new Map(rows.map(row => [row.number, row]));
  const codes = new Map(rows.map(row => [row.code, row.text]));
  return {
    byNumber: number =>
      numbers.get(number) ?? { code: 'INTERNAL_ERROR', text: `The core failed with an unknown error, ${number}.` },
    textOf: code => codes.get(code) ?? code,
  };
};

/**
 * @typedef {object} RecordReader
 * @property {(key: string, bytes: Uint8Array) => Uint8Array | undefined} read what is in a record of the core, without secrets,
 *   as an encoded list: its kind, then names and values in turn; of one that cannot be used its error's code, and why
 */

/** @type {WasmModule | undefined} */
let loaded;

// A host without wasm hears of it from init().
const { RuntimeError } = globalThis.WebAssembly ?? {};

/**
 * A trap outside a client ends the module, as one in a client's core does.
 *
 * @template {Record<string, (...args: any[]) => unknown>} T
 * @param {WasmModule} module
 * @param {T} functions
 * @returns {T}
 */
const guard = (module, functions) => {
  const guarded = Object.entries(functions).map(([name, run]) => [
    name,
    (/** @type {unknown[]} */ ...args) => {
      try {
        return run(...args);
      } catch (error) {
        throw error instanceof RuntimeError ? endModule(module, error) : error;
      }
    },
  ]);
  return Object.fromEntries(guarded);
};

/**
 * Says which module clients and baggages use.
 *
 * @param {WasmModule} module
 */
export const useWasm = module => {
  loaded = { ...module };
  loaded.codec = guard(loaded, module.codec);
  loaded.signing = guard(loaded, module.signing);
  loaded.messages = guard(loaded, module.messages);
  loaded.sealing = guard(loaded, module.sealing);
  loaded.records = guard(loaded, module.records);
  setValueCodec(loaded.codec);
};

/** Whether there is one. */
export const isWasmLoaded = () => loaded !== undefined;

/**
 * @returns {WasmModule}
 * @throws {import('./errors.js').CodedError} `API_MISUSE` when no module is loaded yet
 */
export const requireWasm = () => {
  if (loaded === undefined) {
    throw makeError('API_MISUSE', 'The wasm module is not loaded yet: await init() first.');
  }
  return loaded;
};
