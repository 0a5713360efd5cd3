// @ts-check

import harden from '@endo/harden';

import { makeError } from '../errors.js';

/**
 * Messages in the shape in which `@endo/ocapn` shows them to those who debug. References in arguments are shown as the
 * descriptors that they are on the wire, `{ type: 'desc:export', position: 3n }`, and not as what they refer to.
 */

/**
 * A record as the core shows it.
 *
 * @typedef {object} ShownRecord
 * @property {string} label
 * @property {any[]} fields
 */

/**
 * What the core offers for debugging.
 *
 * @typedef {object} MessageCodec
 * @property {(chunk: Uint8Array) => ShownRecord[]} show the messages of a chunk; what is no message ends it
 * @property {(positions: BigUint64Array, deltas: BigUint64Array | undefined, scalar: boolean) => Uint8Array} writeRelease
 */

/** A message. @typedef {{ type: string } & Record<string, any>} ShownMessage */

/** The names of the fields of each operation, in order. @type {Record<string, string[]>} */
const OPERATIONS = {
  'op:start-session': ['captpVersion', 'sessionPublicKey', 'location', 'locationSignature'],
  'op:resume-session': ['sessionId', 'resumeCount', 'signature'],
  'op:abort': ['reason'],
  'op:deliver': ['to', 'args', 'answerPosition', 'resolveMeDesc'],
  'op:deliver-only': ['to', 'args'],
  'op:listen': ['to', 'resolveMeDesc', 'wantsPartial'],
  'op:get': ['receiverDesc', 'fieldName', 'answerPosition'],
  'op:index': ['receiverDesc', 'index', 'answerPosition'],
  'op:untag': ['receiverDesc', 'tag', 'answerPosition'],
  'op:gc-exports': ['exportPositions', 'wireDeltas'],
  'op:gc-export': ['exportPosition', 'wireDelta'],
  'op:gc-answers': ['answerPositions'],
  'op:gc-answer': ['answerPosition'],
};

/** The same of the records within. @type {Record<string, string[]>} */
const RECORDS = {
  'desc:export': ['position'],
  'desc:answer': ['position'],
  'desc:import-object': ['position'],
  'desc:import-promise': ['position'],
  'desc:sig-envelope': ['object', 'signature'],
  'desc:handoff-give': ['receiverKey', 'exporterLocation', 'exporterSessionId', 'gifterSideId', 'giftId'],
  'desc:handoff-receive': ['receivingSession', 'receivingSide', 'handoffCount', 'signedGive'],
  'desc:tagged': ['tagName', 'value'],
  'desc:error': ['message'],
  'ocapn-sturdyref': ['node', 'swissNum'],
  'ocapn-peer': ['transport', 'designator', 'hints'],
};

/** @param {any} value @returns {any} */
const named = value => {
  if (Array.isArray(value)) {
    return value.map(named);
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) {
    return value;
  }
  const { label, fields } = value;
  if (typeof label !== 'string' || !Array.isArray(fields)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, named(item)]));
  }
  if (label === 'void' || label === 'null') {
    return label === 'null' ? null : undefined;
  }
  const names = OPERATIONS[label] ?? RECORDS[label] ?? [];
  return Object.fromEntries([['type', label], ...fields.map((field, i) => [names[i] ?? `field${i}`, named(field)])]);
};

/**
 * @param {MessageCodec} codec
 * @param {Uint8Array} chunk
 * @returns {ShownMessage[]}
 */
export const showMessages = (codec, chunk) => codec.show(chunk).map(record => harden(named(record)));

/**
 * The bytes of a release: the messages that a peer can be given out of the blue.
 *
 * @param {MessageCodec} codec
 * @param {ShownMessage} message
 * @returns {Uint8Array}
 * @throws {import('../errors.js').CodedError} `API_MISUSE` for any other message
 */
export const writeRelease = (codec, message) => {
  const { type, exportPosition, wireDelta, answerPosition } = message;
  const list = (/** @type {bigint[]} */ ...numbers) => BigUint64Array.from(numbers);
  switch (type) {
    case 'op:gc-exports':
      return codec.writeRelease(list(...message.exportPositions), list(...message.wireDeltas), false);
    case 'op:gc-export':
      return codec.writeRelease(list(exportPosition), list(wireDelta), true);
    case 'op:gc-answers':
      return codec.writeRelease(list(...message.answerPositions), undefined, false);
    case 'op:gc-answer':
      return codec.writeRelease(list(answerPosition), undefined, true);
    default:
      throw makeError('API_MISUSE', `Only releases can be written as bytes, and this is ${type}.`);
  }
};
