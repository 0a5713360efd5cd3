// @ts-check

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Judge } from './judge.js';
import { makeRandom, pick } from './random.js';
import { Positions, readSlots } from './rows.js';
import { Killed, Side } from './side.js';

/**
 * Two processes call each other, and are killed and started again; what they wrote down must agree with what they stored.
 *
 * @import { Figures } from './judge.js'
 */

/**
 * @typedef {object} CrashOptions
 * @property {number} kills
 * @property {number} seed of what is called, who is killed, and when
 * @property {'lost' | 'doubled'} [plant] a bug: commits that are late, or calls that are repeated
 * @property {(text: string) => void} [say] told of progress
 */

/** The longest that anything may take on a busy machine, in ms. */
const PATIENCE = 90_000;

/** The store of a side is checked for the calls of so many generations of the other's after a restart, */
const RECENT = 4;

/** and for all of them each so many rounds. */
const ALL = 25;

/** Answers that each side waits for between two kills that are not early. */
const LEAST = 5;

class Crash {
  /** @type {CrashOptions} */
  #options;

  #random;

  #judge = new Judge();

  #positions = new Positions(this.#judge);

  /** @type {Side[]} */
  #sides;

  #kills = 0;

  #round = 0;

  /** Events of sessions, by side and type. @type {Map<string, number>} */
  #events = new Map();

  /** Sessions that began. @type {Set<string>} */
  #begun = new Set();

  /**
   * @param {CrashOptions} options
   * @param {string} root
   */
  constructor(options, root) {
    this.#options = options;
    this.#random = makeRandom(options.seed);
    this.#sides = ['a', 'b'].map(name => new Side(name, root));
  }

  get judge() {
    return this.#judge;
  }

  /** @param {Side} side */
  #other(side) {
    return /** @type {Side} */ (this.#sides[side === this.#sides[0] ? 1 : 0]);
  }

