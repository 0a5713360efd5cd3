// @ts-check

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { LedgerReader } from './ledger.js';

/**
 * One of the two: its directory, its ledger, and the process that it is at the moment.
 */

const PROGRAM = fileURLToPath(new URL('program.js', import.meta.url));

/** What was asked of a process that was killed before it answered. */
export class Killed extends Error {}

class Process {
  #next = 1;

  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #asked = new Map();

  isDying = false;

  stderr = '';

  constructor() {
    this.child = fork(PROGRAM, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: ['--expose-gc'],
    });
    this.exited = once(this.child, 'exit');
    this.child.stderr?.on('data', data => {
      this.stderr += data;
    });
    this.child.on('message', (/** @type {any} */ { id, value, error }) => {
      const kit = this.#asked.get(id);
      this.#asked.delete(id);
      if (error === undefined) kit?.resolve(value);
      else kit?.reject(Object.assign(Error(error.message), error));
    });
    this.child.on('exit', (code, signal) => {
      const error = this.isDying ? new Killed('killed') : Error(`The process ended by itself (${code} ${signal}). ${this.stderr}`);
      for (const { reject } of this.#asked.values()) reject(error);
      this.#asked.clear();
    });
  }

  /**
   * @param {string} op of program.js
   * @param {object} [what]
   * @returns {Promise<any>}
   */
  ask(op, what = {}) {
    const id = this.#next;
    this.#next += 1;
    const answer = new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.child.send({ id, op, what }, error => error && this.isDying && reject(new Killed('killed')));
    });
    answer.catch(() => {});
    return answer;
  }

  async kill() {
    this.isDying = true;
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.exited;
  }
}

export class Side {
  /** @type {Process | undefined} */
  #process;

  /** The next one: started before it is needed, since most of a restart is Node's own start. @type {Process | undefined} */
  #spare = new Process();

  #generation = 0;

  /** @type {any} */
  location;

  /**
   * @param {string} name one letter
   * @param {string} root an empty directory
   */
  constructor(name, root) {
    this.name = name;
    this.directory = `${root}/${name}`;
    this.path = `${root}/${name}.ledger`;
    this.ledger = new LedgerReader(this.path);
  }

  get generation() {
    return `${this.name}${this.#generation}`;
  }

  /**
   * Opens the store in a new process.
   *
   * @param {{ seed: number, plant?: string }} options
   * @returns {Promise<void>}
   */
  open({ seed, plant }) {
    this.#generation += 1;
    this.#process = this.#spare ?? new Process();
    this.#spare = new Process();
    const { directory, path: ledger, generation } = this;
    return this.ask('open', { directory, ledger, generation, seed, plant });
  }

  /**
   * @param {string} op
   * @param {object} [what]
   * @returns {Promise<any>} rejects with `Killed`
   */
  ask(op, what) {
    return /** @type {Process} */ (this.#process).ask(op, what);
  }

  /** kill -9, and the end of the process. */
  async kill() {
    await this.#process?.kill();
  }

  /** Nothing of it is left running. */
  async end() {
    await Promise.all([this.#process?.kill(), this.#spare?.kill()]);
    this.ledger.close();
  }
}
