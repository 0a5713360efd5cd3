// @ts-check

/**
 * `ocapn-wasm inspect <directory>`: what is in a baggage, as tables or as JSON.
 */

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openEncrypted } from '../baggage/encrypted.js';
import { HEADER } from '../baggage/encrypted-header.js';
import { readDirectory } from '../baggage/fs-reading.js';
import { makeError } from '../errors.js';
import { inspectBaggage } from '../inspect/baggage.js';
import { formatTable, printable } from './table.js';

/** @import { BaggageInspection, ShownLocation, ShownSession } from '../inspect/baggage.js' */
/** @import { ShownDescription } from '../inspect/records.js' */

export const USAGE = `usage: ocapn-wasm inspect <directory> [--json] [--key-file <file>]

Shows what is in the baggage of a directory: sessions and their slots, registrations, and how much
the application keeps. Nothing is changed, and no secret is shown. No process may have it open.

  --json             one JSON object instead of tables
  --key-file <file>  the key of an encrypted baggage: 32 bytes, or 64 hexadecimal digits

Exit code: 0, or 1 when something is damaged, or 2 when nothing can be read.
`;

/** Digits of an id that are enough to tell it from others. */
const SHORT = 8;

/** @param {string} id */
const short = id => id.slice(0, SHORT);

/** @param {ShownLocation} location */
const show = ({ transport, designator }) => `${transport}/${designator.length > 24 ? `${designator.slice(0, 24)}\u2026` : designator}`;

/** @param {unknown} value */
const toJson = value =>
  JSON.stringify(value, (_, each) => {
    if (typeof each === 'bigint') return String(each);
    if (typeof each === 'symbol') return each.description;
    if (each instanceof ArrayBuffer) return Buffer.from(each.slice(0)).toString('hex');
    return each;
  });

/** @param {ShownDescription} description */
const name = description => {
  if (description.by === 'swissnum') return description.swissnum;
  return description.by === 'host' ? (toJson(description.value) ?? 'undefined') : 'unknown';
};

/** @param {boolean} is */
const yes = is => (is ? 'yes' : 'no');

/** @param {ShownSession} session */
const stateOf = ({ parked, current }) => {
  if (parked) return 'parked';
  return current ? 'kept' : 'kept, not current';
};

/** @param {ShownSession} session */
const slotsOf = ({ id, exports, imports, gifts }) => [
  ...exports.map(each => [short(id), `${each.promise ? 'p' : 'o'}+${each.position}`, each.count, name(each.description)]),
  ...imports.map(each => [short(id), `${each.promise ? 'p' : 'o'}-${each.position}`, each.count, each.token ? 'has a token' : '']),
  ...gifts.map(each => [short(id), 'gift', 1, name(each)]),
];

/**
 * @param {string} title
 * @param {readonly string[]} head
 * @param {readonly (readonly unknown[])[]} rows
 */
const section = (title, head, rows) => (rows.length > 0 ? `\n${title}\n${formatTable(head, rows)}\n` : '');

/**
 * @param {string} path
 * @param {BaggageInspection} inspection
 * @param {readonly string[]} damage
 * @returns {string}
 */
const format = (path, inspection, damage) => {
  const { schema, sessions, registrations, netlayers, application, strays, unknown, damaged, entries, bytes } = inspection;
  const count = (/** @type {number} */ number, /** @type {string} */ what) => `${number} ${what}${number === 1 ? '' : 's'}`;
  return [
    `${printable(path)}: ${schema === undefined ? 'no schema yet' : `schema ${schema}`}, ${count(entries, 'entry').replace('entrys', 'entries')}, ${count(bytes, 'byte')}, ${count(sessions.length, 'session')}\n`,
    section(
      'Sessions',
      ['session', 'peer', 'state', 'proven', 'dialect', 'sent', 'seen', 'exports', 'imports', 'gifts', 'last alive'],
      sessions.map(each => [
        short(each.id), show(each.peerLocation), stateOf(each), yes(each.proven), each.dialect, each.sent, each.seen,
        each.exports.length, each.imports.length, each.gifts.length, each.lastAlive,
      ]),
    ),
    section('Slots', ['session', 'slot', 'count', 'what'], sessions.flatMap(slotsOf)),
    section('Registrations', ['swissnum', 'described by'], registrations.map(each => [each.swissnum, name(each.description)])),
    section('Netlayers', ['key'], netlayers.map(key => [key])),
    section('Application', ['key', 'kind', 'entries', 'bytes'], application.map(each => [each.key, each.kind, each.entries, each.bytes])),
    section('Left by sessions that ended', ['key'], strays.map(key => [key])),
    section('Unknown to this version', ['key'], unknown.map(key => [key])),
    section('Damaged', ['key', 'code', 'why'], damaged.map(({ key, code, why }) => [key, code, why])),
    section('Damage', ['what'], damage.map(what => [what])),
  ].join('');
};

/** @param {string} file */
const readKey = file => {
  const bytes = readFileSync(file);
  const digits = bytes.toString('latin1').trim();
  return Uint8Array.from(/^[0-9a-f]{64}$/i.test(digits) ? Buffer.from(digits, 'hex') : bytes);
};

/**
 * @param {readonly string[]} args
 * @returns {{ output: string, code: number }}
 * @throws {import('../errors.js').CodedError | Error} when nothing can be read
 */
export const inspect = args => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean', default: false }, 'key-file': { type: 'string' } },
    allowPositionals: true,
  });
  const [directory, ...others] = positionals;
  if (directory === undefined || others.length > 0) throw makeError('API_MISUSE', 'Name one directory.');
  if (!existsSync(directory)) throw makeError('API_MISUSE', `There is no directory ${resolve(directory)}.`);
  const { path, entries, damage } = readDirectory(directory);
  const keyFile = values['key-file'];
  if (entries.has(HEADER) && keyFile === undefined) {
    throw makeError('WRONG_KEY', `${path} is encrypted: name the file of its key with --key-file.`);
  }
  const lost = new Set();
  const inspection = inspectBaggage(
    keyFile === undefined ? entries : openEncrypted(entries, readKey(keyFile), {}, key => lost.add(key)),
  );
  for (const key of lost) damage.push(`The key ${JSON.stringify(key)} does not decrypt: what is under it is lost.`);
  const isDamaged = inspection.damaged.length > 0 || damage.length > 0;
  const output = values.json ? `${toJson({ path, ...inspection, damagedFiles: damage })}\n` : format(path, inspection, damage);
  return { output, code: isDamaged ? 1 : 0 };
};
