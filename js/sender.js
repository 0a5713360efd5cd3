// @ts-check

import { codeOf } from './errors.js';
import { spoken } from './peer-errors.js';
import { outgoingSturdyRef } from './sturdyref.js';
import { ValueWriter } from './values/writer.js';

/**
 * What a client sends: calls of remote things, and answers to theirs.
 *
 * @import { Core } from './core.js'
 * @import { Logger } from './logger.js'
 * @import { References } from './references.js'
 * @import { Sender } from './promises.js'
 */

const INDEX = /^(?:0|[1-9][0-9]*)$/;

/** Positions in a list that the core takes; a longer list cannot be received. */
const MOST_INDEX = 0xffffffff;

/**
 * @param {unknown} error why a value cannot be passed; the value itself may have thrown it
 * @returns {string}
 */
const knownCode = error => {
  try {
    return codeOf(error) ?? 'NOT_PASSABLE';
  } catch {
    return 'NOT_PASSABLE';
  }
};

/**
 * @param {() => Core} getCore
 * @param {() => References} getReferences
 * @param {Logger} logger
 * @param {() => void} asked told when a question was asked
 */
export const makeSender = (getCore, getReferences, logger, asked) => {
  /** @type {ValueWriter | undefined} */
  let made;

  const writer = () => {
    made ??= new ValueWriter(getCore().memory, {
      find: value => getReferences().findPassed(value),
      slotOf: (value, style) => getReferences().handleOf(value, style === 'promise'),
      sturdyRefOf: outgoingSturdyRef,
    });
    return made;
  };

  /** @type {Sender} */
  const sender = {
    send: (handle, method, args, wantsAnswer, returned) => {
      const length = writer().writeCall(method, args);
      const promise = getCore().call(handle, length, wantsAnswer, returned);
      asked();
      return promise;
    },
    pick: (handle, name, returned) => {
      const core = getCore();
      const promise =
        INDEX.test(name) && Number(name) <= MOST_INDEX
          ? core.index(handle, Number(name), returned)
          : core.get(handle, name, returned);
      asked();
      return promise;
    },
  };

  /**
   * @param {number} answerId
   * @param {boolean} isFulfilled
   * @param {unknown} value
   */
  const settle = (answerId, isFulfilled, value) => {
    const length = isFulfilled ? writer().write(value, 'result') : writer().write(spoken(value), 'reason');
    getCore().settle(answerId, isFulfilled, length);
  };

  /**
   * Tells the peer what a promise of ours became. What cannot be passed breaks it instead.
   *
   * @param {number} answerId
   * @param {boolean} isFulfilled
   * @param {unknown} value
   */
  const answer = (answerId, isFulfilled, value) => {
    try {
      settle(answerId, isFulfilled, value);
    } catch (error) {
      const core = getCore();
      if (core.isOver) {
        return;
      }
      logger.error('An answer cannot be passed', error);
      try {
        settle(answerId, false, core.errorOf(knownCode(error)));
      } catch (again) {
        logger.error('An answer could not be broken', again);
      }
    }
  };

  return { sender, answer };
};

