// @ts-check
import { makeKit } from './kit.mjs';

import harden from '@endo/harden';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

import { records } from '../lib/samples.mjs';

/**
 * What fixed scripts cost on the wire and in the store, counted: messages and bytes, either way, and the commits, writes and
 * bytes of the side that calls.
 *
 * @import { Kit } from './kit.mjs'
 */

const TIMES = 1000;

/** @type {Record<string, (remote: any, kit: Kit) => Promise<unknown>>} */
const scripts = {
  'handshake and first fetch': async () => {},
  '1,000 echoes one by one': async remote => {
    for (let i = 0; i < TIMES; i += 1) await E(remote).echo('hello');
  },
  '1,000 echoes in flight': remote => Promise.all(Array.from({ length: TIMES }, () => E(remote).echo('hello'))),
  '1,000 calls without an answer': async remote => {
    for (let i = 0; i < TIMES; i += 1) E.sendOnly(remote).note(1);
    await E(remote).echo('done');
  },
  '10 echoes of 100 records': async remote => {
    for (let i = 0; i < 10; i += 1) await E(remote).echo(harden(records()));
  },
  '100 chains of 10 calls': async remote => {
    for (let i = 0; i < 100; i += 1) {
      let last = remote;
      for (let depth = 1; depth < 10; depth += 1) last = E(last).next();
      await E(last).echo('end');
    }
  },
  '1,000 durable exports, 1 a message': (remote, { names }) =>
    Promise.all(
      Array.from({ length: TIMES }, (_, i) => {
        const object = Far('object', {});
        names.set(object, `object ${1000 + i}`);
        return E(remote).keep(object);
      }),
    ),
  '1,000 ephemeral exports, 100 a message': async remote => {
    for (let i = 0; i < TIMES; i += 100) {
      await E(remote).keep(harden(Array.from({ length: 100 }, () => Far('object', {}))));
    }
  },
  'a resume and an echo': async (remote, { network, a, b }) => {
    network.cut('a', 'b');
    await new Promise(resolve => setTimeout(resolve, 20));
    await a.client.provideSession(b.location);
    await E(remote).echo('hello');
    if (!a.events.includes('resumed')) throw Error('the session did not resume');
  },
};

/** Timers this long do not fire: a write that may wait for another one's commit waits until the end, however slow the machine. */
const NEVER = 500;

/**
 * @template T
 * @param {() => Promise<T>} run
 */
const withoutLongTimers = async run => {
  const { setTimeout } = globalThis;
  /** @param {(...args: any[]) => void} job @param {number} [ms] */
  const shortOnly = (job, ms = 0, ...args) => (ms < NEVER ? setTimeout(job, ms, ...args) : setTimeout(() => {}, 0));
  globalThis.setTimeout = /** @type {any} */ (shortOnly);
  try {
    return await run();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
};

const countAll = async () => {
  /** @type {Record<string, number>} */
  const counted = {};
  for (const [name, script] of Object.entries(scripts)) {
    const kit = await makeKit();
    const remote = await kit.connect();
    if (name !== 'handshake and first fetch') {
      await kit.settle();
      kit.take();
    }
    await script(remote, kit);
    await kit.settle();
    for (const [what, count] of Object.entries(kit.take())) counted[`${name}: ${what}`] = count;
    await kit.close();
  }
  return counted;
};

/** @returns {Promise<Record<string, number>>} by the script and what is counted */
export const countWork = () => withoutLongTimers(countAll);
