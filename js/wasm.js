// @ts-check

import { setValueCodec } from './baggage/value-codec.js';
import { endModule } from './entrance.js';
import { makeError } from './errors.js';

/**
 * The compiled core, once a host has loaded it. One instance serves every client of the process, so one trap ends them all.
 *
 * @import { RawCore } from './core-types.js'
 * @import { ValueCodec } from './baggage/value-codec.js'
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
 * @property {WebAssembly.Memory} memory
 * @property {new (...args: any[]) => RawCore} CoreClient
 * @property {ErrorTable} errors
 * @property {ValueCodec} codec for values that are data alone
 */

/**
 * @param {Array<{ number: number, code: string, text: string }>} rows what the core's `error_table()` gives
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

/** @type {WasmModule | undefined} */
let loaded;

const { RuntimeError } = globalThis.WebAssembly;

/**
 * A trap in the codec ends the module, as one in a client's core does.
 *
 * @param {WasmModule} module
 * @returns {ValueCodec}
 */
const guard = module => {
  /**
   * @template {unknown[]} A
   * @template R
   * @param {(...args: A) => R} run
   * @returns {(...args: A) => R}
   */
  const guarded =
    run =>
    (...args) => {
      try {
        return run(...args);
      } catch (error) {
        throw error instanceof RuntimeError ? endModule(module, error) : error;
      }
    };
  const { encodeValue, decodeValue, sha256 } = module.codec;
  return { encodeValue: guarded(encodeValue), decodeValue: guarded(decodeValue), sha256: guarded(sha256) };
};

/**
 * Says which module clients and baggages use.
 *
 * @param {WasmModule} module
 */
export const useWasm = module => {
  loaded = { ...module, codec: module.codec };
  loaded.codec = guard(loaded);
  setValueCodec(loaded.codec);
};

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
