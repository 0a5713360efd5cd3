// @ts-check

import { makeError } from './errors.js';
import { frozen } from './frozen.js';
import { isWellFormed } from './well-formed.js';

/**
 * Where a peer is. Transport and designator say who it is; the hints only say where to dial, and never identify
 * (OCapN Locators: hints must not be compared).
 *
 * @typedef {object} OcapnLocation
 * @property {'ocapn-peer'} type what this is
 * @property {string} transport which netlayer reaches it
 * @property {string} designator who it is, among the peers of that transport
 * @property {false | Record<string, string>} hints how that netlayer dials it; `false` when it cannot be dialled
 */

/**
 * Identifies a peer in keys and comparisons: `transport/designator`, each percent-encoded.
 *
 * @typedef {string} LocationId
 */

/**
 * Whether a value is text that can be on the wire, which text with half a surrogate pair cannot.
 *
 * @param {unknown} text
 * @returns {text is string}
 */
export const isText = text => typeof text === 'string' && isWellFormed(text);

/**
 * Checks that a value has the shape of a location, and takes a hardened copy that its owner cannot change any more.
 *
 * @param {unknown} value
 * @returns {OcapnLocation}
 * @throws {import('./errors.js').CodedError} `API_MISUSE` when it is not a location
 */
export const copyLocation = value => {
  const { type, transport, designator, hints = false } = Object(value);
  const areHints =
    hints === false ||
    (typeof hints === 'object' && hints !== null && Object.entries(hints).every(pair => pair.every(isText)));
  if (type !== 'ocapn-peer' || !isText(transport) || !isText(designator) || !areHints) {
    throw makeError(
      'API_MISUSE',
      "Not a location: expected { type: 'ocapn-peer', transport, designator, hints }, all text, with hints a record of text or false.",
    );
  }
  const kept = hints === false ? hints : Object.fromEntries(Object.entries(hints));
  return frozen({ type, transport, designator, hints: kept });
};

/**
 * The identity of the peer at a location, as text. Two locations that differ only in their hints have the same.
 *
 * @param {Pick<OcapnLocation, 'transport' | 'designator'>} location
 * @returns {LocationId}
 * @throws {import('./errors.js').CodedError} `API_MISUSE` when a part is not well-formed text
 */
export const locationToLocationId = ({ transport, designator }) => {
  if (!isText(transport) || !isText(designator)) {
    throw makeError('API_MISUSE', 'Not a location: transport and designator must be well-formed text.');
  }
  return `${encodeURIComponent(transport)}/${encodeURIComponent(designator)}`;
};

/**
 * Whether two locations are those of one peer, whatever their hints say.
 *
 * @param {Pick<OcapnLocation, 'transport' | 'designator'>} left
 * @param {Pick<OcapnLocation, 'transport' | 'designator'>} right
 * @returns {boolean}
 */
export const isSamePeer = (left, right) =>
  left.transport === right.transport && left.designator === right.designator;
