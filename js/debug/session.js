// @ts-check

import harden from '@endo/harden';

import { sliceToImmutable } from '../values/bytes.js';
import { writeRelease } from './messages.js';
import { makeQuestions } from './questions.js';
import { makeTable } from './table.js';

/**
 * One session as those who debug see it: the `InternalSession` of `@endo/ocapn`, without secrets.
 *
 * @import { Core } from '../core.js'
 * @import { OcapnLocation } from '../location.js'
 * @import { Connection } from '../netlayers/types.js'
 * @import { SessionInfo } from '../outputs.js'
 * @import { Sender } from '../promises.js'
 * @import { References } from '../references.js'
 * @import { Session } from '../session.js'
 * @import { MessageCodec, ShownMessage } from './messages.js'
 * @import { RemoteAnswer } from './questions.js'
 * @import { MessageObserver } from './spy.js'
 * @import { OcapnTable, ShownSession } from './table.js'
 */

/**
 * @typedef {object} DebugOcapn
 * @property {(reason?: unknown) => void} abort
 * @property {(bytes: Uint8Array) => void} dispatchMessageData as if they had just come from the peer
 * @property {() => any} getRemoteBootstrap
 * @property {{ takeNextRemoteAnswer: () => RemoteAnswer }} referenceKit
 * @property {(message: ShownMessage) => Uint8Array} writeOcapnMessage of a release
 * @property {DebugTools} _debug
 */

/**
 * @typedef {object} DebugTools
 * @property {OcapnTable} ocapnTable
 * @property {(message: ShownMessage) => void} sendMessage
 * @property {(observer: MessageObserver) => () => void} subscribeMessages until what it returns is called
 */

/**
 * @typedef {object} InternalSession
 * @property {ArrayBuffer} id 32 bytes
 * @property {{ publicKey: { bytes: ArrayBuffer }, location: OcapnLocation }} peer
 * @property {{ keyPair: { publicKey: { bytes: ArrayBuffer } }, location: OcapnLocation | undefined }} self
 * @property {DebugOcapn} ocapn
 * @property {Connection | undefined} connection the present one, or the last that it had
 * @property {() => bigint} getHandoffCount what the next withdrawal of a gift takes
 */

/**
 * @typedef {object} SessionParts
 * @property {Session} session
 * @property {SessionInfo} info
 * @property {OcapnLocation | undefined} ownLocation
 * @property {() => ShownSession | undefined} inspect
 * @property {Core} core
 * @property {References} references
 * @property {Sender} sender
 * @property {MessageCodec} codec
 * @property {(conn: number | undefined) => Connection | undefined} connectionOf
 * @property {(observer: MessageObserver) => () => void} subscribe
 */

/** @param {Uint8Array} bytes */
const immutable = bytes =>
  sliceToImmutable(/** @type {ArrayBuffer} */ (bytes.buffer), bytes.byteOffset, bytes.byteOffset + bytes.byteLength);

/**
 * @param {SessionParts} parts
 * @returns {InternalSession}
 */
export const makeInternalSession = parts => {
  const { session, info, core, references, codec, inspect } = parts;
  /** @type {Connection | undefined} */
  let last;
  const getConnection = () => {
    last = parts.connectionOf(inspect()?.connection) ?? last;
    return last;
  };
  getConnection();
  const { takeNextRemoteAnswer, sendMessage } = makeQuestions({ ...parts, getConnection });
  const id = Uint8Array.from(session.sessionId.match(/../g) ?? [], pair => parseInt(pair, 16));

  return harden({
    id: immutable(id),
    peer: { publicKey: { bytes: immutable(info.peerKey) }, location: info.location },
    self: { keyPair: { publicKey: { bytes: immutable(info.ownKey) } }, location: parts.ownLocation },
    ocapn: {
      abort: session.abort,
      dispatchMessageData: bytes => {
        const conn = inspect()?.connection;
        if (conn !== undefined) {
          core.receive(conn, bytes);
        }
      },
      getRemoteBootstrap: session.getBootstrap,
      referenceKit: { takeNextRemoteAnswer },
      writeOcapnMessage: message => writeRelease(codec, message),
      _debug: { ocapnTable: makeTable(inspect, references), sendMessage, subscribeMessages: parts.subscribe },
    },
    get connection() {
      return getConnection();
    },
    getHandoffCount: () => BigInt(inspect()?.handoffCount ?? 0),
  });
};
