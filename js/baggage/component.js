// @ts-check

/**
 * The parts of a key.
 */

import { valueCodec } from './value-codec.js';

/** The longest component, in bytes; a longer one is replaced by its hash. */
const LONGEST = 64;
const HASHED = 'sha256:';

/** What the empty name becomes: nothing else does, and no component of a key is empty. */
const EMPTY = '%';

const encoder = new TextEncoder();

/** @param {Uint8Array} bytes */
const toHex = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');

/** @param {string} text well-formed */
const escape = text =>
  encodeURIComponent(text).replace(/[!'()*]/g, mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * One component of a key: percent-encoded, with the unreserved characters of RFC 3986 as they are. Over 64 bytes it is
 * `sha256:` and the hash of its bytes instead; `:` is never left as it is, so that nothing else looks like one of those.
 *
 * @param {string} name well-formed
 * @returns {string}
 */
export const toComponent = name => {
  if (name === '') return EMPTY;
  // Every character is at least a byte, so a long name need not be escaped to be found too long.
  const escaped = name.length > LONGEST ? undefined : escape(name);
  return escaped !== undefined && escaped.length <= LONGEST
    ? escaped
    : `${HASHED}${toHex(valueCodec().sha256(encoder.encode(name)))}`;
};

/**
 * @param {string} component
 * @returns {string | undefined} its name; undefined when it is a hash, or no component at all
 */
export const fromComponent = component => {
  if (component === EMPTY) return '';
  if (component.startsWith(HASHED)) return undefined;
  try {
    return decodeURIComponent(component);
  } catch {
    return undefined;
  }
};

/**
 * @param {string} key of the application, well-formed
 * @returns {string} the same with what divides keys escaped: nothing that lies below one key is another key
 */
export const toRoot = key => key.replace(/[%/]/g, encodeURIComponent);
