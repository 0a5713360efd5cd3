// @ts-check

/** Baggage in a directory: the entry. */

/**
 * @typedef {import('./fs-durable.js').FsBaggageOptions} FsBaggageOptions
 */

export { makeFsDurableBaggage } from './fs-durable.js';
