// @ts-check

import harden from '@endo/harden';
import { makeTagged } from '@endo/pass-style';

import { copyLocation } from './location.js';
import { swissnumFromBytes, swissnumToBytes } from './swissnum.js';

/**
 * Sturdyrefs: opaque values that stand for an object at a location. Whoever holds one can enliven it with a client; it tells
 * nobody what it names.
 *
 * @import { CopyTagged } from '@endo/pass-style'
 * @import { OcapnLocation } from './location.js'
 * @import { SwissNum } from './swissnum.js'
 */

/**
 * @typedef {CopyTagged<'ocapn-sturdyref', undefined>} SturdyRef
 *
 * @typedef {object} SturdyRefDetails
 * @property {OcapnLocation} location
 * @property {SwissNum} swissNum
 */

/** @type {WeakMap<object, SturdyRefDetails>} */
const details = new WeakMap();

/**
 * @param {OcapnLocation} location copied
 * @param {SwissNum} swissNum
 * @returns {SturdyRef}
 * @throws {import('./errors.js').CodedError} `API_MISUSE` when one of them is not what it should be
 */
export const makeSturdyRef = (location, swissNum) => {
  swissnumToBytes(swissNum);
  const sturdyRef = harden(makeTagged('ocapn-sturdyref', undefined));
  details.set(sturdyRef, harden({ location: copyLocation(location), swissNum }));
  return /** @type {SturdyRef} */ (sturdyRef);
};

/**
 * @param {unknown} value
 * @returns {value is SturdyRef}
 */
export const isSturdyRef = value => typeof value === 'object' && value !== null && details.has(value);

/**
 * What a sturdyref names: for clients, not for those who hold it.
 *
 * @param {unknown} value
 * @returns {SturdyRefDetails | undefined}
 */
export const getSturdyRefDetails = value => (isSturdyRef(value) ? details.get(value) : undefined);

/**
 * The same, as values are written.
 *
 * @param {object} value
 * @returns {import('./values/writer.js').SturdyRefDetails | undefined}
 */
export const outgoingSturdyRef = value => {
  const found = details.get(value);
  return (
    found && {
      transport: found.location.transport,
      designator: found.location.designator,
      hints: found.location.hints,
      swissNum: swissnumToBytes(found.swissNum),
    }
  );
};

/**
 * @param {import('./values/writer.js').SturdyRefDetails} received
 * @returns {SturdyRef}
 */
export const incomingSturdyRef = ({ transport, designator, hints, swissNum }) =>
  makeSturdyRef({ type: 'ocapn-peer', transport, designator, hints }, swissnumFromBytes(swissNum));
