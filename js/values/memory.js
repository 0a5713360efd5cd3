// @ts-check

/**
 * The core's memory as JavaScript sees it.
 *
 * The core keeps the addresses of its buffers in a header of 16 words that never moves. The buffers do move, and the
 * memory is replaced when it grows: whoever keeps a view calls {@link CoreMemory.refresh} before using it again.
 */

/** Words of the header. */
export const OUT_PTR = 0;
export const OUT_LEN = 1;
export const IN_PTR = 2;
export const IN_CAP = 3;
export const SCRATCH_PTR = 4;
export const SCRATCH_CAP = 5;
export const BYTES_PTR = 6;
export const ERROR_CODE = 7;
export const SIDE_PTR = 8;
export const PANICKED = 9;

/** All that a value can be written to once the core is gone; more asks the core, who says so. */
const NOWHERE = 4096;

/**
 * A `WebAssembly.Memory`, also where the types of the DOM are not known.
 *
 * @typedef {{ readonly buffer: ArrayBuffer }} WasmMemory
 */

/**
 * @typedef {object} Latin1Source Node's `Buffer`: the fastest way to a string of 13 bytes and more
 * @property {(encoding: 'latin1', start: number, end: number) => string} toString
 */

/** @type {{ from(buffer: ArrayBuffer): Latin1Source } | undefined} */
const NodeBuffer = /** @type {any} */ (globalThis).process?.versions?.node
  ? /** @type {any} */ (globalThis).Buffer
  : undefined;

export class CoreMemory {
  #memory;
  #header;
  #growScratch;

  /**
   * @param {object} core
   * @param {WasmMemory} core.memory
   * @param {number} core.headerAddress what `header_ptr()` returns
   * @param {(min: number) => void} core.growScratch `grow_scratch`: makes the scratch buffer at least so many bytes
   *   long and keeps what is in it
   */
  constructor({ memory, headerAddress, growScratch }) {
    this.#memory = memory;
    this.#header = headerAddress;
    this.#growScratch = growScratch;
    /** What was last written into the scratch buffer, perhaps not to its end. @type {import('./tape.js').Tape | undefined} */
    this.tape = undefined;
    /** The memory's buffer. Its bytes stand until the core is entered again. */
    this.buffer = memory.buffer;
    this.u8 = new Uint8Array(memory.buffer);
    this.view = new DataView(memory.buffer);
    this.latin1 = NodeBuffer?.from(memory.buffer);
  }

  /**
   * Makes new views when the memory has grown since the last call. A memory that grew has detached its old buffer,
   * and an empty view tells so without a call.
   */
  refresh() {
    if (this.u8.length === 0) {
      const { buffer } = this.#memory;
      this.buffer = buffer;
      this.u8 = new Uint8Array(buffer);
      this.view = new DataView(buffer);
      this.latin1 = NodeBuffer?.from(buffer);
    }
  }

  /**
   * @param {number} index one of the words above
   * @returns {number}
   */
  header(index) {
    return this.view.getUint32(this.#header + 4 * index, true);
  }

  /** The core is gone, and its memory another's: from now on what is written goes nowhere. */
  close() {
    const buffer = new ArrayBuffer(NOWHERE);
    this.#memory = { buffer };
    this.#header = 0;
    this.u8 = new Uint8Array();
    this.refresh();
    const start = 4 * (PANICKED + 1);
    this.view.setUint32(4 * SCRATCH_PTR, start, true);
    this.view.setUint32(4 * SCRATCH_CAP, NOWHERE - start, true);
  }

  /**
   * Makes the scratch buffer longer, and keeps what is in it.
   *
   * @param {number} min bytes
   */
  growScratch(min) {
    this.tape?.lose();
    this.#growScratch(min);
    this.refresh();
  }

  /**
   * Puts bytes at the start of the scratch buffer, for the core to read at once. A tape that is being written there keeps
   * what they cover, and is whole again before it goes on.
   *
   * @param {Uint8Array} bytes
   */
  setScratch(bytes) {
    this.tape?.giveWay(bytes.length);
    this.refresh();
    if (this.header(SCRATCH_CAP) < bytes.length) this.growScratch(bytes.length);
    this.u8.set(bytes, this.header(SCRATCH_PTR));
  }
}
