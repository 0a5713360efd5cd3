// @ts-check
// A peer as the conductor sees it: one process after the other, each with the same program and directory.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** How long anything may take that the conductor waits for, in ms. */
const PATIENCE = 8000;

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {string} what
 * @returns {Promise<T>}
 */
export const inTime = async (promise, what) => {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(Error(`It took too long: ${what}`)), PATIENCE);
  });
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
};

/** @typedef {{ news: string, details: any }} News what a peer said of itself */

/**
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.program beside the conductor's
 * @param {string} options.directory
 * @param {(news: News) => void} options.onNews
 */
export const makeParty = ({ name, program, directory, onNews }) => {
  const path = fileURLToPath(new URL(`../${program}`, import.meta.url));
  /** All that it said, of all its processes. @type {News[]} */
  const said = [];
  /** @type {Set<{ isIt: (news: News) => boolean, resolve: (news: News) => void }>} */
  const listeners = new Set();
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const asked = new Map();
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  let lastId = 0;

  /** @param {News} news */
  const hear = news => {
    said.push(news);
    onNews(news);
    for (const listener of [...listeners]) {
      if (listener.isIt(news)) {
        listeners.delete(listener);
        listener.resolve(news);
      }
    }
  };

  /** @param {any} message */
  const receive = message => {
    if (message.news !== undefined) {
      hear(message);
      return;
    }
    const waiting = asked.get(message.id);
    asked.delete(message.id);
    if (message.error === undefined) {
      waiting?.resolve(message.value);
    } else {
      waiting?.reject(Object.assign(Error(`${name}: ${message.error.message}`), { code: message.error.code }));
    }
  };

  /**
   * The first news that fit, of those that come from now on, or that came since a mark.
   *
   * @param {string} kind
   * @param {(details: any) => boolean} [fits]
   * @param {number} [since]
   * @returns {Promise<any>} the details
   */
  const news = async (kind, fits = () => true, since = said.length) => {
    /** @param {News} one */
    const isIt = one => one.news === kind && fits(one.details);
    const found = said.slice(since).find(isIt);
    if (found !== undefined) return found.details;
    /** @type {Promise<News>} */
    const later = new Promise(resolve => listeners.add({ isIt, resolve }));
    return (await inTime(later, `${name} says '${kind}'`)).details;
  };

  return {
    name,
    directory,
    news,

    get pid() {
      return child?.pid;
    },

    /** A mark in what it says, for `news`. */
    mark: () => said.length,

    /**
     * What became of sessions, in order, since a mark.
     *
     * @param {number} since
     * @returns {Array<{ type: string, sessionId: string }>}
     */
    sessionNews: since => said.slice(since).filter(one => one.news === 'session').map(one => one.details),

    /**
     * Starts a process.
     *
     * @param {...string} flags
     */
    start: async (...flags) => {
      const since = said.length;
      const started = fork(path, [directory, ...flags], { serialization: 'advanced' });
      child = started;
      started.on('message', receive);
      started.on('exit', (code, signal) => {
        if (child === started) child = undefined;
        for (const { reject } of asked.values()) {
          reject(Error(`${name}'s process ended (${signal ?? `exit code ${code}`}).`));
        }
        asked.clear();
      });
      const failed = once(started, 'exit').then(([code, signal]) => {
        throw Error(`${name}'s process ended at its start (${signal ?? `exit code ${code}`}).`);
      });
      const ready = news('ready', undefined, since);
      return Promise.race([ready, failed]);
    },

    /**
     * @param {string} order
     * @param {...any} args
     * @returns {Promise<any>}
     */
    ask: (order, ...args) => {
      lastId += 1;
      const id = lastId;
      /** @type {Promise<any>} */
      const answer = new Promise((resolve, reject) => {
        if (child === undefined) {
          reject(Error(`${name} has no process.`));
          return;
        }
        asked.set(id, { resolve, reject });
        child.send({ id, order, args }, error => error && reject(error));
      });
      answer.catch(() => {});
      return inTime(answer, `${name} answers '${order}'`);
    },

    /** kill -9; resolves when the process is gone. */
    kill9: async () => {
      const killed = child;
      if (killed?.pid === undefined) throw Error(`${name} has no process.`);
      const gone = once(killed, 'exit');
      process.kill(killed.pid, 'SIGKILL');
      const [, signal] = await inTime(gone, `${name} dies`);
      return signal;
    },

    /** Ends the process in order. */
    stop: async () => {
      const stopping = child;
      if (stopping === undefined) throw Error(`${name} has no process.`);
      const gone = once(stopping, 'exit');
      stopping.send({ id: 0, order: 'stop', args: [] }, () => {});
      const [code] = await inTime(gone, `${name} stops`);
      return code;
    },

    /** Ends the process, whatever it does; for the demo's own end. */
    abandon: () => child?.kill('SIGKILL'),
  };
};

/** @typedef {ReturnType<typeof makeParty>} Party */
