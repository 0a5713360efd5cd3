// @ts-check

/** The Endo packages that an application of objects has anyway. */
export const PACKAGES = [
  'ses/assert-shim.js',
  '@endo/immutable-arraybuffer/shim.js',
  '@endo/eventual-send/shim.js',
  '@endo/eventual-send',
  '@endo/harden',
  '@endo/pass-style',
  '@endo/marshal',
];
