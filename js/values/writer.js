// @ts-check

import { passStyleOf } from '@endo/pass-style';
import { makeError } from '../errors.js';
import { bytesOf, isImmutableBuffer } from './bytes.js';
import { Refusal, within } from './refusal.js';
import { Shapes } from './shapes.js';
import {
  BIGINT,
  BYTES,
  ERROR,
  FALSE,
  FLOAT64,
  INT64,
  LIST,
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
import { Tape } from './tape.js';

/**
 * @typedef {object} SturdyRefDetails what a sturdyref says, as it goes on the wire
 * @property {string} transport
 * @property {string} designator
 * @property {Record<string, string> | false} hints
 * @property {Uint8Array} swissNum
 */

/**
 * @typedef {object} OutgoingReferences how the face names what is passed by reference
 * @property {(value: object) => number | undefined} find the handle of a reference that is known already; called first,
 *   for everything that is not plain data
 * @property {(value: any, style: 'remotable' | 'promise') => number} slotOf a handle, made when there is none; throws
 *   what the caller shall see. It may call the core, but must not write a value with the same writer.
 * @property {(value: object) => SturdyRefDetails | undefined} sturdyRefOf called for tagged values
 */

const { isArray } = Array;
const { getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols, getPrototypeOf, keys } =
  Object;
const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;
const arrayBufferPrototype = ArrayBuffer.prototype;
const promisePrototype = Promise.prototype;
const { asIntN } = BigInt;

/** Bits that a decimal digit stands for, rounded up. */
const BITS_PER_DIGIT = 3.33;

const CYCLE = 'nests too deeply, or contains itself';

/**
 * Writes passable values on the core's value tape.
 *
 * What is passable is what `passStyleOf` of `@endo/pass-style` says, with two liberties: data need not be hardened
 * (it is copied at once; E() hardens its arguments anyway), and an error may have more properties than a message (they
 * are not sent). Plain data is judged here, without `passStyleOf`, since that remembers each object for ever.
 *
 * A getter at an index of an array is called; elsewhere getters are refused. Nothing that is called from here can
 * write another value meanwhile: see {@link ValueWriter.busy}.
 */
export class ValueWriter {
  #tape;
  #references;
  #maxDepth;
  #maxIntegerBits;
  #shapes;
  #depth = 0;
  #busy = false;

  /**
   * @param {import('./memory.js').CoreMemory} core
   * @param {OutgoingReferences} references
   * @param {object} [limits]
   * @param {number} [limits.tape] bytes of one tape; a tape is at most four times as long as its message
   * @param {number} [limits.depth] containers within each other; the core judges more finely
   * @param {number} [limits.digits] decimal digits of an integer
   * @param {import('./shapes.js').KeyOrder} [order] of keys in most of what is written; another costs the core a sort
   */
  constructor(
    core,
    references,
    { tape = 64 << 20, depth = 128, digits = 4096 } = {},
    order = 'utf16',
  ) {
    this.#shapes = new Shapes(order);
    this.#tape = new Tape(core, tape);
    this.#references = references;
    this.#maxDepth = depth;
    this.#maxIntegerBits = Math.ceil(digits * BITS_PER_DIGIT) + 1;
  }

  /** Whether a value is being written: then code of the application is calling back, and must wait. */
  get busy() {
    return this.#busy;
  }

  /**
   * Writes one value at the start of the scratch buffer.
   *
   * @param {unknown} value
   * @param {string} [name] what an error calls it
   * @returns {number} the tape's length in bytes
   */
  write(value, name = 'value') {
    return this.#guarded(name, () => this.#value(value));
  }

  /**
   * Writes the argument list of a call at the start of the scratch buffer: the method's name as a symbol, if there is
   * one, and the arguments.
   *
   * @param {string | symbol | undefined} method
   * @param {readonly unknown[]} args
   * @returns {number} the tape's length in bytes
   */
  writeCall(method, args) {
    return this.#guarded('args', () => {
      const tape = this.#tape;
      if (method === undefined) {
        tape.tagAndWord(LIST, args.length);
      } else {
        tape.tagAndWord(LIST, args.length + 1);
        this.#symbolNamed(typeof method === 'symbol' ? this.#symbolName(method) : method);
      }
      this.#items(args);
    });
  }

  /**
   * @param {string} name
   * @param {() => void} write
   */
  #guarded(name, write) {
    if (this.#busy) {
      throw makeError('API_MISUSE', `${name}: another value is being written, by the code that called this.`);
    }
    this.#busy = true;
    this.#depth = 0;
    try {
      this.#tape.begin();
      write();
      return this.#tape.end();
    } catch (thrown) {
      throw thrown instanceof Refusal ? thrown.toError(name) : thrown;
    } finally {
      this.#busy = false;
    }
  }

  /** @param {unknown} value */
  #value(value) {
    const tape = this.#tape;
    switch (typeof value) {
      case 'string':
        tape.tag(STRING);
        if (!tape.text(value)) throw new Refusal('has a lone surrogate');
        return;
      case 'number':
        tape.float64(FLOAT64, value);
        return;
      case 'bigint':
        if (asIntN(64, value) === value) tape.int64(INT64, value);
        else this.#bigInteger(value);
        return;
      case 'boolean':
        tape.tag(value ? TRUE : FALSE);
        return;
      case 'undefined':
        tape.tag(UNDEFINED);
        return;
      case 'symbol':
        this.#symbolNamed(this.#symbolName(value));
        return;
      case 'object':
        if (value === null) tape.tag(NULL);
        else this.#object(value);
        return;
      default:
        this.#byStyle(/** @type {Function} */ (value));
    }
  }

  /** @param {object} value */
  #object(value) {
    const prototype = getPrototypeOf(value);
    if (prototype === objectPrototype) this.#record(value);
    else if (isArray(value)) this.#list(value, prototype);
    else this.#byStyle(value);
  }

  /**
   * @param {unknown[]} list
   * @param {object | null} prototype
   */
  #list(list, prototype) {
    const { length } = list;
    if (prototype !== arrayPrototype) throw new Refusal('is an array of another class');
    const names = keys(list);
    // Indices come first: so there are as many as the length says, none is missing, and nothing follows them.
    const dense = names.length === length && (length === 0 || names[length - 1] === `${length - 1}`);
    if (!dense) throw new Refusal('is an array with holes, or with properties of its own');
    if (getOwnPropertySymbols(list).length !== 0) throw new Refusal('is an array with a symbol for a key');
    this.#enter();
    this.#tape.tagAndWord(LIST, length);
    this.#items(list);
    this.#depth -= 1;
  }

  /** @param {readonly unknown[]} list */
  #items(list) {
    const { length } = list;
    let i = 0;
    try {
      for (; i < length; i += 1) {
        const value = list[i];
        this.#tape.check();
        this.#value(value);
      }
    } catch (thrown) {
      throw within(thrown, i);
    }
  }

  /** @param {object} record */
  #record(record) {
    if (getOwnPropertySymbols(record).length !== 0) {
      this.#byStyle(record);
      return;
    }
    const names = getOwnPropertyNames(record);
    this.#enter();
    this.#tape.tagAndWord(STRUCT, names.length);
    const shape = this.#shapes.find(names);
    if (shape === undefined) this.#entries(record, names);
    else this.#knownEntries(record, shape.order, shape.images);
    this.#depth -= 1;
  }

  /**
   * @param {object} record
   * @param {readonly string[]} names
   */
  #entries(record, names) {
    const tape = this.#tape;
    for (const name of names) {
      try {
        const value = dataProperty(record, name);
        if (name === 'then' && typeof value === 'function') throw new Refusal('makes a thenable');
        if (!tape.text(name)) throw new Refusal('has a lone surrogate in its name');
        this.#value(value);
      } catch (thrown) {
        throw within(thrown, name);
      }
    }
  }

  /**
   * @param {object} record
   * @param {readonly string[]} names
   * @param {readonly Int32Array[]} images
   */
  #knownEntries(record, names, images) {
    const { length } = names;
    let i = 0;
    try {
      for (; i < length; i += 1) {
        const value = dataProperty(record, /** @type {string} */ (names[i]));
        this.#tape.words(/** @type {Int32Array} */ (images[i]));
        this.#value(value);
      }
    } catch (thrown) {
      throw within(thrown, /** @type {string} */ (names[i]));
    }
  }

  #enter() {
    this.#depth += 1;
    if (this.#depth > this.#maxDepth) throw new Refusal(CYCLE, { code: 'LIMIT_EXCEEDED' });
  }

  /**
   * What is not plain data, or not passable.
   *
   * @param {object} value
   */
  #byStyle(value) {
    const references = this.#references;
    const handle = references.find(value);
    if (handle) {
      this.#tape.tagAndWord(REF, handle);
      return;
    }
    const prototype = getPrototypeOf(value);
    if (prototype === arrayBufferPrototype && isImmutableBuffer(value)) {
      this.#bytes(bytesOf(value));
    } else if (prototype === promisePrototype && isPromise(value)) {
      this.#reference(value, 'promise');
    } else if (value instanceof Error) {
      this.#error(value);
    } else if (styleOf(value) === 'remotable') {
      this.#reference(value, 'remotable');
    } else {
      this.#tagged(/** @type {import('@endo/pass-style').CopyTagged} */ (value));
    }
  }

  /**
   * @param {object} value
   * @param {'remotable' | 'promise'} style
   */
  #reference(value, style) {
    const handle = this.#references.slotOf(value, style);
    const tape = this.#tape;
    tape.check();
    tape.tagAndWord(REF, handle);
  }

  /** @param {Uint8Array} bytes */
  #bytes(bytes) {
    this.#tape.tag(BYTES);
    this.#tape.bytes(bytes);
  }

  /**
   * The message alone. It is there to be read by people: a lone surrogate in it becomes U+FFFD.
   *
   * @param {Error} error
   */
  #error(error) {
    const { message } = error;
    const tape = this.#tape;
    tape.check();
    tape.tag(ERROR);
    tape.text(typeof message === 'string' ? message : '');
  }

  /** @param {import('@endo/pass-style').CopyTagged} tagged */
  #tagged(tagged) {
    const details = this.#references.sturdyRefOf(tagged);
    if (details !== undefined) {
      this.#sturdyRef(details);
      return;
    }
    const tape = this.#tape;
    this.#enter();
    tape.tag(TAGGED);
    if (!tape.text(tagged[Symbol.toStringTag])) throw new Refusal('has a lone surrogate in its tag');
    try {
      this.#value(tagged.payload);
    } catch (thrown) {
      throw within(thrown, 'payload');
    }
    this.#depth -= 1;
  }

  /** @param {SturdyRefDetails} details */
  #sturdyRef({ transport, designator, hints, swissNum }) {
    this.#tape.tag(STURDYREF);
    this.#value(transport);
    this.#value(designator);
    this.#value(hints);
    this.#bytes(swissNum);
  }

  /**
   * @param {symbol} symbol
   * @returns {string}
   */
  #symbolName(symbol) {
    const name = Symbol.keyFor(symbol);
    if (name === undefined) throw new Refusal('is a symbol that is not registered (see Symbol.for)');
    return name;
  }

  /** @param {string} name */
  #symbolNamed(name) {
    if (name.startsWith('@@')) throw new Refusal('is a symbol whose name starts with @@');
    this.#tape.tag(SYMBOL);
    if (!this.#tape.text(name)) throw new Refusal('is a symbol with a lone surrogate');
  }

  /** @param {bigint} value beyond 64 bits */
  #bigInteger(value) {
    if (asIntN(this.#maxIntegerBits, value) !== value) {
      throw new Refusal('is an integer of too many digits', { code: 'LIMIT_EXCEEDED' });
    }
    this.#tape.tag(BIGINT);
    this.#tape.text(`${value}`);
  }
}

