// @ts-check

import { BROKEN, LocalObject, PENDING } from './local-promise.js';
import { Call, Listen, Pick } from './messages.js';
import { GONE, isPresence } from './promises.js';

/**
 * The queue of what peers ask. Each message is a turn of its own, in the order of arrival; one to a promise of ours waits with
 * that promise, and takes its place in the queue in the turn of the settlement. So messages to one object, and to the promises
 * that led to it, stay in order.
 *
 * @import { LocalPromise } from './local-promise.js'
 * @import { Message } from './messages.js'
 * @import { Target } from './outputs.js'
 * @import { ValueReader } from './values/reader.js'
 */

/**
 * @typedef {object} DeliveryHost
 * @property {(answerId: number, state: 1 | 2, value: unknown) => void} answer tells the peer
 * @property {(answer: LocalPromise) => void} addAnswer makes an answer known by its handle
 * @property {(error: unknown) => void} ignored a message failed that nobody waits for
 * @property {number} mostWaiting messages of one session that nobody waits for and that wait themselves, for a promise of ours;
 *   those that somebody waits for are bounded by the core
 * @property {(session: number) => void} exceeded a session has more of them
 */

/** So many turns that are over may stay in the queue. */
const SLACK = 1024;

export class Deliveries {
  #host;

  /** @type {Message[]} */
  #queue = [];

  /** How many of them are over. */
  #over = 0;

  #isPumping = false;

  /** How many messages that nobody waits for wait themselves, by session. @type {Map<number, number>} */
  #waiting = new Map();

  /** @param {DeliveryHost} host */
  constructor(host) {
    this.#host = host;
  }

  /**
   * @param {number} session
   * @param {Target} target
   * @param {number} answerHandle 0 when the peer cannot name the answer
   * @param {number} answerId 0 when nobody waits
   * @param {ValueReader} values
   */
  deliver(session, target, answerHandle, answerId, values) {
    const call = new Call(this, answerHandle === 0 ? GONE : answerHandle, answerId);
    if (target instanceof LocalObject && typeof target.value === 'object' && !isPresence(target.value)) {
      const { method, args } = values.methodCall();
      call.method = method;
      call.args = args;
    } else {
      call.args = values.functionCall();
    }
    if (answerId !== 0 || target instanceof LocalObject || target instanceof Error || this.#mayWait(session, target)) {
      this.#accept(call, target);
    }
  }

  /**
   * @param {number} session
   * @param {LocalPromise} target
   * @returns {boolean} whether one more call of this session that nobody waits for may wait for that promise
   */
  #mayWait(session, target) {
    if (target.state !== PENDING) {
      return true;
    }
    const count = (this.#waiting.get(session) ?? 0) + 1;
    if (count > this.#host.mostWaiting) {
      if (count < Infinity) {
        this.#waiting.set(session, Infinity);
        this.#host.exceeded(session);
      }
      return false;
    }
    this.#waiting.set(session, count);
    target.wait({ ready: () => this.#waited(session) });
    return true;
  }

  /** @param {number} session that is over */
  forget(session) {
    this.#waiting.delete(session);
  }

  /** @param {number} session */
  #waited(session) {
    const count = (this.#waiting.get(session) ?? 1) - 1;
    if (count === 0) {
      this.#waiting.delete(session);
    } else {
      this.#waiting.set(session, count);
    }
  }

  /**
   * @param {Target} target
   * @param {number} answerId
   */
  listen(target, answerId) {
    this.#accept(new Listen(this, GONE, answerId), target);
  }

  /**
   * The answer is the target itself.
   *
   * @param {Target} target
   * @param {number} answerHandle 0 when the peer cannot name the answer
   * @param {number} answerId
   */
  identify(target, answerHandle, answerId) {
    this.#accept(new Listen(this, answerHandle === 0 ? GONE : answerHandle, answerId), target);
  }

  /**
   * @param {number} op
   * @param {Target} target
   * @param {number} answerHandle
   * @param {number} answerId
   * @param {string | number} name
   */
  pick(op, target, answerHandle, answerId, name) {
    const pick = new Pick(this, answerHandle === 0 ? GONE : answerHandle, answerId);
    pick.op = op;
    pick.name = name;
    this.#accept(pick, target);
  }

  /**
   * @param {Message} message
   * @param {Target} target
   */
  #accept(message, target) {
    if (message.handle !== GONE) {
      this.#host.addAnswer(message);
    }
    if (target instanceof LocalObject) {
      message.subject = target.value;
      message.isExported = true;
      this.enqueue(message);
    } else if (target instanceof Error) {
      message.subject = target;
      message.isHopeless = true;
      this.enqueue(message);
    } else {
      target.wait(message);
    }
  }

  /** @param {Message} message whose subject is known */
  enqueue(message) {
    this.#queue.push(message);
    if (!this.#isPumping) {
      this.#isPumping = true;
      this.#pump();
    }
  }

  async #pump() {
    const queue = this.#queue;
    while (this.#over < queue.length) {
      await undefined;
      const message = /** @type {Message} */ (queue[this.#over]);
      this.#over += 1;
      try {
        message.run();
      } catch (error) {
        this.#host.ignored(error);
      }
      if (this.#over > SLACK && this.#over * 2 > queue.length) {
        queue.splice(0, this.#over);
        this.#over = 0;
      }
    }
    queue.length = 0;
    this.#over = 0;
    this.#isPumping = false;
  }

  /** @param {Message} message settled */
  done(message) {
    if (message.answerId !== 0) {
      this.#host.answer(message.answerId, /** @type {1 | 2} */ (message.state), message.value);
    } else if (message.state === BROKEN) {
      this.#host.ignored(message.value);
    }
  }
}
