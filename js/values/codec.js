// @ts-check

import harden from '@endo/harden';
import { makeError } from '../errors.js';
import { incomingSturdyRef, outgoingSturdyRef } from '../sturdyref.js';
import { BYTES_PTR, CoreMemory, IN_CAP, IN_PTR, OUT_PTR } from './memory.js';
import { ValueReader } from './reader.js';
import { ValueWriter } from './writer.js';

/**
 * What wasm-bindgen makes. Its own declarations name types that not every host has.
 *
 * @typedef {object} CoreCodec
 * @property {() => number} header_ptr
 * @property {(min: number) => void} grow_scratch
 * @property {(min: number) => void} grow_input
 * @property {(length: number) => number} encode
 * @property {(length: number) => number} decode
 * @property {() => string} failure_code
 * @property {() => string} failure_text
 */

/** A buffer that grows gets this much more, so that the next value that is a little larger fits. */
const SPARE = 4096;

const refuse = () => {
  throw makeError('NOT_PASSABLE', 'A reference cannot be stored as data: describe it.');
};

/**
 * Values that are data alone, as bytes: for descriptions, and for what an application keeps in its baggage. The bytes
 * are canonical Syrup; -0 is kept. A sturdyref is data: what it names is in the bytes.
 *
 * @typedef {object} ValueCodec
 * @property {(value: unknown, name?: string) => Uint8Array} encodeValue the caller's own bytes. Throws `NOT_PASSABLE`
 *   (also for references), `LIMIT_EXCEEDED`; `name` is what an error calls the value.
 * @property {(bytes: Uint8Array) => unknown} decodeValue a hardened value. Throws `MALFORMED_MESSAGE`,
 *   `NOT_PASSABLE`, `LIMIT_EXCEEDED`.
 */

/**
 * @param {CoreCodec} core an object of the wasm module; never harden it
 * @param {import('./memory.js').WasmMemory} memory
 * @returns {ValueCodec}
 */
export const makeValueCodec = (core, memory) => {
  const view = new CoreMemory({
    memory,
    headerAddress: core.header_ptr(),
    growScratch: min => core.grow_scratch(min),
  });
  const references = { find: () => undefined, slotOf: refuse, sturdyRefOf: outgoingSturdyRef };
  const writer = new ValueWriter(view, references, {}, 'encoded');
  const reader = new ValueReader(
    view,
    { reference: refuse, sturdyRef: incomingSturdyRef, handoff: refuse, refused: refuse },
    // What is read here was written here.
    { symbols: { of: name => Symbol.for(name) } },
  );

  const failure = () => makeError(core.failure_code(), `Not a value: ${core.failure_text()}.`);

  return harden({
    encodeValue: (value, name) => {
      const length = core.encode(writer.write(value, name));
      if (length === 0) throw failure();
      view.refresh();
      const start = view.header(BYTES_PTR);
      return view.u8.slice(start, start + length);
    },

    decodeValue: bytes => {
      view.refresh();
      if (bytes.length > view.header(IN_CAP)) {
        core.grow_input(bytes.length + SPARE);
        view.refresh();
      }
      view.u8.set(bytes, view.header(IN_PTR));
      if (core.decode(bytes.length) === 0) throw failure();
      view.refresh();
      reader.start(view.header(OUT_PTR), view.header(IN_PTR));
      return reader.value();
    },
  });
};
harden(makeValueCodec);
