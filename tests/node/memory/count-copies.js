// @ts-check

/**
 * Counts copies of large pieces of memory, in JavaScript and in the core. Import it before anything that copies: it replaces what
 * JavaScript copies with.
 */

import { readFileSync } from 'node:fs';
import binaryen from 'binaryen';

/** Of copies of fewer bytes nothing is counted. */
export const LARGE = 512 * 1024;

/**
 * @typedef {object} Copies
 * @property {number} inCore from the core's memory to the core's memory
 * @property {number} intoCore
 * @property {number} outOfCore
 * @property {number} elsewhere from JavaScript to JavaScript
 */

/** @type {Copies} */
const none = { inCore: 0, intoCore: 0, outOfCore: 0, elsewhere: 0 };

const counted = { ...none };

/** The core that counts, once it is instantiated. @type {WebAssembly.Exports | undefined} */
let core;

const coreMemory = () => /** @type {WebAssembly.Memory | undefined} */ (core?.memory)?.buffer;

/**
 * @param {ArrayBufferLike} from
 * @param {ArrayBufferLike | undefined} to a new one when it is not given
 * @param {number} length in bytes
 */
const count = (from, to, length) => {
  if (length < LARGE) return;
  const memory = coreMemory();
  if (to !== undefined && to === memory) counted.intoCore += 1;
  else if (from === memory) counted.outOfCore += 1;
  else counted.elsewhere += 1;
};

const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
const { set, slice } = typedArray;
Object.assign(typedArray, {
  /** @this {Uint8Array} @param {any} source @param {any[]} rest */
  set(source, ...rest) {
    if (ArrayBuffer.isView(source)) count(source.buffer, this.buffer, source.byteLength);
    return set.call(this, source, ...rest);
  },
  /** @this {Uint8Array} @param {any[]} range */
  slice(...range) {
    const made = slice.apply(this, range);
    count(this.buffer, undefined, made.byteLength);
    return made;
  },
});

// What slices to immutable buffers uses this, where it is a shim.
const { slice: sliceBuffer } = ArrayBuffer.prototype;
Object.assign(ArrayBuffer.prototype, {
  /** @this {ArrayBuffer} @param {any[]} range */
  slice(...range) {
    const made = sliceBuffer.apply(this, /** @type {any} */ (range));
    count(this, undefined, made.byteLength);
    return made;
  },
});

// The constructor copies a view.
globalThis.Uint8Array = new Proxy(Uint8Array, {
  construct: (target, args, newTarget) => {
    const [source] = args;
    if (ArrayBuffer.isView(source)) count(source.buffer, undefined, source.byteLength);
    return Reflect.construct(target, args, newTarget);
  },
});

const { instantiate } = WebAssembly;
// Node instantiates others of its own.
WebAssembly.instantiate = /** @type {any} */ (
  async (/** @type {any[]} */ ...args) => {
    const made = await /** @type {any} */ (instantiate)(...args);
    const { exports } = /** @type {WebAssembly.Instance} */ (made.instance ?? made);
    if ('largeCopies' in exports) core = exports;
    return made;
  }
);

const COUNTING = `
(global $large_copies (mut i32) (i32.const 0))
(export "largeCopies" (global $large_copies))
(func $copy_and_count (param $to i32) (param $from i32) (param $length i32)
  (if (i32.ge_u (local.get $length) (i32.const ${LARGE}))
    (then (global.set $large_copies (i32.add (global.get $large_copies) (i32.const 1)))))
  (memory.copy (local.get $to) (local.get $from) (local.get $length)))
`;

/**
 * @param {URL} url of the core
 * @returns {WebAssembly.Module} the core, whose every `memory.copy` counts
 */
export const makeCountingCore = url => {
  const module = binaryen.readBinary(readFileSync(url));
  const text = module.emitText().trimEnd();
  if (!text.includes('(memory.copy')) throw Error('the core copies in another way');
  const counting = binaryen.parseText(`${text.slice(0, -1).replaceAll('(memory.copy', '(call $copy_and_count')}${COUNTING})`);
  counting.setFeatures(module.getFeatures());
  return new WebAssembly.Module(new Uint8Array(counting.emitBinary()));
};

/** @returns {Copies} since the last time */
export const takeCopies = () => {
  const counter = /** @type {WebAssembly.Global | undefined} */ (core?.largeCopies);
  if (counter === undefined) throw Error('the core that counts is not the one that was loaded');
  const taken = { ...counted, inCore: counter.value };
  counter.value = 0;
  Object.assign(counted, none);
  return taken;
};

/** @returns {number} bytes */
export const coreMemorySize = () => coreMemory()?.byteLength ?? 0;
