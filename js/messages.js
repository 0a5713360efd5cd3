// @ts-check

import harden from '@endo/harden';
import { HandledPromise } from '@endo/eventual-send';
import { PASS_STYLE, passStyleOf } from '@endo/pass-style';

import { OUTPUT } from './core-types.js';
import { BROKEN, FULFILLED, LocalPromise } from './local-promise.js';
import { isPresence } from './promises.js';
import { isSturdyRef } from './sturdyref.js';

/**
 * What a peer can ask of something local. A message is the promise for its own answer, too.
 *
 * @import { Deliveries } from './deliveries.js'
 */

const { apply } = Reflect;
const objectPrototype = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (Object.prototype));

/**
 * Whether a value can be picked from: what is inside is judged when it is sent. `passStyleOf` would judge all of it, and refuse
 * promises that the host's async hooks have marked.
 *
 * @param {object} value
 * @returns {string | undefined}
 */
const containerStyleOf = value => {
  const prototype = Object.getPrototypeOf(value);
  if (Array.isArray(value)) {
    return prototype === Array.prototype ? 'copyArray' : undefined;
  }
  if (prototype === Object.prototype) {
    return Object.getOwnPropertySymbols(value).length === 0 ? 'copyRecord' : undefined;
  }
  return Object.hasOwn(value, PASS_STYLE) && /** @type {any} */ (value)[PASS_STYLE] === 'tagged' ? 'tagged' : undefined;
};

/**
 * @param {unknown} value
 * @returns {string} for messages to people
 */
const styleOf = value => {
  if (isSturdyRef(value)) {
    return 'sturdyref';
  }
  if (typeof value === 'object' && value !== null) {
    const style = containerStyleOf(value);
    if (style !== undefined) {
      return style;
    }
  }
  try {
    return passStyleOf(/** @type {any} */ (value));
  } catch {
    return 'unpassable';
  }
};

/**
 * @param {object} container
 * @param {string | number} name of what it has
 * @returns {unknown}
 */
const partOf = (container, name) => {
  const part = Object.getOwnPropertyDescriptor(container, name);
  if (part === undefined || !('value' in part)) {
    throw TypeError(`OCapN: '${name}' is no data.`);
  }
  return part.value;
};

export class Message extends LocalPromise {
  /** What it is for, once that is known. @type {unknown} */
  subject = undefined;

  /** Whether `subject` is why it cannot be done. */
  isHopeless = false;

  /** Whether the subject is known to be an object that was exported. */
  isExported = false;

  /**
   * @param {Deliveries} deliveries
   * @param {number} answerHandle by which the peer may name the answer, or `GONE`
   * @param {number} answerId 0 when nobody waits
   */
  constructor(deliveries, answerHandle, answerId) {
    super(answerHandle);
    this.deliveries = deliveries;
    this.answerId = answerId;
  }

  /**
   * The promise that it is for is settled.
   *
   * @param {LocalPromise} promise
   */
  ready(promise) {
    this.subject = promise.value;
    this.isHopeless = promise.state === BROKEN;
    this.deliveries.enqueue(this);
  }

  /** Its turn has come. */
  run() {
    if (this.isHopeless) {
      this.settle(BROKEN, this.subject);
      return;
    }
    let result;
    let isPromise;
    try {
      result = this.perform(this.subject);
      // A proxy may throw here.
      isPromise = typeof result === 'object' && result !== null && result instanceof Promise;
    } catch (error) {
      this.settle(BROKEN, error);
      return;
    }
    if (isPromise) {
      this.follow(/** @type {Promise<unknown>} */ (result));
    } else {
      this.settle(FULFILLED, result);
    }
  }

  /**
   * Does what was asked.
   *
   * @param {any} subject
   * @returns {unknown}
   */
  perform(subject) {
    return subject;
  }

  settled() {
    this.deliveries.done(this);
  }
}

/** Asks to be told what a promise becomes. */
export class Listen extends Message {}

/** Calls a method of an object, or a function. */
export class Call extends Message {
  /** The method's name, if the reader took it out of the arguments. @type {string | undefined} */
  method = undefined;

  /** @type {unknown[]} */
  args = [];

  /**
   * @param {any} subject
   * @returns {unknown}
   */
  perform(subject) {
    if (!this.isExported) {
      const style = styleOf(subject);
      if (style !== 'remotable') {
        throw TypeError(`OCapN: Cannot apply functions to values with pass-style ${style}`);
      }
    }
    if (typeof subject === 'function') {
      return apply(subject, undefined, this.args);
    }
    if (isPresence(subject)) {
      return HandledPromise.applyFunction(subject, this.args);
    }
    return this.#invoke(subject);
  }

  /** @param {Record<string, unknown>} subject */
  #invoke(subject) {
    let { method, args } = this;
    if (method === undefined) {
      const [name, ...rest] = args;
      method = typeof name === 'symbol' ? Symbol.keyFor(name) : /** @type {string} */ (name);
      args = rest;
    }
    if (typeof method !== 'string') {
      throw TypeError('OCapN: The first argument of a call to an object must name a method.');
    }
    const member = subject[method];
    // What every object inherits is not there for peers.
    if (typeof member === 'function' && member !== objectPrototype[method]) {
      return apply(member, subject, args);
    }
    // A presence of another kind has one promise for ever; other objects get a new one each time.
    const promise = HandledPromise.resolve(subject);
    if (promise === HandledPromise.resolve(subject)) {
      return HandledPromise.applyMethod(subject, method, args);
    }
    throw TypeError('OCapN: The target has no such method.');
  }
}

/** Asks for a part of a value: a field of a record, an item of a list, the payload of a tagged value. */
export class Pick extends Message {
  op = 0;

  /** @type {string | number} */
  name = '';

  /**
   * @param {any} subject
   * @returns {unknown}
   */
  perform(subject) {
    const { op, name } = this;
    harden(subject);
    const style = styleOf(subject);
    if (op === OUTPUT.GET) {
      if (style !== 'copyRecord') {
        throw TypeError(`OCapN: Cannot get fields from values with pass-style ${style}`);
      }
      if (!Object.hasOwn(subject, name)) {
        throw Error(`Field '${name}' not found on record`);
      }
      return partOf(subject, name);
    }
    if (op === OUTPUT.INDEX) {
      if (style !== 'copyArray') {
        throw TypeError(`OCapN: Cannot index into values with pass-style ${style}`);
      }
      if (/** @type {number} */ (name) >= subject.length) {
        throw RangeError(`Index ${name} out of bounds for array of length ${subject.length}`);
      }
      return partOf(subject, name);
    }
    if (style !== 'tagged') {
      throw TypeError(`OCapN: Cannot untag values with pass-style ${style}`);
    }
    const tag = subject[Symbol.toStringTag];
    if (tag !== name) {
      throw Error(`OCapN: Tag mismatch: expected '${name}', got '${tag}'`);
    }
    return subject.payload;
  }
}
