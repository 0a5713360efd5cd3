// @ts-check

import { read } from '../node/support/syrup.js';

/**
 * What two stores say of the slots of the session between them.
 *
 * @import { Judge } from './judge.js'
 */

/**
 * @typedef {object} Slots
 * @property {Map<bigint, { count: bigint, description: string }>} exports by position
 * @property {Map<bigint, bigint>} imports counts by position; of objects, not of promises
 * @property {bigint} next no export had this position or a higher one
 */

/**
 * @param {Array<[string, Uint8Array]>} rows keys and values of `ocapn-durable:tables/` and `ocapn:resumeSessionsById/`
 * @returns {Map<string, Slots>} by session id
 */
export const readSlots = rows => {
  /** @type {Map<string, Slots>} */
  const sessions = new Map();
  for (const [key, value] of rows) {
    const [, , sessionId = '', slot = ''] = key.split('/');
    const slots = sessions.get(sessionId) ?? { exports: new Map(), imports: new Map(), next: 0n };
    sessions.set(sessionId, slots);
    const [, body] = read(Buffer.from(value)).value.fields;
    if (body.label === 'session') [, , , , , , , , , slots.next] = body.fields;
    const [position, count, description] = body.fields;
    if (slot.startsWith('o+')) slots.exports.set(position, { count, description: description.toString('latin1') });
    if (slot.startsWith('o-')) slots.imports.set(position, body.fields[2]);
  }
  return sessions;
};

/** Remembers which object had which position: none may come back for another. */
export class Positions {
  /** @type {Map<string, string>} */
  #descriptions = new Map();

  /** @type {Map<string, bigint>} */
  #marks = new Map();

  #judge;

  /** @param {Judge} judge */
  constructor(judge) {
    this.#judge = judge;
  }

  /**
   * @param {string} side whose store it is
   * @param {Map<string, Slots>} sessions
   */
  note(side, sessions) {
    for (const [sessionId, { exports, next }] of sessions) {
      for (const [position, { description }] of exports) {
        const name = `${side}/${sessionId}/${position}`;
        const before = this.#descriptions.get(name) ?? description;
        if (before !== description) this.#judge.fault('wrong', name, `was ${before}, and is ${description}`);
        if (position >= next) this.#judge.fault('wrong', name, `is not below the mark ${next}`);
        this.#descriptions.set(name, description);
      }
      const mark = `${side}/${sessionId}`;
      if (next < (this.#marks.get(mark) ?? 0n)) this.#judge.fault('wrong', mark, `its mark went back to ${next}`);
      this.#marks.set(mark, next);
    }
  }

  /**
   * While no message is under way: what one side counts as received, the other counts as sent, or more.
   *
   * @param {string} exporter
   * @param {Map<string, Slots>} ofExporter
   * @param {Map<string, Slots>} ofImporter
   */
  compare(exporter, ofExporter, ofImporter) {
    for (const [sessionId, { imports }] of ofImporter) {
      const exports = ofExporter.get(sessionId)?.exports;
      for (const [position, count] of imports) {
        const name = `${exporter}/${sessionId}/${position}`;
        const sent = exports?.get(position);
        // One that never had a row was not described: it goes with its process.
        if (sent === undefined && this.#descriptions.has(name)) {
          this.#judge.fault('lost', name, `was dropped while the peer counts ${count}`);
        }
        if (sent !== undefined && sent.count < count) {
          this.#judge.fault('lost', name, `is counted ${sent.count} times, and ${count} times by the peer`);
        }
      }
    }
  }
}
