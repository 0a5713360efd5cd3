// @ts-check

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Log, within } from './waiting.js';

/**
 * Peers in processes of their own, and their directories.
 *
 * @import { SessionEvent } from '../../../js/session.js'
 */

const PROGRAM = fileURLToPath(new URL('peer-program.js', import.meta.url));

/** @type {string[]} */
const directories = [];
process.once('exit', () => directories.forEach(directory => rmSync(directory, { recursive: true, force: true })));

/** @returns {string} an empty directory, gone when this process ends: what uses it has ended by then */
export const makeDirectory = () => {
  const directory = mkdtempSync(join(tmpdir(), 'ocapn-test-'));
  directories.push(directory);
  return directory;
};

/** A peer in another process. */
export class PeerProcess {
  /** @type {Log<SessionEvent>} */
  events = new Log();

  /** What became of the calls of a burst, as it came. @type {Log<{ value?: any, error?: { message: string, code?: string } }>} */
  outcomes = new Log();

  #next = 1;

  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #asked = new Map();

  #errors = '';

  /** @type {any} */
  location;

  /** @param {string[]} execArgv */
  constructor(execArgv) {
    this.child = fork(PROGRAM, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv });
    this.exited = once(this.child, 'exit');
    this.child.stderr?.on('data', data => {
      this.#errors += data;
    });
    this.child.on('message', (/** @type {any} */ message) => {
      if (message.event) this.events.push(message.event);
      else if (message.outcome) this.outcomes.push(message.outcome);
      else this.#answered(message);
    });
    this.child.on('exit', () => {
      for (const { reject } of this.#asked.values()) reject(Error(`The process ended. ${this.#errors}`));
      this.#asked.clear();
    });
  }

  get pid() {
    return /** @type {number} */ (this.child.pid);
  }

  /** @param {{ id: number, value?: any, error?: { message: string, code?: string } }} message */
  #answered({ id, value, error }) {
    const kit = this.#asked.get(id);
    this.#asked.delete(id);
    if (error === undefined) kit?.resolve(value);
    else kit?.reject(Object.assign(Error(error.message), { code: error.code }));
  }

  /**
   * Asks the process for one of its operations. See peer-program.js.
   *
   * @param {string} op
   * @param {object} [what]
   * @returns {Promise<any>} rejects when the process dies first
   */
  do(op, what = {}) {
    const id = this.#next;
    this.#next += 1;
    const answer = new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.child.send({ id, op, what }, error => error && reject(error));
    });
    answer.catch(() => {});
    return within(answer, `${op} in another process`, 20_000);
  }

  /**
   * @param {string} on what it holds under that name
   * @param {string} method
   * @param {any[]} args
   */
  call(on, method, ...args) {
    return this.do('call', { on, method, args });
  }

  /**
   * @param {any} location
   * @param {string} swissnum
   * @param {string} [as]
   */
  enliven(location, swissnum, as = swissnum) {
    return this.do('enliven', { as, location, swissnum });
  }

  /** kill -9, and the end of the process. */
  async kill() {
    if (this.child.exitCode === null && this.child.signalCode === null) process.kill(this.pid, 'SIGKILL');
    await within(this.exited, 'a killed process is gone');
  }
}

/**
 * Starts a peer in a new process. It is killed when the test is over, at the latest.
 *
 * @param {any} t
 * @param {{ execArgv?: string[], viaPort?: number, [option: string]: any }} options those of `makePeer`, as far as they can be
 *   sent; `viaPort` stands for `via`
 * @returns {Promise<PeerProcess>}
 */
export const startPeer = async (t, { execArgv = [], ...options }) => {
  const peer = new PeerProcess(execArgv);
  t.after(() => peer.kill());
  peer.location = await peer.do('start', options);
  return peer;
};
