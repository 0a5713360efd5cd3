// @ts-check

/** @import { OcapnLocation } from '../location.js' */

/**
 * The `locationId` of a netlayer, exactly as `@endo/ocapn` writes it (`locationToLocationId` of its src/client/util.js): its client
 * knows by this text that a location is its own. The designator is as it is, hints are in the order of their names.
 *
 * Our client compares locations, and never reads it.
 *
 * @param {OcapnLocation} location
 * @returns {string} `ocapn://<designator>.<transport>?<hint>=<value>&...`
 */
export const locationIdOf = ({ designator, transport, hints }) => {
  const entries = hints === false ? [] : Object.keys(hints).sort().map(name => [name, String(hints[name])]);
  const query = entries.map(pair => pair.map(part => encodeURIComponent(String(part))).join('=')).join('&');
  return `ocapn://${designator}.${transport}${query === '' ? '' : `?${query}`}`;
};
