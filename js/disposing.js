// @ts-check

/**
 * `using` and `await using`, where a host has them. The types are those that the reader's own `lib` knows: without
 * `esnext.disposable` there is nothing to see, and nothing missing.
 */

/**
 * @typedef {SymbolConstructor extends { readonly dispose: infer Dispose extends symbol } ? { [key in Dispose]: () => void } : {}} Disposes
 */

/**
 * @typedef {SymbolConstructor extends { readonly asyncDispose: infer Dispose extends symbol } ? { [key in Dispose]: () => Promise<void> } : {}} AsyncDisposes
 */

/**
 * @param {() => void} dispose
 * @param {() => Promise<void>} asyncDispose
 * @returns {Disposes & AsyncDisposes}
 */
export const disposing = (dispose, asyncDispose) => {
  const { dispose: now, asyncDispose: later } = Symbol;
  return /** @type {any} */ ({ ...(now && { [now]: dispose }), ...(later && { [later]: asyncDispose }) });
};
