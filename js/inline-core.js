// @ts-check

import text from '../pkg/ocapn_wasm_inline.js';

/**
 * The core out of the text that the build makes of it: gzip, in base64. Packed before it is text, it has less than half
 * the size where nothing compresses on the way, and no more where something does.
 */

/** @returns {Promise<ArrayBuffer>} the wasm file */
export const inlineCore = async () => {
  const packed = atob(text);
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i += 1) {
    bytes[i] = packed.charCodeAt(i);
  }
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
};
