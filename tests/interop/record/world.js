// @ts-check

import { createHash } from 'node:crypto';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

import { makeClient } from '../../../js/index.js';
import { holdEverything, letGo } from './collection.js';

/**
 * What a script runs in, whether it is recorded or replayed: clients with fixed randomness and a clock of their own, and
 * nothing from outside but what their netlayers tell them, one thing at a time.
 *
 * @import { Client } from '../../../js/client.js'
 * @import { Logger, NetLayer, NetlayerHandlers } from '../../../js/netlayers/types.js'
 * @import { ClientOptions } from '../../../js/options.js'
 */

/**
 * Where the netlayers of a script's clients come from.
 *
 * @typedef {object} Boundary
 * @property {(client: string, generation: number) => number} countNetlayers
 * @property {(client: string, generation: number, index: number, handlers: NetlayerHandlers, logger: Logger) =>
 *   NetLayer | Promise<NetLayer>} makeNetlayer
 * @property {(cue: string, args: unknown[]) => void} cue
 */

/**
 * @typedef {object} Script a module of `tests/interop/scripts/`
 * @property {(world: World) => Promise<void>} run
 */

/** What the clock of every world begins with: milliseconds since the epoch. */
const BEGINNING = 1_800_000_000_000;

/** Ms without anything that show that nothing more comes by itself. What waits for a timer of 0 ms has had its turn by then. */
const QUIET_MS = 3;

export class World {
  /** Told to the script by whoever recorded it: where the peers are, say. @type {Record<string, any>} */
  parameters;

  dialect;

  /** Settles when the peers are through: what a script that only serves waits for. It may only return after that. */
  finished;

  /** What clients reported as errors, for whoever looks for the cause of a failure. @type {unknown[][]} */
  troubles = [];

  #seed;

  #boundary;

  #restore;

  #now = BEGINNING;

  #finish = () => {};

  /** @type {Map<string, { client: Client, generation: number }>} */
  #running = new Map();

  /** @type {Map<string, number>} */
  #generations = new Map();

  /** @type {Map<string, Map<string, Uint8Array>>} */
  #baggages = new Map();

  /** @type {Set<object>} */
  #unused = new Set();

  #isTouched = false;

  #holds = 0;

  /** @type {Set<() => void>} */
  #watchers = new Set();

  /**
   * @param {object} options
   * @param {Record<string, any>} options.parameters
   * @param {string} options.dialect
   * @param {string} options.seed
   * @param {Boundary} options.boundary
   */
  constructor({ parameters, dialect, seed, boundary }) {
    this.parameters = parameters;
    this.dialect = /** @type {any} */ (dialect);
    this.#seed = seed;
    this.#boundary = boundary;
    this.#restore = holdEverything();
    this.finished = new Promise(resolve => {
      this.#finish = () => resolve(undefined);
    });
  }

  // For scripts.

