// @ts-check
import 'ses/assert-shim.js';
import '@endo/eventual-send/shim.js';
import '@endo/immutable-arraybuffer/shim.js';
import { readFileSync } from 'node:fs';

import { makeValueCodec } from '../../../js/values/codec.js';
import { CoreMemory, SCRATCH_CAP, SCRATCH_PTR } from '../../../js/values/memory.js';
import { ValueCodec, initSync } from '../../../pkg/ocapn_wasm.js';

const wasm = new URL('../../../pkg/ocapn_wasm_bg.wasm', import.meta.url);
export const { memory } = initSync({ module: readFileSync(wasm) });

/** A codec with buffers of its own. */
export const makeCodec = () => makeValueCodec(new ValueCodec(), memory);

/**
 * A memory with a header and a scratch buffer and no core: to look at a tape, and to read words made by hand. Growing
 * moves the scratch buffer and replaces the memory's buffer.
 */
export const makeBareCore = () => {
  const bare = new WebAssembly.Memory({ initial: 1 });
  /** @param {number} index @param {number} value */
  const set = (index, value) => new DataView(bare.buffer).setUint32(4 * index, value, true);
  set(SCRATCH_PTR, 64);
  set(SCRATCH_CAP, 128);
  const core = new CoreMemory({
    memory: bare,
    headerAddress: 0,
    growScratch: min => {
      const old = new DataView(bare.buffer);
      const from = old.getUint32(4 * SCRATCH_PTR, true);
      const kept = new Uint8Array(bare.buffer).slice(from, from + old.getUint32(4 * SCRATCH_CAP, true));
      const to = bare.grow(Math.ceil(min / 65536)) * 65536;
      new Uint8Array(bare.buffer).set(kept, to);
      set(SCRATCH_PTR, to);
      set(SCRATCH_CAP, min);
    },
  });
  return { core, memory: bare };
};
