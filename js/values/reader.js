// @ts-check

import harden from '@endo/harden';
import { makeTagged } from '@endo/pass-style';
import { makeError } from '../errors.js';
import { sliceToImmutable } from './bytes.js';
import {
  BIGINT,
  BYTES,
  ERROR,
  FALSE,
  FLOAT64,
  HANDOFF,
  INT32,
  INT64,
  LIST,
  LOCAL_DESCRIBED,
  NULL,
  REF,
  STRING,
  STRUCT,
  STURDYREF,
  SYMBOL,
  TAGGED,
  TRUE,
  UNDEFINED,
} from './tags.js';
import { Symbols } from './symbols.js';
import { Names, ascii, utf8 } from './text.js';

/** @import { SturdyRefDetails } from './writer.js' */

/**
 * @typedef {object} IncomingReferences how the face makes references of what the core says. Everything returned must
 *   be hardened. None of them may enter the core.
 * @property {(kind: number, handle: number, description: Uint8Array | undefined) => unknown} reference `kind` is one
 *   of the kinds of `tags.js`; for `BROKEN` the handle is the number of an error code; a description comes with
 *   `LOCAL_DESCRIBED` alone, and is a view that stands until the core is entered again
 * @property {(details: SturdyRefDetails) => unknown} sturdyRef
 * @property {(envelope: Uint8Array) => unknown} handoff gets a view that stands until the core is entered again
 * @property {() => unknown} refused what cannot be a value here
 */

const { defineProperty, freeze } = Object;
const objectPrototype = Object.prototype;

/**
 * Keys that a plain assignment would not make an own property of a record: it finds something in the prototype, that
 * may be read-only or have a setter. And `then`, which needs a look at its value.
 */
const unfitKeys = new Set([...Object.getOwnPropertyNames(objectPrototype), 'then']);

/**
 * @param {Record<string, unknown>} record
 * @param {string} key
 * @param {unknown} value
 */
const define = (record, key, value) => {
  defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
};

/**
 * Makes values of the words that the core has written for an incoming message.
 *
 * Every value is hardened. Each object is frozen when it is made: all that is in it was made here before it, or is
 * hardened, so the result is what `harden` would leave, at a thirtieth of its cost. (`harden` will walk it once if the
 * application asks for it; it cannot know.)
 */
export class ValueReader {
  #core;
  #references;
  #freeze;
  #symbols;
  #names = new Names(name => unfitKeys.has(name));
  /** Address of the next word. */
  #at = 0;
  /** Address of the message. */
  #text = 0;
  /** Address of the descriptions. */
  #side = 0;

  /**
   * @param {import('./memory.js').CoreMemory} core
   * @param {IncomingReferences} references
   * @param {object} [options]
   * @param {<T>(value: T) => T} [options.freeze] for measuring: what is done to each object
   * @param {{ of(name: string): symbol | undefined }} [options.symbols] gives none where there are too many
   */
  constructor(core, references, { freeze: freezeEach = freeze, symbols = new Symbols() } = {}) {
    this.#core = core;
    this.#symbols = symbols;
    this.#references = references;
    this.#freeze = freezeEach;
  }

  /**
   * Sets where to read. Call it after the core was entered, and before reading.
   *
   * @param {number} words address of the first word
   * @param {number} text address that the offsets of text and bytes count from
   * @param {number} [side] address that the offsets of descriptions count from
   */
  start(words, text, side = 0) {
    this.#core.refresh();
    this.#at = words;
    this.#text = text;
    this.#side = side;
  }

  /** The address of the next word. */
  get at() {
    return this.#at;
  }

  /**
   * Reads one value.
   *
   * @returns {unknown} hardened
   */
  value() {
    const { view } = this.#core;
    const at = this.#at;
    const tag = view.getUint32(at, true);
    switch (tag) {
      case UNDEFINED:
        this.#at = at + 4;
        return undefined;
      case NULL:
        this.#at = at + 4;
        return null;
      case FALSE:
      case TRUE:
        this.#at = at + 4;
        return tag === TRUE;
      case INT32:
        this.#at = at + 8;
        return BigInt(view.getInt32(at + 4, true));
      case INT64:
        this.#at = at + 12;
        return view.getBigInt64(at + 4, true);
      case FLOAT64:
        this.#at = at + 12;
        return view.getFloat64(at + 4, true);
      case STRING:
        this.#at = at + 4;
        return this.#string();
      case LIST:
        this.#at = at + 8;
        return this.#list(view.getUint32(at + 4, true));
      case STRUCT:
        this.#at = at + 8;
        return this.#struct(view.getUint32(at + 4, true));
      default:
        this.#at = at + 4;
        return this.#rare(tag);
    }
  }

