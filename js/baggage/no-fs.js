// @ts-check

import harden from '@endo/harden';
import { makeError } from '../errors.js';

/**
 * Stands where a host has no files, so that one program is linked the same everywhere.
 *
 * @type {typeof import('./fs.js').makeFsDurableBaggage}
 */
export const makeFsDurableBaggage = () => {
  throw makeError(
    'API_MISUSE',
    'makeFsDurableBaggage is for Node (import ocapn-wasm/baggage/fs there). In a browser use ocapn-wasm/baggage/indexeddb.',
  );
};
harden(makeFsDurableBaggage);
