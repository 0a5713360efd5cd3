// @ts-check
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { endoMaster, endoPr } from './endo.mjs';

/**
 * The processes that measure: one for each side and host, for the whole run.
 */

const CHILD = fileURLToPath(new URL('../child.mjs', import.meta.url));

/** What each side is called in the results, in their order. */
export const SIDES = Object.freeze({
  ours: 'ocapn-wasm',
  endo: '@endo/ocapn',
  'endo-pr': 'endo PR 3175',
  capnweb: 'capnweb',
  floor: 'floor',
  core: 'core, native',
});

/** How long one job may take, in ms: twice what the slowest takes. */
const LIMIT = 1_800_000;

/** SES tells otherwise which intrinsics it removes. @type {NodeJS.ProcessEnv} */
export const QUIET = { ...process.env, LOCKDOWN_REPORTING: 'none' };

/** @typedef {keyof typeof SIDES} SideKey */

/** @returns {SideKey[]} those that can be measured here */
export const availableSides = () => {
  /** @type {SideKey[]} */
  const missing = [];
  if (endoMaster() === undefined) missing.push('endo');
  if (endoPr() === undefined) missing.push('endo-pr');
  if (QUIET.OCAPN_BENCH_CORE === undefined) missing.push('core');
  return /** @type {SideKey[]} */ (Object.keys(SIDES)).filter(key => !missing.includes(key));
};

/**
 * What Node is told so that a side runs in a host.
 *
 * @param {string} side
 * @param {string} host
 */
export const hostArgs = (side, host) => {
  const found = { endo: endoMaster, 'endo-pr': endoPr }[side]?.();
  const init = found ? found.resolve('@endo/init') : import.meta.resolve('@endo/init');
  // capnweb adds to an intrinsic when it is loaded.
  const before = side === 'capnweb' ? ['--import', import.meta.resolve('capnweb')] : [];
  return ['--no-warnings', ...(host === 'lockdown' ? [...before, '--import', init] : [])];
};

/**
 * How Node is started for a side that collects garbage when it is asked to. It loads its own modules without its cache of code then.
 *
 * @param {string} side
 * @param {string} host
 */
export const execArgvFor = (side, host) => ['--expose-gc', ...hostArgs(side, host)];

/**
 * @param {SideKey} side
 * @param {string} host
 */
export const startWorker = (side, host) => {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  /** @type {{ resolve: (result: any) => void, reject: (error: Error) => void } | undefined} */
  let waiting;

  const answer = () =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
    });

  const start = async () => {
    child = fork(CHILD, [side, host], {
      execArgv: execArgvFor(side, host),
      env: QUIET,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.on('message', message => {
      const { result, error } = /** @type {any} */ (message);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(Error(error));
    });
    child.on('exit', code => {
      child = undefined;
      waiting?.reject(Error(`the process of ${side} ended with ${code}`));
    });
    await answer();
  };

  return {
    side,
    host,
    name: SIDES[side],
    /**
     * @param {string} job
     * @param {any} [details]
     */
    ask: async (job, details) => {
      if (child === undefined) await start();
      const answered = answer();
      child?.send({ job, ...details });
      const timer = setTimeout(() => {
        waiting?.reject(Error(`'${job}' still runs after ${LIMIT / 1000} s`));
        child?.kill('SIGKILL');
      }, LIMIT);
      return answered.finally(() => clearTimeout(timer));
    },
    /** Ends the process; it is started again when it is asked something. */
    stop: async () => {
      if (child !== undefined) {
        const ended = new Promise(resolve => child?.once('exit', resolve));
        waiting = undefined;
        child.disconnect();
        await ended;
      }
    },
  };
};

/** @typedef {ReturnType<typeof startWorker>} Worker */
