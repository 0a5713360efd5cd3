// @ts-check

import { provideFromBaggage } from '../../js/index.js';
import { generationOf } from './judge.js';

import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/**
 * What each side has for the other: all that has an effect writes it down durably before it answers, and no other way.
 *
 * @import { Baggage } from '../../js/baggage/types.js'
 */

/** @param {Baggage} baggage */
export const openEffects = baggage => {
  const generations = provideFromBaggage(baggage, 'effects', () => new Map());
  const totals = provideFromBaggage(baggage, 'totals', () => new Map([['all', 0]]));

  return {
    /**
     * Writes that a call had its effect. All of it is in one commit.
     *
     * @param {string} id
     */
    apply: id => {
      const generation = generationOf(id);
      if (!generations.has(generation)) generations.set(generation, new Map());
      const effects = generations.get(generation);
      effects.set(id, (effects.get(id) ?? 0) + 1);
      totals.set('all', Number(totals.get('all')) + 1);
    },

    /**
     * @param {string} generation
     * @returns {Map<string, number>} how often each call of its had its effect
     */
    of: generation => new Map(generations.get(generation)?.entries() ?? []),

    /** The sum of all, which is kept beside them. */
    total: () => Number(totals.get('all')),
  };
};

/** The titles of the things of one side: few, so that each is exported, dropped and exported again. */
export const TITLES = Array.from({ length: 24 }, (_, index) => `thing-${index}`);

/** As many references of the other side's a desk keeps at a time. */
export const PLACES = 12;

/**
 * @param {ReturnType<typeof openEffects>} effects
 * @param {(reference: any) => Promise<unknown>} callBack makes a call of its own, with an id of its own, and writes down what
 *   comes of it; does not reject
 */
export const makeObjects = (effects, callBack) => {
  /** @type {Map<string, object>} */
  const things = new Map();
  /** @type {WeakMap<object, string>} */
  const titles = new WeakMap();
  /** How often each was made in this process. @type {string[]} */
  const revived = [];

  /** @param {string} title */
  const provideThing = title => {
    let thing = things.get(title);
    if (thing === undefined) {
      thing = Far('thing', {
        title: () => title,
        apply: (/** @type {string} */ id) => {
          effects.apply(id);
          return title;
        },
      });
      things.set(title, thing);
      titles.set(thing, title);
    }
    return thing;
  };

  /** What the other side left here. @type {any[]} */
  const places = Array.from({ length: PLACES }, () => undefined);

  const desk = Far('desk', {
    apply: (/** @type {string} */ id) => {
      effects.apply(id);
      return 'desk';
    },

    /** For a call on the answer, before there is one. */
    open: (/** @type {string} */ id, /** @type {string} */ title) => {
      effects.apply(id);
      return provideThing(title);
    },

    thing: (/** @type {string} */ title) => provideThing(title),

    /** Lives as long as this process. */
    ephemeral: () => Far('ephemeral', { title: () => 'ephemeral' }),

    /** Answers with a promise, which is kept later or broken. */
    later: (/** @type {string} */ id, /** @type {number} */ ms, /** @type {boolean} */ isKept) => {
      effects.apply(id);
      const promise = new Promise((resolve, reject) => {
        setTimeout(() => (isKept ? resolve('kept') : reject(Error('broken on purpose'))), Number(ms));
      });
      promise.catch(() => {});
      return Object.freeze([promise]);
    },

    /** Has its effect when the caller's promise is settled. */
    when: async (/** @type {string} */ id, /** @type {Promise<any>} */ promise) => {
      await promise.catch(() => {});
      effects.apply(id);
      return 'desk';
    },

    /** Calls the caller, before it answers. */
    back: async (/** @type {string} */ id, /** @type {any} */ callback) => {
      effects.apply(id);
      await callBack(callback);
      return 'desk';
    },

    /** Has its effect, and fails. */
    fail: (/** @type {string} */ id) => {
      effects.apply(id);
      throw Error('failed on purpose');
    },

    /** Keeps a reference instead of the one that was there, which nobody here holds any more. */
    keep: (/** @type {string} */ id, /** @type {number} */ place, /** @type {any} */ reference) => {
      effects.apply(id);
      places[Number(place)] = reference;
      return 'desk';
    },

    /** Whether what came back is what is meant, and not another one of the same title. */
    isYours: async (/** @type {string} */ title, /** @type {any} */ thing) => (await thing) === things.get(title),
  });

  return {
    desk,
    provideThing,
    places,
    revived,
    describe: (/** @type {object} */ value) => titles.get(value),
    revive: (/** @type {string} */ title) => {
      revived.push(title);
      return provideThing(title);
    },
    /** @param {any} reference */
    titleOf: reference => E(reference).title(),
  };
};