  /**
   * Reads the argument list of a call to a method.
   *
   * @returns {{ method: string | undefined, args: unknown[] }} the name of the method, undefined when the first item
   *   is neither a symbol nor a string; and the other items. The list itself is not frozen.
   */
  methodCall() {
    const count = this.#listCount();
    const { view } = this.#core;
    const tag = count === 0 ? UNDEFINED : view.getUint32(this.#at, true);
    if (tag !== SYMBOL && tag !== STRING) return { method: undefined, args: this.#items(count) };
    this.#at += 4;
    const method = tag === SYMBOL ? this.#name() : this.#string();
    return { method, args: this.#items(count - 1) };
  }

  /**
   * Reads the argument list of a call to a function.
   *
   * @returns {unknown[]} not frozen itself
   */
  functionCall() {
    return this.#items(this.#listCount());
  }

  /** @returns {number} */
  #listCount() {
    if (this.#word() !== LIST) throw corrupt();
    return this.#word();
  }

  /** @returns {number} */
  #word() {
    const word = this.#core.view.getUint32(this.#at, true);
    this.#at += 4;
    return word;
  }

  /**
   * @param {number} count
   * @returns {unknown[]}
   */
  #list(count) {
    return this.#freeze(this.#items(count));
  }

  /**
   * Literals for short ones: under lockdown, storing to a new index is slow.
   *
   * @param {number} count
   * @returns {unknown[]}
   */
  #items(count) {
    switch (count) {
      case 0:
        return [];
      case 1:
        return [this.value()];
      case 2:
        return [this.value(), this.value()];
      case 3:
        return [this.value(), this.value(), this.value()];
      default: {
        const list = [this.value(), this.value(), this.value(), this.value()];
        for (let i = 4; i < count; i += 1) list.push(this.value());
        return list;
      }
    }
  }

  /**
   * @param {number} count
   * @returns {unknown} a record; what is refused for one that promises would take for one of them, which a peer can make with a
   *   function of ours
   */
  #struct(count) {
    /** @type {Record<string, unknown>} */
    const record = {};
    let isThenable = false;
    for (let i = 0; i < count; i += 1) {
      const core = this.#core;
      const at = this.#at;
      const start = this.#text + core.view.getUint32(at, true);
      const length = core.view.getUint32(at + 4, true);
      this.#at = at + 12;
      const known = this.#names.find(core, start, length);
      if (known !== undefined) {
        record[known] = this.value();
      } else {
        const key = utf8(core, start, length);
        const value = this.value();
        define(record, key, value);
        isThenable ||= key === 'then' && typeof value === 'function';
      }
    }
    return isThenable ? this.#references.refused() : this.#freeze(record);
  }

  /** @returns {string} */
  #string() {
    const core = this.#core;
    const { view } = core;
    const at = this.#at;
    this.#at = at + 12;
    const start = this.#text + view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    return view.getUint32(at + 8, true) === 0
      ? utf8(core, start, length)
      : ascii(core, start, length);
  }

  /** @returns {string} the name of a symbol, or the message of an error */
  #name() {
    const start = this.#text + this.#word();
    const length = this.#word();
    return this.#names.find(this.#core, start, length) ?? utf8(this.#core, start, length);
  }

  /**
   * A view of bytes of the message.
   *
   * @returns {Uint8Array}
   */
  #span() {
    const start = this.#text + this.#word();
    return this.#core.u8.subarray(start, start + this.#word());
  }

  /**
   * @param {number} tag
   * @returns {unknown}
   */
  #rare(tag) {
    switch (tag) {
      case SYMBOL:
        return this.#symbols.of(this.#name()) ?? this.#references.refused();
      case BYTES: {
        const start = this.#text + this.#word();
        return this.#freeze(sliceToImmutable(this.#core.buffer, start, start + this.#word()));
      }
      case BIGINT:
        return this.#bigInteger();
      case TAGGED: {
        const name = this.#name();
        return makeTagged(name, /** @type {any} */ (this.value()));
      }
      case ERROR:
        return this.#error();
      case REF:
        return this.#reference();
      case STURDYREF:
        return this.#sturdyRef();
      case HANDOFF:
        return this.#references.handoff(this.#span());
      default:
        throw corrupt();
    }
  }

  /** @returns {bigint} */
  #bigInteger() {
    const negative = this.#word() !== 0;
    const start = this.#text + this.#word();
    const magnitude = BigInt(ascii(this.#core, start, this.#word()));
    return negative ? -magnitude : magnitude;
  }

  /** A plain error without a stack: ours would say nothing of where it was made. */
  #error() {
    const start = this.#text + this.#word();
    const error = Error(utf8(this.#core, start, this.#word()));
    delete error.stack;
    return harden(error);
  }

  /** @returns {unknown} */
  #reference() {
    const kind = this.#word();
    const handle = this.#word();
    let description;
    if (kind === LOCAL_DESCRIBED) {
      const start = this.#side + this.#word();
      description = this.#core.u8.subarray(start, start + this.#word());
    }
    const value = this.#references.reference(kind, handle, description);
    this.#core.refresh();
    return value;
  }

  /** @returns {unknown} */
  #sturdyRef() {
    const transport = /** @type {string} */ (this.value());
    const designator = /** @type {string} */ (this.value());
    const hints = /** @type {Record<string, string> | false} */ (this.value());
    if (this.#word() !== BYTES) throw corrupt();
    return this.#references.sturdyRef({
      transport,
      designator,
      hints,
      swissNum: this.#span().slice(),
    });
  }
}

const corrupt = () =>
  makeError('INTERNAL_ERROR', 'The core wrote words that are no value: a bug in this library.');
