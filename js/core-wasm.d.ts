/**
 * The compiled core. What an import of it gives is decided by the host or the bundler: a `WebAssembly.Module`, or an address;
 * `init({ module })` takes each.
 */
declare const core: import('../types/init.js').CoreSource;
export default core;
