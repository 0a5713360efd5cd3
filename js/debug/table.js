// @ts-check

import { makeSlot, parseSlot } from '../slots.js';

/**
 * The slots of one session, to look at.
 *
 * @import { References } from '../references.js'
 * @import { Slot } from '../slots.js'
 */

/**
 * One session of what the client's `inspect()` shows.
 *
 * @typedef {object} ShownSession
 * @property {number} session
 * @property {string} id
 * @property {string} transport
 * @property {string} designator
 * @property {string} status
 * @property {number | undefined} connection
 * @property {number} handoffCount
 * @property {Array<{ position: number, handle: number, promise: boolean, count: number }>} exports
 * @property {Array<{ position: number, handle: number, promise: boolean, count: number }>} imports
 * @property {Array<{ position: number, handle: number }>} answerHandles
 */

/**
 * @typedef {object} OcapnTable
 * @property {(value: object) => Slot | undefined} getSlotForValue of an export or import
 * @property {(slot: Slot) => unknown} getValueForSlot of an export, an import or an answer of ours
 * @property {(slot: Slot) => number} getRefCount how often it was sent, or received; 0 when it is not there
 * @property {(promise: object) => bigint | undefined} getLocalAnswerToPosition where the peer has an answer of ours
 */

/**
 * @param {() => ShownSession | undefined} inspect `undefined` when the session is over
 * @param {References} references
 * @returns {OcapnTable}
 */
export const makeTable = (inspect, references) => {
  /** @param {Slot} slot */
  const find = slot => {
    const { type, isLocal, position } = parseSlot(slot);
    const shown = inspect();
    if (shown === undefined) {
      return undefined;
    }
    if (type === 'a') {
      const answer = isLocal ? shown.answerHandles.find(one => BigInt(one.position) === position) : undefined;
      return answer && { ...answer, count: 0 };
    }
    const isPromise = type === 'p';
    const entries = isLocal ? shown.exports : shown.imports;
    return entries.find(one => BigInt(one.position) === position && one.promise === isPromise);
  };

  return {
    getSlotForValue: value => {
      const handle = references.find(value);
      const shown = inspect();
      if (handle === undefined || shown === undefined) {
        return undefined;
      }
      for (const [isLocal, entries] of /** @type {const} */ ([
        [true, shown.exports],
        [false, shown.imports],
      ])) {
        const found = entries.find(one => one.handle === handle);
        if (found !== undefined) {
          return makeSlot(found.promise ? 'p' : 'o', isLocal, BigInt(found.position));
        }
      }
      return undefined;
    },
    getValueForSlot: slot => {
      const found = find(slot);
      return found && references.valueOf(found.handle);
    },
    getRefCount: slot => find(slot)?.count ?? 0,
    getLocalAnswerToPosition: promise => {
      const handle = references.find(promise);
      const found = inspect()?.answerHandles.find(one => one.handle === handle);
      return found && BigInt(found.position);
    },
  };
};
