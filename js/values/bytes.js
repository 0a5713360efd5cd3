// @ts-check

/**
 * Immutable ArrayBuffers: how bytes are passed. Node 20 has none of its own; there they are objects of
 * `@endo/immutable-arraybuffer`, which no typed array can look into.
 */

/**
 * @typedef {ArrayBuffer & {
 *   readonly immutable: boolean,
 *   sliceToImmutable: (start?: number, end?: number) => ArrayBuffer,
 * }} MaybeImmutable
 */

const { getOwnPropertyDescriptor } = Object;
const { apply } = Reflect;

/** Whether an immutable buffer is an ArrayBuffer that typed arrays can read. Found out at the first use. */
let native = /** @type {boolean | undefined} */ (undefined);

const isNative = () => {
  native ??= new Uint8Array(sliceToImmutable(new ArrayBuffer(1), 0, 1)).length === 1;
  return native;
};

/** Getter of `immutable`. Looked up at the first use: the shim may be younger than this module. */
let getter = /** @type {(() => boolean) | undefined} */ (undefined);

/**
 * @param {object} value
 * @returns {value is ArrayBuffer}
 */
export const isImmutableBuffer = value => {
  getter ??= getOwnPropertyDescriptor(ArrayBuffer.prototype, 'immutable')?.get;
  try {
    return getter !== undefined && apply(getter, value, []) === true;
  } catch {
    return false;
  }
};

/**
 * Copies a range of a buffer, once, into an immutable one.
 *
 * @param {ArrayBuffer} buffer
 * @param {number} start
 * @param {number} end
 * @returns {ArrayBuffer}
 */
export const sliceToImmutable = (buffer, start, end) =>
  /** @type {MaybeImmutable} */ (buffer).sliceToImmutable(start, end);

/**
 * @param {Uint8Array} bytes a Buffer, too, whose own `slice` copies nothing
 * @returns {ArrayBuffer} an immutable copy
 */
export const copyToImmutable = bytes => {
  const { buffer, length } = new Uint8Array(bytes);
  return sliceToImmutable(buffer, 0, length);
};

/**
 * @param {ArrayBuffer} immutable
 * @returns {Uint8Array} its bytes, for reading at once
 */
export const bytesOf = immutable =>
  new Uint8Array(isNative() ? immutable : immutable.slice(0));