/**
 * @param {object} value that inherits from Promise.prototype
 * @returns {boolean} whether it is a promise
 */
const isPromise = value => {
  const promise = Promise.resolve(value);
  if (promise === value) return true;
  promise.catch(() => {});
  return false;
};

/**
 * @param {object} record
 * @param {string} name
 * @returns {unknown}
 */
const dataProperty = (record, name) => {
  const descriptor = getOwnPropertyDescriptor(record, name);
  if (descriptor === undefined || !('value' in descriptor)) {
    throw new Refusal('is an accessor');
  }
  if (!descriptor.enumerable) throw new Refusal('is not enumerable');
  return descriptor.value;
};

/**
 * @param {object} value neither plain data, nor bytes, nor a promise, nor an error
 * @returns {'remotable' | 'tagged'}
 */
const styleOf = value => {
  /** @type {string} */
  let style;
  try {
    style = passStyleOf(/** @type {any} */ (value));
  } catch (cause) {
    throw new Refusal(describe(value), { cause });
  }
  if (style !== 'remotable' && style !== 'tagged') throw new Refusal(describe(value));
  return style;
};

/**
 * @param {object} value not passable
 * @returns {string}
 */
const describe = value => {
  if (typeof value === 'function') return 'is a function that is not a Far function';
  if (ArrayBuffer.isView(value)) {
    return 'is a view of bytes that can change: pass an immutable ArrayBuffer (bytes.buffer.sliceToImmutable())';
  }
  if (getPrototypeOf(value) === arrayBufferPrototype) {
    return 'is an ArrayBuffer that can change: pass an immutable one (buffer.sliceToImmutable())';
  }
  if (getPrototypeOf(value) === objectPrototype) return 'is a record with a symbol for a key';
  return 'is neither plain data nor a hardened remotable (Far, an exo)';
};
