// @ts-check
import harden from '@endo/harden';
import { passStyleOf } from '@endo/pass-style';

import { makeValueCodec } from '../../js/values/codec.js';
import { BYTES_PTR, CoreMemory, IN_PTR, OUT_PTR } from '../../js/values/memory.js';
import { ValueReader } from '../../js/values/reader.js';
import { ValueWriter } from '../../js/values/writer.js';

const none = () => {
  throw Error('no reference');
};

/**
 * @param {import('../../pkg/ocapn_wasm.js').ValueCodec} core
 * @param {WebAssembly.Memory} memory
 */
const makeParts = (core, memory) => {
  const view = new CoreMemory({
    memory,
    headerAddress: core.header_ptr(),
    growScratch: min => core.grow_scratch(min),
  });
  const outgoing = { find: () => undefined, slotOf: none, sturdyRefOf: () => undefined };
  const writer = new ValueWriter(view, outgoing, {}, 'encoded');
  const references = { reference: none, sturdyRef: none, handoff: none, refused: none };
  const freezing = new ValueReader(view, references);
  const loose = new ValueReader(view, references, { freeze: value => value });
  /** @param {ValueReader} reader */
  const read = reader => {
    reader.start(view.header(OUT_PTR), view.header(IN_PTR));
    return reader.value();
  };
  return { view, writer, freezing: () => read(freezing), loose: () => read(loose) };
};

/**
 * @param {typeof import('../../pkg/ocapn_wasm.js').ValueCodec} Core
 * @param {WebAssembly.Memory} memory
 * @param {import('./samples.js').Sample} sample
 * @returns {{ size: number, encode: Record<string, () => unknown>, decode: Record<string, () => unknown> }}
 */
export const makeVariants = (Core, memory, { make, like }) => {
  const value = harden(make());
  const json = JSON.stringify(like());
  const likeValue = like();
  const core = new Core();
  const codec = makeValueCodec(new Core(), memory);
  const bytes = codec.encodeValue(value);
  const { view, writer, freezing, loose } = makeParts(core, memory);
  core.grow_input(bytes.length);
  view.refresh();
  const decode = () => {
    view.u8.set(bytes, view.header(IN_PTR));
    core.decode(bytes.length);
    view.refresh();
  };
  return {
    size: bytes.length,
    encode: {
      'JS writes the tape': () => writer.write(value),
      '+ the core makes Syrup of it': () => core.encode(writer.write(value)),
      '+ bytes copied out': () => {
        const length = core.encode(writer.write(value));
        view.refresh();
        const start = view.header(BYTES_PTR);
        return view.u8.slice(start, start + length);
      },
      'JSON.stringify of the like': () => JSON.stringify(likeValue),
      'make one': make,
      'make one, harden, passStyleOf': () => passStyleOf(/** @type {any} */ (harden(make()))),
    },
    decode: {
      'the core makes words': decode,
      '+ JS makes values, not frozen': () => {
        decode();
        return loose();
      },
      '+ JS makes values, frozen each': () => {
        decode();
        return freezing();
      },
      '+ JS makes values, hardened at the root': () => {
        decode();
        return harden(loose());
      },
      'JSON.parse of the like': () => JSON.parse(json),
      'JSON.parse of the like, hardened': () => harden(JSON.parse(json)),
    },
  };
};