  /** Takes in what the processes wrote down. */
  #read() {
    for (const { name, ledger } of this.#sides) {
      for (const line of ledger.read()) {
        this.#judge.take(line);
        if (line.kind === 'session') this.#takeEvent(name, line.subject, line.detail);
      }
    }
  }

  /**
   * @param {string} name of a side
   * @param {string} type
   * @param {string} detail
   */
  #takeEvent(name, type, detail) {
    this.#events.set(`${name} ${type}`, (this.#events.get(`${name} ${type}`) ?? 0) + 1);
    const [sessionId = ''] = detail.split(' ');
    if (type === 'fresh') this.#begun.add(sessionId);
    if (type === 'severed' || type === 'refused') this.#judge.fault('wrong', `session ${sessionId}`, `${type} at ${name}: ${detail}`);
  }

  /**
   * @template T
   * @param {Promise<T>} promise
   * @param {string} what
   * @returns {Promise<T>}
   */
  async #within(promise, what) {
    const timer = new AbortController();
    const late = pause(PATIENCE, undefined, { signal: timer.signal }).then(() => {
      this.#judge.fault('hung', what, `took more than ${PATIENCE} ms`);
      throw Error(`It took more than ${PATIENCE} ms: ${what}`);
    });
    late.catch(() => {});
    try {
      return await Promise.race([promise, late]);
    } finally {
      timer.abort();
    }
  }

  /**
   * Opens the stores of sides that were killed, and checks them before anything can change in them.
   *
   * @param {Side[]} sides
   */
  async #open(sides) {
    const { plant } = this.#options;
    await Promise.all(
      sides.map(side =>
        side.open({ seed: this.#random(2 ** 32), plant }).catch(error => {
          if (!(error instanceof Killed)) this.#judge.fault('notReopened', side.generation, `${error.code}: ${error.stack}`);
          throw error;
        }),
      ),
    );
    this.#read();
    this.#round += 1;
    await Promise.all(sides.map(side => this.#checkEffects(side, this.#round % ALL === 0)));
    await this.#checkRows();
  }

  /**
   * @param {Side} side
   * @param {boolean} isAll
   */
  async #checkEffects(side, isAll) {
    const known = this.#judge.generations(this.#other(side).name);
    const generations = isAll ? known : known.slice(-RECENT);
    const { of, total } = await side.ask('effects', { generations });
    // What came since is checked the next time.
    let sum = 0;
    for (const [generation, effects] of of) {
      this.#judge.checkEffects(generation, effects);
      for (const count of effects.values()) sum += count;
    }
    if (isAll && sum !== total) this.#judge.fault('lost', `the sum of ${side.name}`, `is ${total}, and its parts make ${sum}`);
  }

  /** While at least one side has no connection. */
  async #checkRows() {
    const [a, b] = await Promise.all(this.#sides.map(async side => readSlots(await side.ask('rows'))));
    if (a === undefined || b === undefined) return;
    this.#positions.note('a', a);
    this.#positions.note('b', b);
    this.#positions.compare('a', a, b);
    this.#positions.compare('b', b, a);
  }

  /**
   * @param {Side[]} sides
   */
  async #start(sides) {
    await this.#open(sides);
    await Promise.all(
      sides.map(async side => {
        side.location = await side.ask('listen');
      }),
    );
    await Promise.all(sides.map(side => side.ask('load', { peer: this.#other(side).location })));
  }

  /** Until both sides were answered a few times more. */
  async #progress() {
    const count = (/** @type {Side} */ { name }) => this.#judge.acknowledgedBy(name);
    const before = this.#sides.map(count);
    const isEnough = () => {
      this.#read();
      return this.#sides.every((side, index) => count(side) >= Number(before[index]) + LEAST);
    };
    const end = Date.now() + PATIENCE;
    while (!isEnough()) {
      if (Date.now() > end) {
        this.#judge.fault('hung', `round ${this.#round}`, `no answers for ${PATIENCE} ms`);
        throw Error('No progress.');
      }
      await pause(5);
    }
  }

  /** @param {Side[]} sides */
  async #kill(sides) {
    this.#kills += sides.length;
    await Promise.all(sides.map(side => side.kill()));
  }

  /** One kill, of one side or both, at a moment of the seed's choice, and what follows. */
  async #once() {
    const random = this.#random;
    const [a, b] = /** @type {[Side, Side]} */ (this.#sides);
    const chosen = pick(random, [[a], [a], [b], [b], [a, b]]);
    const victims = chosen.slice(0, this.#options.kills - this.#kills);
    await this.#kill(victims);
    let starting = this.#start(victims);
    // Some are killed again while they come back.
    while (random(4) === 0 && this.#kills + victims.length <= this.#options.kills) {
      starting.catch(() => {});
      await Promise.race([starting, pause(random(150))]);
      await this.#kill(victims);
      const failure = await starting.then(
        () => undefined,
        error => error,
      );
      if (failure !== undefined && !(failure instanceof Killed)) throw failure;
      starting = this.#start(victims);
    }
    await this.#within(starting, `the start of round ${this.#round}`);
    if (random(4) > 0) await this.#progress();
    if (random(4) === 0) await pick(random, [a, b]).ask('cut');
    await pause(random(200));
  }

  async run() {
    const { kills, say = () => {} } = this.#options;
    await this.#within(this.#start(this.#sides), 'the first start');
    await this.#progress();
    while (this.#kills < kills && this.#judge.faults.length === 0) {
      await this.#once();
      say(`${this.#kills} kills, ${this.#judge.acknowledged} calls acknowledged`);
    }
    await this.#within(this.#finish(), 'the end of all calls');
  }

  /** Lets all calls settle, and looks at everything. */
  async #finish() {
    await this.#progress();
    await Promise.all(this.#sides.map(side => side.ask('calm')));
    await Promise.all(this.#sides.map(side => side.ask('durable')));
    this.#read();
    for (const side of this.#sides) {
      this.#judge.checkSettled(side.generation);
      await this.#checkEffects(side, true);
    }
    await this.#checkRows();
    for (const side of this.#sides) await this.#checkSessions(side);
  }

  /** @param {Side} side */
  async #checkSessions(side) {
    const { sessions, handshakes } = await side.ask('inspect');
    const active = sessions.filter((/** @type {any} */ { status }) => status === 'active');
    if (sessions.length !== 1 || active.length !== 1 || handshakes !== 0) {
      const shown = sessions.map((/** @type {any} */ { id, status }) => `${id} ${status}`);
      this.#judge.fault('wrong', side.name, `ends with the sessions ${shown}, and ${handshakes} handshakes`);
    }
  }

  /** @returns {Figures} */
  figures() {
    this.#read();
    const resumes = this.#sides.map(({ name }) => this.#events.get(`${name} resumed`) ?? 0);
    const fresh = Math.max(0, this.#begun.size - 1);
    if (fresh > 0) this.#judge.fault('wrong', 'sessions', `${[...this.#begun]} began, where one would do`);
    return {
      kills: this.#kills,
      resumes: Math.max(...resumes),
      fresh,
      acknowledged: this.#judge.acknowledged,
      ...this.#judge.counts,
    };
  }

  async end() {
    await Promise.all(this.#sides.map(side => side.end()));
  }
}

/**
 * @param {CrashOptions} options
 * @returns {Promise<{ figures: Figures, faults: string[] }>} `faults` in words, all that is wrong
 */
export const crash = async options => {
  const root = mkdtempSync(join(tmpdir(), 'ocapn-crash-'));
  const run = new Crash(options, root);
  try {
    await run.run();
  } catch (error) {
    run.judge.fault('wrong', 'the run', /** @type {Error} */ (error).stack ?? String(error));
  }
  try {
    const figures = run.figures();
    return { figures, faults: run.judge.faults };
  } finally {
    await run.end();
    rmSync(root, { recursive: true, force: true });
  }
};
