// @ts-check

/**
 * Locations and sturdyrefs as URIs, to be given to people (OCapN Locators, URI Serialization):
 *
 * ```text
 * ocapn://<designator>.<transport>[?<hint>=<value>&...]
 * ocapn://<designator>.<transport>/s/<swissnum>[?<hint>=<value>&...]
 * ```
 *
 * The last dot divides designator and transport, so a transport has none. The swissnum is its bytes in base64url without
 * padding, as Spritely Goblins writes it. Everything else is percent-encoded UTF-8.
 */

import harden from '@endo/harden';

import { base64url } from './base-text.js';
import { makeError } from './errors.js';
import { copyLocation } from './location.js';
import { swissnumFromBytes, swissnumToBytes } from './swissnum.js';

/**
 * @import { OcapnLocation } from './location.js'
 * @import { SwissNum } from './swissnum.js'
 */

/**
 * What a sturdyref's URI says: the arguments of a client's `makeSturdyRef`.
 *
 * @typedef {object} SturdyRefLocator
 * @property {OcapnLocation} location
 * @property {SwissNum} swissNum
 */

const SCHEME = 'ocapn://';

/** What a URI of ours consists of: anything else is percent-encoded in it (RFC 3986, section 2). */
const ENCODED = /^(?:[A-Za-z0-9\-._~!$'()*,;:@/?&=]|%[0-9A-Fa-f]{2})*$/;

/**
 * What is wrong, without the URI: a sturdyref's is a secret, and errors are logged.
 *
 * @param {string} why
 * @returns {never}
 */
const refuse = why => {
  throw makeError('INVALID_URI', `Not a URI of OCapN: ${why}.`);
};

/**
 * @param {string} text
 * @param {string} what
 */
const decode = (text, what) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse(`the ${what} is not percent-encoded UTF-8`);
  }
};

/** @param {string} text */
const encode = text =>
  encodeURIComponent(text).replace(/[!'()*]/g, mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * @param {string} query
 * @returns {Record<string, string>}
 */
const parseHints = query => {
  /** @type {Map<string, string>} */
  const hints = new Map();
  for (const part of query === '' ? [] : query.split('&')) {
    const [name = '', value, ...more] = part.split('=');
    if (name === '' || value === undefined || more.length > 0) {
      refuse('each hint is a name, one =, and a value');
    }
    const key = decode(name, 'name of a hint');
    if (hints.has(key)) {
      refuse('two hints have the same name');
    }
    hints.set(key, decode(/** @type {string} */ (value), 'value of a hint'));
  }
  return Object.fromEntries(hints);
};

/**
 * @param {string} uri
 * @returns {{ location: OcapnLocation, path: string }}
 */
const parse = uri => {
  if (typeof uri !== 'string') {
    throw makeError('API_MISUSE', 'A URI is text.');
  }
  if (uri.slice(0, SCHEME.length).toLowerCase() !== SCHEME) {
    refuse(`it begins with ${SCHEME}`);
  }
  const rest = uri.slice(SCHEME.length);
  if (!ENCODED.test(rest)) {
    // A + is one of them: to some it is a space.
    refuse('it holds characters that must be percent-encoded');
  }
  const mark = rest.indexOf('?');
  const before = mark < 0 ? rest : rest.slice(0, mark);
  const slash = before.indexOf('/');
  const host = slash < 0 ? before : before.slice(0, slash);
  const dot = host.lastIndexOf('.');
  if (dot < 0) {
    refuse('a dot stands between designator and transport');
  }
  if (/[:@]/.test(host)) {
    refuse('it has no user and no port');
  }
  const designator = decode(host.slice(0, dot), 'designator');
  const transport = decode(host.slice(dot + 1), 'transport');
  if (designator === '' || transport === '' || transport.includes('.')) {
    refuse('designator and transport are not empty, and the transport has no dot');
  }
  const hints = mark < 0 ? false : parseHints(rest.slice(mark + 1));
  return {
    location: copyLocation({ type: 'ocapn-peer', transport, designator, hints }),
    path: slash < 0 ? '' : before.slice(slash),
  };
};

/**
 * @param {OcapnLocation} given
 * @param {string} path
 */
const format = (given, path) => {
  const { designator, transport, hints } = copyLocation(given);
  if (designator === '' || transport === '' || transport.includes('.')) {
    throw makeError('API_MISUSE', 'A location with an empty designator, or a transport that is empty or has a dot, has no URI.');
  }
  const entries = hints === false ? [] : Object.entries(hints);
  if (entries.some(([name]) => name === '')) {
    throw makeError('API_MISUSE', 'A location with a hint without a name has no URI.');
  }
  const query = entries
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return `${SCHEME}${encode(designator)}.${encode(transport)}${path}${query.length > 0 ? `?${query.join('&')}` : ''}`;
};

/**
 * The location that a locator's URI names.
 *
 * @param {string} uri `ocapn://<designator>.<transport>?<hints>`
 * @returns {OcapnLocation} hints are `false` where the URI has none
 * @throws {import('./errors.js').CodedError} `INVALID_URI`, also for the URI of a sturdyref
 */
export const parseLocator = uri => {
  const { location, path } = parse(uri);
  if (path !== '' && path !== '/') {
    refuse('the locator of a peer has no path: that of a sturdyref is read by parseSturdyRefUri');
  }
  return location;
};

/**
 * The URI of a location. Hints are in the order of their names; none at all are written as `false` is.
 *
 * @param {OcapnLocation} location
 * @returns {string}
 * @throws {import('./errors.js').CodedError} `API_MISUSE` for what is no location, or one that no URI can say
 */
export const formatLocator = location => format(location, '');

/**
 * What a sturdyref's URI names. It is a secret: whoever knows it may fetch the object.
 *
 * @param {string} uri `ocapn://<designator>.<transport>/s/<swissnum>?<hints>`
 * @returns {SturdyRefLocator} the arguments of a client's `makeSturdyRef`
 * @throws {import('./errors.js').CodedError} `INVALID_URI`; its message does not repeat the URI
 */
export const parseSturdyRefUri = uri => {
  const { location, path } = parse(uri);
  if (!path.startsWith('/s/')) {
    refuse('the path of a sturdyref begins with /s/');
  }
  const bytes = base64url.decode(path.slice('/s/'.length));
  if (bytes === undefined || bytes.length === 0) {
    return refuse('the swissnum is base64url without padding, and not empty');
  }
  return harden({ location, swissNum: swissnumFromBytes(bytes) });
};

/**
 * The URI of a sturdyref. It takes what `makeSturdyRef` takes, since a sturdyref itself tells nobody what it names.
 *
 * @param {OcapnLocation} location
 * @param {SwissNum} swissNum
 * @returns {string} a secret
 * @throws {import('./errors.js').CodedError} `API_MISUSE` for what no URI can say
 */
export const formatSturdyRefUri = (location, swissNum) => {
  const bytes = swissnumToBytes(swissNum);
  if (bytes.length === 0) {
    throw makeError('API_MISUSE', 'An empty swissnum has no URI.');
  }
  return format(location, `/s/${base64url.encode(bytes)}`);
};
