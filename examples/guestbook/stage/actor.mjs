// @ts-check
// One server of the play: a process, and the next one when that ends.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Before a process that ended is started again, in ms: long enough to be seen. */
const PAUSE = 900;

/** A process that ends sooner than this, in ms, without having been killed, is not started again. */
const SHORT = 2000;

/**
 * @typedef {object} ActorState
 * @property {string} name
 * @property {number | undefined} pid of the process that runs
 * @property {number} starts
 */

/**
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.program below this example
 * @param {string} options.directory
 * @param {() => string[]} options.args more arguments
 * @param {(isUp: boolean) => void} options.changed a process began, or ended
 * @param {(look: any) => void} options.looked
 * @param {(why: string) => void} options.failed
 */
export const makeActor = ({ name, program, directory, args, changed, looked, failed }) => {
  const path = fileURLToPath(new URL(`../${program}`, import.meta.url));
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  /** @type {NodeJS.Timeout | undefined} */
  let next;
  let isStopping = false;
  let starts = 0;

  /** @returns {Promise<any>} what it says once it is ready */
  const start = () => {
    const since = Date.now();
    const started = fork(path, [directory, ...args()], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child = started;
    starts += 1;
    changed(true);
    started.on('exit', (code, signal) => {
      child = undefined;
      changed(false);
      if (isStopping) return;
      if (signal === null && Date.now() - since < SHORT) failed(`The ${name} ended with exit code ${code}.`);
      else next = setTimeout(start, PAUSE);
    });
    return new Promise(resolve => {
      started.on('message', (/** @type {any} */ { ready, look }) => {
        if (ready !== undefined) resolve(ready);
        if (look !== undefined) looked(look);
      });
    });
  };

  /** @param {NodeJS.Signals} signal */
  const end = async signal => {
    isStopping = true;
    clearTimeout(next);
    if (child !== undefined) {
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    }
  };

  return {
    start,
    /** kill -9; the next process starts by itself. */
    kill: () => child?.kill('SIGKILL'),
    /** Ends it in order. */
    stop: () => end('SIGTERM'),
    /** Ends it and deletes what it kept; it can be started again. */
    wipe: async () => {
      await end('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
      isStopping = false;
    },
    /** However the stage ends. */
    abandon: () => child?.kill('SIGKILL'),
    /** @returns {ActorState} */
    state: () => ({ name, pid: child?.pid, starts }),
  };
};

/** @typedef {ReturnType<typeof makeActor>} Actor */
