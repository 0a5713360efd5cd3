// @ts-check

/**
 * Holds what the callers wrote down against what the callees have stored.
 *
 * @import { Line } from './ledger.js'
 */

/**
 * @typedef {object} Figures
 * @property {number} kills processes that were killed
 * @property {number} resumes how often the session was resumed, as the side says that saw more of them
 * @property {number} fresh sessions that began after the first one
 * @property {number} acknowledged calls that were answered
 * @property {number} lost acknowledged effects that were missing after a restart
 * @property {number} doubled effects that happened twice, or of calls that say that they did not run
 * @property {number} hung calls and promises that were not settled in time
 * @property {number} notReopened stores that could not be opened after a kill
 */

/** @typedef {'issued' | 'acknowledged' | 'mayHaveRun' | 'didNotRun'} Fate of a call, as its caller knows it */

/** The generation of the caller: what comes before the dot. @param {string} id */
export const generationOf = id => id.slice(0, id.indexOf('.'));

export class Judge {
  /** Calls of each generation of callers. @type {Map<string, Map<string, Fate>>} */
  #calls = new Map();

  /** Promises that have not settled, by generation. @type {Map<string, Set<string>>} */
  #promises = new Map();

  /** @type {Map<string, Set<string>>} what was said once about an id is not said again */
  #said = new Map();

  /** What is wrong, in words. @type {string[]} */
  faults = [];

  /** How many calls were acknowledged to each side. @type {Map<string, number>} */
  #acknowledged = new Map();

  /** @type {Record<'lost' | 'doubled' | 'hung' | 'notReopened', number>} */
  counts = { lost: 0, doubled: 0, hung: 0, notReopened: 0 };

  /**
   * @param {'lost' | 'doubled' | 'hung' | 'notReopened' | 'wrong'} kind
   * @param {string} subject
   * @param {string} text
   */
  fault(kind, subject, text) {
    const said = this.#said.get(kind) ?? new Set();
    this.#said.set(kind, said);
    if (said.has(subject)) return;
    said.add(subject);
    if (kind !== 'wrong') this.counts[kind] += 1;
    this.faults.push(`${kind}: ${subject}: ${text}`);
  }

  /** @param {string} generation */
  #callsOf(generation) {
    const calls = this.#calls.get(generation) ?? new Map();
    this.#calls.set(generation, calls);
    return calls;
  }

  /** @param {Line} line */
  take({ kind, subject, detail }) {
    const generation = generationOf(subject);
    switch (kind) {
      case 'issued':
        this.#callsOf(generation).set(subject, 'issued');
        break;
      case 'acknowledged':
        this.#acknowledged.set(generation.charAt(0), this.acknowledgedBy(generation.charAt(0)) + 1);
        this.#callsOf(generation).set(subject, kind);
        break;
      case 'mayHaveRun':
      case 'didNotRun':
        this.#callsOf(generation).set(subject, kind);
        break;
      case 'promised': {
        const promises = this.#promises.get(generation) ?? new Set();
        this.#promises.set(generation, promises.add(subject));
        break;
      }
      case 'settled':
        this.#promises.get(generation)?.delete(subject);
        break;
      case 'hung':
        this.fault('hung', subject, detail);
        break;
      case 'wrong':
        this.fault('wrong', subject, detail);
        // It was settled, if not as it must be.
        if (this.#callsOf(generation).get(subject) === 'issued') this.#callsOf(generation).set(subject, 'mayHaveRun');
        break;
      default:
    }
  }

  /** @param {string} side */
  acknowledgedBy(side) {
    return this.#acknowledged.get(side) ?? 0;
  }

  get acknowledged() {
    return [...this.#acknowledged.values()].reduce((sum, count) => sum + count, 0);
  }

  /**
   * @param {string} side of callers
   * @returns {string[]} all their generations, oldest first
   */
  generations(side) {
    return [...this.#calls.keys()].filter(generation => generation.startsWith(side));
  }

  /**
   * @param {string} generation of callers
   * @param {Map<string, number>} effects how often each of their calls had its effect, as the callee's store says
   */
  checkEffects(generation, effects) {
    const calls = this.#callsOf(generation);
    for (const [id, count] of effects) {
      const fate = calls.get(id);
      if (fate === undefined) this.fault('wrong', id, 'was never issued, and has an effect');
      if (fate === 'didNotRun') this.fault('doubled', id, 'failed with DID_NOT_RUN, and has an effect');
      if (count !== 1) this.fault('doubled', id, `has ${count} effects`);
    }
    for (const [id, fate] of calls) {
      if (fate === 'acknowledged' && !effects.has(id)) this.fault('lost', id, 'was acknowledged, and has no effect');
    }
  }

  /** @param {string} generation whose process lives, and makes no more calls */
  checkSettled(generation) {
    for (const [id, fate] of this.#callsOf(generation)) {
      if (fate === 'issued') this.fault('hung', id, 'was never settled');
    }
    for (const id of this.#promises.get(generation) ?? []) this.fault('hung', id, 'is a promise, and never settled');
  }
}