  /**
   * Starts a client, or starts one again that was stopped.
   *
   * @param {string} [name]
   * @param {ClientOptions} [options] as for `makeClient`; releases are not gathered for longer than a turn
   * @returns {Promise<{ client: Client, netlayers: NetLayer[], location: NetLayer['location'] }>}
   */
  async start(name = 'us', options = {}) {
    const generation = this.#generations.get(name) ?? 0;
    this.#generations.set(name, generation + 1);
    return this.#holding(async () => {
      const trouble = (/** @type {unknown[]} */ ...args) => void this.troubles.push([name, ...args]);
      const client = makeClient({
        debugLabel: name,
        dialect: this.dialect,
        logger: { log: () => {}, info: () => {}, error: trouble },
        ...options,
        times: { gather: 0, ...options.times },
        now: () => this.#now,
        random: () => createHash('sha256').update(`${this.#seed}/${name}/${generation}`).digest(),
      });
      this.#running.set(name, { client, generation });
      const netlayers = [];
      const count = this.#boundary.countNetlayers(name, generation);
      for (let index = 0; index < count; index += 1) {
        const netlayer = await client.registerNetlayer((handlers, logger) =>
          this.#boundary.makeNetlayer(name, generation, index, handlers, logger),
        );
        netlayers.push(netlayer);
      }
      return { client, netlayers, location: netlayers[0].location };
    });
  }

  /**
   * Takes a client away as a crash does: its connections close without a word. What its baggage holds stays.
   *
   * @param {string} [name]
   */
  async stop(name = 'us') {
    const { client } = this.#running.get(name) ?? {};
    this.#running.delete(name);
    await this.#holding(() => client?.shutdown());
  }

  /**
   * @param {string} [name] of a client
   * @returns {Map<string, Uint8Array>} a baggage in memory, kept over restarts
   */
  baggage(name = 'us') {
    const baggage = this.#baggages.get(name) ?? new Map();
    this.#baggages.set(name, baggage);
    return baggage;
  }

  /**
   * Lets time pass on the clients' clock, and in the world: as much as waits in a client for a timer happens. No peer is
   * heard meanwhile.
   *
   * @param {number} ms
   */
  async advance(ms) {
    await this.#holding(async () => {
      this.#now += ms;
      await sleep(ms);
      await this.#settle();
    });
  }

  /**
   * Says that references are not used any more. They are collected when all that the last message led to is done.
   *
   * @param {...unknown} values references, and lists of them
   */
  letGo(...values) {
    for (const value of values.flat(Infinity)) {
      if (Object(value) === value) this.#unused.add(/** @type {object} */ (value));
    }
  }

  /**
   * Asks for something outside, of whoever records: to make a peer do something, to break a connection. Nothing happens when
   * it is replayed, since what follows from it was recorded.
   *
   * @param {string} cue
   * @param {...unknown} args
   */
  cue(cue, ...args) {
    this.#boundary.cue(cue, args);
  }

  // For what records and replays.

  /**
   * @param {string} name
   * @param {number} generation
   */
  isRunning(name, generation) {
    return this.#running.get(name)?.generation === generation;
  }

  /** Something happened. */
  touch() {
    this.#isTouched = true;
    this.wake();
  }

  /** Something may be there to be done. */
  wake() {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /**
   * @param {number} [ms] at most
   * @returns {Promise<boolean>} whether something happened in that time
   */
  async change(ms) {
    const late = new AbortController();
    /** @type {() => void} */
    let watcher = () => {};
    const changed = new Promise(resolve => {
      watcher = () => resolve(true);
      this.#watchers.add(watcher);
    });
    const over = ms === undefined ? [] : [sleep(ms, false, { signal: late.signal })];
    try {
      return await Promise.race([changed, ...over]);
    } finally {
      this.#watchers.delete(watcher);
      late.abort();
      await Promise.allSettled(over);
    }
  }

  /** Settles when everything is done that follows from what happened, and nothing is being waited for. */
  async quiet() {
    do {
      await this.#settle();
      while (this.#holds > 0) await this.change();
    } while (this.#isTouched);
  }

  finish() {
    this.#finish();
  }

  /** Stops what runs. */
  async close() {
    const names = [...this.#running.keys()];
    await Promise.all(names.map(name => this.stop(name)));
    this.#restore();
  }

  async #settle() {
    do {
      this.#isTouched = false;
      // Whatever clients do at once is done then, and the timers that they set for it come before ours.
      await turn();
      await sleep(QUIET_MS);
      const unused = [...this.#unused];
      this.#unused.clear();
      if (letGo(unused) > 0) this.#isTouched = true;
    } while (this.#isTouched);
  }

  /**
   * @template T
   * @param {() => T | Promise<T>} job no peer is heard before it is done
   * @returns {Promise<T>}
   */
  async #holding(job) {
    this.#holds += 1;
    try {
      return await job();
    } finally {
      this.#holds -= 1;
      this.touch();
    }
  }
}
