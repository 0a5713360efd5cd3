// @ts-check

import { PLACES, TITLES } from './objects.js';
import { pick } from './random.js';

import { E } from '@endo/eventual-send';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';

/**
 * Calls of every kind, as many at a time as there are lanes.
 *
 * @import { Calls } from './calls.js'
 * @import { Random } from './random.js'
 */

/** So many things happen at the same time. */
const LANES = 16;

/** The most references that a side holds at a time. */
const HELD = 20;

/**
 * @param {object} options
 * @param {Random} options.random
 * @param {Calls} options.calls
 * @param {any} options.desk the peer's
 * @param {ReturnType<typeof import('./objects.js').makeObjects>} options.objects our own
 * @param {import('./tokens.js').KeptTokens} options.tokens of the peer's things
 */
export const makeLoad = ({ random, calls, desk, objects, tokens }) => {
  const state = { isOver: false };
  /** The peer's things, by title: what falls out of it is released. @type {Map<string, any>} */
  const held = new Map();

  const someTitle = () => pick(random, TITLES);
  const someThing = () => objects.provideThing(someTitle());

  /** @param {string} title @param {any} thing */
  const hold = (title, thing) => {
    held.delete(title);
    held.set(title, thing);
    for (const oldest of held.keys()) {
      if (held.size <= HELD) break;
      held.delete(oldest);
    }
  };

  const kinds = {
    apply: () => calls.make(id => E(desk).apply(id), 'desk'),

    /** So many that they fill a frame and a commit. */
    burst: () => Promise.all(Array.from({ length: 2 + random(20) }, () => calls.make(id => E(desk).apply(id), 'desk'))),

    pipelined: async () => {
      const title = someTitle();
      /** @type {Promise<any> | undefined} */
      let opened;
      const first = calls.make(id => (opened = E(desk).open(id, title)));
      const chain = [0, 1].map(() => calls.make(id => E(/** @type {any} */ (opened)).apply(id), title));
      await Promise.all([first, ...chain]);
    },

    later: async () => {
      const isKept = random(3) > 0;
      const answer = await calls.make(id => E(desk).later(id, BigInt(random(60)), isKept));
      if (answer) calls.follow(answer[0], isKept);
    },

    when: async () => {
      const promise = pause(random(30)).then(() => {
        if (random(3) === 0) throw Error('broken on purpose');
      });
      promise.catch(() => {});
      await calls.make(id => E(desk).when(id, promise), 'desk');
    },

    back: () => calls.make(id => E(desk).back(id, someThing()), 'desk'),
    fail: () => calls.make(id => E(desk).fail(id)),
    keep: () => calls.make(id => E(desk).keep(id, BigInt(random(PLACES)), someThing()), 'desk'),

    fetch: async () => {
      const title = someTitle();
      const thing = await calls.ask(() => E(desk).thing(title));
      if (thing !== undefined) hold(title, thing);
    },

    /** What is held, perhaps since before a kill of the peer, is what it was. */
    use: async () => {
      const [title, thing] = pick(random, [...held, ['desk', desk]]);
      await calls.make(id => E(thing).apply(id), title);
    },

    giveBack: async () => {
      const [title, thing] = pick(random, [...held, ['', undefined]]);
      if (thing !== undefined) await calls.ask(() => E(desk).isYours(title, thing), true);
    },

    /** What the peer left with us: our desk's places. */
    usePlace: async () => {
      const thing = pick(random, objects.places);
      if (thing !== undefined) await calls.make(id => E(thing).apply(id));
    },

    /** What is kept by its token is there in the next process too. */
    keepToken: async () => {
      const [title, thing] = pick(random, [...held, ['', undefined]]);
      if (thing !== undefined) await tokens.keep(thing, title);
    },

    useToken: async () => {
      const kept = await tokens.pick(random);
      if (kept !== undefined) await calls.make(id => E(kept.thing).apply(id), kept.title);
    },

    releaseToken: () => tokens.release(random),

    ephemeral: async () => {
      const ephemeral = await calls.ask(() => E(desk).ephemeral());
      await pause(random(40));
      if (ephemeral !== undefined) await calls.ask(() => E(ephemeral).title(), 'ephemeral', ['LOST']);
    },

    release: async () => {
      for (const title of [...held.keys()]) if (random(3) === 0) held.delete(title);
      objects.places[random(PLACES)] = undefined;
      await turn();
      globalThis.gc?.({ type: 'minor' });
    },
  };

  const weighted = /** @type {const} */ ([
    ...['apply', 'apply', 'burst', 'pipelined', 'pipelined', 'later', 'when', 'back', 'fail'],
    ...['keep', 'keep', 'fetch', 'fetch', 'use', 'use', 'giveBack', 'usePlace', 'ephemeral', 'release'],
    ...['keepToken', 'keepToken', 'useToken', 'useToken', 'releaseToken'],
  ]);

  const lane = async () => {
    while (!state.isOver) {
      const kind = /** @type {keyof typeof kinds} */ (pick(random, weighted));
      await kinds[kind]();
      if (random(4) === 0) await pause(random(10));
      else await turn();
    }
  };

  const lanes = Promise.all(Array.from({ length: LANES }, lane));
  return {
    /** No more calls; waits for those that were made. */
    stop: async () => {
      state.isOver = true;
      await lanes;
    },
  };
};
