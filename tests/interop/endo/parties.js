// @ts-check

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Parties as their parent has them: each a process of its own.
 */

const PARTY = fileURLToPath(new URL('party.mjs', import.meta.url));

/** Ms that a command may take. */
const PATIENCE = 30_000;

/** How many lines of a party's output are kept. */
const KEPT_LINES = 200;

/** @typedef {'ours' | 'ours-lockdown' | 'endo'} Kind */

/** @typedef {Awaited<ReturnType<typeof startParty>>} Party */

/**
 * @param {Kind} kind
 * @param {string} [checkout] of endojs/endo
 */
export const startParty = async (kind, checkout = '') => {
  const child = fork(PARTY, [kind, checkout], { serialization: 'advanced', stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  /** @type {string[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', text => {
      output.push(text);
      output.splice(0, output.length - KEPT_LINES);
    });
  }
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  let last = 0;
  let isOver = false;

  const ready = new Promise((resolve, reject) => waiting.set(0, { resolve, reject }));
  child.on('message', (/** @type {any} */ { ready: isReady, id = 0, result, error }) => {
    const kit = waiting.get(id);
    waiting.delete(id);
    if (isReady || error === undefined) {
      kit?.resolve(result);
    } else {
      const failure = Object.assign(Error(`${kind}: ${error.message}`), { code: error.code });
      failure.stack = `${failure.message}\n${error.stack}`;
      kit?.reject(failure);
    }
  });
  child.on('exit', (code, signal) => {
    isOver = true;
    for (const kit of waiting.values()) {
      kit.reject(Error(`${kind} ended with ${code ?? signal}: ${output.join('')}`));
    }
    waiting.clear();
  });
  await ready;

  /**
   * @param {string} command
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  const ask = (command, ...args) =>
    new Promise((resolve, reject) => {
      if (isOver) {
        reject(Error(`${kind} has ended: ${output.join('')}`));
        return;
      }
      last += 1;
      const id = last;
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(Error(`${kind}: no end of ${command} ${JSON.stringify(args[0]) ?? ''} after ${PATIENCE} ms`));
      }, PATIENCE);
      const settle = (/** @type {(value: any) => void} */ then) => (/** @type {any} */ value) => {
        clearTimeout(timer);
        then(value);
      };
      waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      child.send({ id, command, args });
    });

  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  };

  return {
    kind,
    output,
    ask,
    act: (/** @type {string} */ name, /** @type {any} */ params) => ask('act', name, params),
    /** @type {any} */
    location: undefined,
    kill,
  };
};
