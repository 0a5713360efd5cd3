// @ts-check

import { setTimeout as sleep } from 'node:timers/promises';

import { startParty } from './parties.js';

/**
 * One of their commits, and who takes part in a scenario with it.
 *
 * @import { StartOptions } from './party.mjs'
 * @import { Kind, Party } from './parties.js'
 */

/**
 * @typedef {object} Report
 * @property {(name: string) => void} pass
 * @property {(name: string, error: unknown) => void} fail
 * @property {(name: string, why: string) => void} skip
 */

/**
 * @typedef {object} Peer
 * @property {string} name
 * @property {string} checkout
 * @property {'2026-01' | '2026-02'} dialect
 */

/**
 * @param {() => unknown} isTrue
 * @param {string} what
 */
export const until = async (isTrue, what) => {
  const end = Date.now() + 15_000;
  while (!(await isTrue())) {
    if (Date.now() > end) throw Error(`It took too long: ${what}`);
    await sleep(10);
  }
};

/** The parties of one scenario: they end with it. */
export class Stage {
  #peer;

  /** @type {Party[]} */
  #parties = [];

  #count = 0;

  /** @param {Peer} peer */
  constructor(peer) {
    this.#peer = peer;
  }

  /**
   * @param {Kind} kind
   * @param {Partial<StartOptions>} [options]
   * @returns {Promise<Party>}
   */
  async start(kind, options = {}) {
    const party = await startParty(kind, kind === 'endo' ? this.#peer.checkout : '');
    this.#parties.push(party);
    this.#count += 1;
    const name = `${kind}-${this.#count}`;
    party.location = await party.ask('start', { name, designator: name, dialect: this.#peer.dialect, ...options });
    return party;
  }

  /** What the parties said, for whoever looks for the cause of a failure. */
  get output() {
    return this.#parties.map(({ kind, output }) => `--- ${kind}\n${output.join('')}`).join('\n');
  }

  async end() {
    await Promise.all(this.#parties.map(party => party.kill()));
  }
}

/**
 * Runs several scenarios with the same parties, and tells how each went.
 *
 * @param {Peer} peer
 * @param {Report} report
 * @param {string} name
 * @param {(stage: Stage, step: (name: string, run: () => Promise<unknown>) => Promise<void>) => Promise<void>} play
 */
export const scenarios = async (peer, report, name, play) => {
  const stage = new Stage(peer);
  const full = `${peer.name}: ${name}`;
  const fail = (/** @type {string} */ what, /** @type {unknown} */ error) => {
    report.fail(what, error);
    if (process.env.OCAPN_INTEROP_OUTPUT) console.log(stage.output);
  };
  /** @param {string} what @param {() => Promise<unknown>} run */
  const step = async (what, run) => {
    try {
      await run();
      report.pass(`${full}: ${what}`);
    } catch (error) {
      fail(`${full}: ${what}`, error);
    }
  };
  try {
    await play(stage, step);
  } catch (error) {
    fail(full, error);
  } finally {
    await stage.end();
  }
};

/**
 * Runs one scenario, and tells how it went.
 *
 * @param {Peer} peer
 * @param {Report} report
 * @param {string} name
 * @param {(stage: Stage) => Promise<void>} play
 */
export const scenario = async (peer, report, name, play) => {
  const [label, ...rest] = name.split(': ');
  await scenarios(peer, report, String(label), (stage, step) => step(rest.join(': '), () => play(stage)));
};
