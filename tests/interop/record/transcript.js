// @ts-check

import { readFileSync, writeFileSync } from 'node:fs';

/**
 * The files that transcripts are kept in.
 *
 * @import { OcapnLocation } from '../../../js/location.js'
 */

/**
 * One thing that crossed the boundary between a client and its netlayer.
 *
 * @typedef {object} Entry
 * @property {string} client whose boundary it was
 * @property {number} connection counted from 1, over all clients
 * @property {'open' | 'established' | 'in' | 'out' | 'close'} direction `'established'`: what the client dialled is there
 * @property {'us' | 'peer'} by who did it
 * @property {number} [netlayer] of an `open`: which of the client's
 * @property {OcapnLocation} [to] of an `open` by us: what was dialled
 * @property {{ code?: string, message: string }} [error] why an `open` by us failed at once, or a connection closed
 * @property {string} [bytes] of `in` and `out`: hexadecimal
 * @property {string} [meaning]
 */

/**
 * What a client has to know of a netlayer.
 *
 * @typedef {object} NetlayerTraits
 * @property {OcapnLocation} location
 * @property {'none' | 'dialled' | 'both'} [authenticates]
 * @property {boolean} [framed]
 * @property {boolean} [trustClaims]
 * @property {number} [maxFrame]
 */

/**
 * @typedef {object} Transcript
 * @property {string} name
 * @property {string} peer who was at the other end
 * @property {string} commit of the peer
 * @property {string} dialect
 * @property {string} seed that the clients' randomness comes from
 * @property {string} script file of `tests/interop/scripts/`
 * @property {Record<string, any>} parameters told to the script
 * @property {Record<string, NetlayerTraits[][]>} clients the netlayers of each start of each client
 * @property {Entry[]} entries
 */

const FOLDER = new URL('../../vectors/', import.meta.url);

/** @param {string} name */
export const transcriptFile = name => new URL(`transcript-${name}.json`, FOLDER);

/**
 * @param {URL} file
 * @returns {Transcript}
 */
export const readTranscript = file => JSON.parse(readFileSync(file, 'utf8'));

/**
 * Writes one line for each entry.
 *
 * @param {Transcript} transcript
 */
export const writeTranscript = transcript => {
  const { entries, ...head } = transcript;
  const lines = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  const body = entries.map(entry => `    ${JSON.stringify(entry)}`).join(',\n');
  writeFileSync(transcriptFile(transcript.name), `{\n${lines.join('')}  "entries": [\n${body}\n  ]\n}\n`);
};
