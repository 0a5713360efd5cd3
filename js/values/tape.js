// @ts-check

import { makeError } from '../errors.js';
import { isWellFormed } from '../well-formed.js';
import { SCRATCH_CAP, SCRATCH_PTR } from './memory.js';

/**
 * Strings up to this long are written character by character, longer ones by the engine. Measured: a character costs
 * 3 to 4 ns, `encodeInto` with its view 80 to 100.
 */
const SHORT = 24;

/** A UTF-16 code unit takes at most so many bytes of UTF-8. */
const MAX_UTF8 = 3;

const encoder = new TextEncoder();

/**
 * A cursor that writes the items of an outgoing value tape into the core's scratch buffer, and makes it longer as
 * needed. All stores go through a DataView: element stores of typed arrays are fifty times slower under lockdown.
 *
 * Code of the application may run between two items: it may make the buffer move, or the memory grow, or use the buffer for
 * something else. Then there is no room, as far as the cursor knows, and whatever is written next finds the buffer again.
 */
export class Tape {
  #core;
  #maxBytes;
  #buffer;
  #start = 0;

  /** The tape's first bytes, while something else has their place. @type {Uint8Array | undefined} */
  #kept = undefined;

  /**
   * @param {import('./memory.js').CoreMemory} core
   * @param {number} maxBytes the longest tape
   */
  constructor(core, maxBytes) {
    this.#core = core;
    this.#maxBytes = maxBytes;
    this.#buffer = core.buffer;
    /** Bytes of the scratch buffer, and of it alone. */
    this.u8 = core.u8;
    this.view = core.view;
    this.pos = 0;
    this.room = 0;
  }

  /** Starts a tape at the beginning of the scratch buffer. */
  begin() {
    this.#core.tape = this;
    this.#kept = undefined;
    this.pos = 0;
    this.#find();
  }

  /**
   * All of it is in the buffer, for the core to read before anything else happens.
   *
   * @returns {number} its length in bytes
   */
  end() {
    if (this.room === 0) this.#find();
    const { pos } = this;
    this.pos = 0;
    return pos;
  }

  /** The buffer is about to move. */
  lose() {
    this.room = 0;
  }

  /** Code ran that may have made the memory grow. */
  check() {
    if (this.u8.length === 0) this.room = 0;
  }

  /**
   * Something else is about to be put at the beginning of the buffer.
   *
   * @param {number} bytes so many
   */
  giveWay(bytes) {
    const covered = Math.min(bytes, this.pos);
    if (covered > (this.#kept?.length ?? 0)) {
      const core = this.#core;
      core.refresh();
      const start = core.header(SCRATCH_PTR);
      const kept = core.u8.slice(start, start + covered);
      if (this.#kept !== undefined) kept.set(this.#kept);
      this.#kept = kept;
    }
    this.room = 0;
  }

  #find() {
    const core = this.#core;
    core.refresh();
    const { buffer } = core;
    const start = core.header(SCRATCH_PTR);
    const length = core.header(SCRATCH_CAP);
    if (buffer !== this.#buffer || start !== this.#start || length !== this.room) {
      this.#buffer = buffer;
      this.#start = start;
      this.u8 = new Uint8Array(buffer, start, length);
      this.view = new DataView(buffer, start, length);
      this.room = length;
    }
    if (this.#kept !== undefined) {
      this.u8.set(this.#kept);
      this.#kept = undefined;
    }
  }

  /**
   * Makes room at the cursor. The buffer may move.
   *
   * @param {number} bytes
   */
  reserve(bytes) {
    if (this.pos + bytes > this.room) this.#makeRoom(bytes);
  }

  /** @param {number} bytes */
  #makeRoom(bytes) {
    if (this.room === 0) this.#find();
    const needed = this.pos + bytes;
    if (needed <= this.room) return;
    if (needed > this.#maxBytes) {
      throw makeError(
        'LIMIT_EXCEEDED',
        `The value takes more than ${this.#maxBytes} bytes. Send it in parts, or raise the limit of a message.`,
      );
    }
    this.#core.growScratch(Math.min(Math.max(needed, 2 * this.room), this.#maxBytes));
    this.#find();
  }

  /** @param {number} tag an item without more */
  tag(tag) {
    this.reserve(4);
    this.view.setUint32(this.pos, tag, true);
    this.pos += 4;
  }

  /**
   * @param {number} tag
   * @param {number} word a count or a handle
   */
  tagAndWord(tag, word) {
    this.reserve(8);
    const { view, pos } = this;
    view.setUint32(pos, tag, true);
    view.setUint32(pos + 4, word, true);
    this.pos = pos + 8;
  }

  /**
   * @param {number} tag
   * @param {bigint} value within 64 bits, signed
   */
  int64(tag, value) {
    this.reserve(12);
    const { view, pos } = this;
    view.setUint32(pos, tag, true);
    view.setBigInt64(pos + 4, value, true);
    this.pos = pos + 12;
  }

  /**
   * @param {number} tag
   * @param {number} value
   */
  float64(tag, value) {
    this.reserve(12);
    const { view, pos } = this;
    view.setUint32(pos, tag, true);
    view.setFloat64(pos + 4, value, true);
    this.pos = pos + 12;
  }

  /**
   * Length, UTF-8 and padding. No tag.
   *
   * @param {string} text
   * @returns {boolean} false when it holds a lone surrogate, which was written as U+FFFD
   */
  text(text) {
    const { length } = text;
    if (length > SHORT) return this.#longText(text);
    this.reserve(4 + SHORT);
    const { view, pos } = this;
    let bits = 0;
    for (let i = 0; i < length; i += 1) {
      const unit = text.charCodeAt(i);
      bits |= unit;
      view.setUint8(pos + 4 + i, unit);
    }
    if (bits > 0x7f) return this.#longText(text);
    view.setUint32(pos, length, true);
    this.pos = pos + 4 + ((length + 3) & ~3);
    return true;
  }

  /**
   * @param {string} text
   * @returns {boolean}
   */
  #longText(text) {
    const { length } = text;
    this.reserve(length + 8);
    let done = this.#encode(text);
    if (done.read < length) {
      this.reserve(length * MAX_UTF8 + 8);
      done = this.#encode(text);
    }
    const { written } = done;
    this.reserve(written + 8);
    this.view.setUint32(this.pos, written, true);
    this.pos += 4 + ((written + 3) & ~3);
    return written === length || isWellFormed(text);
  }

  /**
   * @param {string} text for after its length, as much as fits
   */
  #encode(text) {
    return encoder.encodeInto(text, this.u8.subarray(this.pos + 4));
  }

  /**
   * Words that were put together before.
   *
   * @param {Int32Array} words
   */
  words(words) {
    const { length } = words;
    this.reserve(4 * length);
    const { view, pos } = this;
    for (let i = 0; i < length; i += 1) view.setInt32(pos + 4 * i, /** @type {number} */ (words[i]), true);
    this.pos = pos + 4 * length;
  }

  /**
   * Length, bytes and padding. No tag.
   *
   * @param {Uint8Array} bytes
   */
  bytes(bytes) {
    const { length } = bytes;
    this.reserve(length + 8);
    this.view.setUint32(this.pos, length, true);
    this.u8.set(bytes, this.pos + 4);
    this.pos += 4 + ((length + 3) & ~3);
  }
}
