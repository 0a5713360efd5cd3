// @ts-check

import { Buffer } from 'node:buffer';

import { Identity, isResumeSignedBy, keyOf, publicIdOf } from './identity.js';
import { dialRaw } from './raw-line.js';
import { bool, bytes, int, list, record, sym } from './syrup.js';

/**
 * A session of a raw peer, as far as tests need one: it exports what they tell it to, and releases nothing by itself.
 *
 * @import { RawLocation } from './identity.js'
 * @import { Framing, RawLine } from './raw-line.js'
 * @import { Encoded, SyrupRecord } from './syrup.js'
 */

/** @param {number | bigint} position */
export const exported = position => record('desc:export', int(position));

/** @param {number | bigint} position */
export const answered = position => record('desc:answer', int(position));

/** @param {number | bigint} position */
export const imported = position => record('desc:import-object', int(position));

/**
 * @param {Encoded} to
 * @param {Encoded[]} args
 * @param {{ answer?: number | bigint, resolver?: number | bigint }} [options]
 */
export const deliver = (to, args, { answer, resolver } = {}) =>
  record(
    'op:deliver',
    to,
    list(...args),
    answer === undefined ? bool(false) : int(answer),
    resolver === undefined ? bool(false) : imported(resolver),
  );

/** @param {string} reason */
export const abort = reason => record('op:abort', Buffer.from(`${Buffer.byteLength(reason)}"${reason}`));

let designators = 0;

/** @returns {RawLocation} one that nobody else has, and nobody can dial */
export const someLocation = () => {
  designators += 1;
  return {
    transport: 'tcp-testing-only',
    designator: `nobody-${process.pid}-${designators}`,
    hints: { host: '127.0.0.1', port: '1' },
  };
};

export class RawSession {
  /** Where the next of its own exports is. */
  #next = 1;

  /**
   * @param {RawLine} line
   * @param {Identity} identity
   * @param {Buffer} peerKey
   * @param {RawLocation} location its own
   */
  constructor(line, identity, peerKey, location) {
    this.line = line;
    this.identity = identity;
    this.peerKey = peerKey;
    this.location = location;
    this.id = identity.sessionWith(peerKey);
  }

  /** @returns {number} a position that it did not use before */
  take() {
    this.#next += 1;
    return this.#next - 1;
  }

  /**
   * Calls something of the peer's and waits for the answer.
   *
   * @param {number | bigint} position
   * @param {Encoded[]} args the method first
   * @returns {Promise<{ how: 'fulfill' | 'break', value: any }>}
   */
  async ask(position, ...args) {
    const resolver = this.take();
    this.line.send(deliver(exported(position), args, { resolver }));
    for (;;) {
      const message = await this.line.expect('op:deliver');
      const [to, [how, value]] = /** @type {[SyrupRecord, any[]]} */ (/** @type {unknown} */ (message.fields));
      if (to.label === 'desc:export' && Number(to.fields[0]) === resolver) {
        return { how: /** @type {any} */ (Symbol.keyFor(how)), value };
      }
    }
  }

  /**
   * Answers the next call of the peer's, whatever it is.
   *
   * @param {Encoded} value
   * @returns {Promise<any[]>} what was called: the target, then the arguments
   */
  async answerNext(value) {
    const { fields } = await this.line.expect('op:deliver');
    const [to, args, , resolver] = fields;
    this.line.send(deliver(exported(resolver.fields[0]), [sym('fulfill'), value]));
    return [to, ...args];
  }

  /** The number of the lower public id's first attempt is 0, that of the other's 1. */
  get parity() {
    return Buffer.compare(this.identity.publicId, publicIdOf(this.peerKey)) < 0 ? 0n : 1n;
  }

  /**
   * Answers a dial that resumes this session, and waits for its confirmation.
   *
   * @param {RawLine} line
   * @returns {Promise<bigint>} the number that the peer dialled with
   */
  async answerResume(line) {
    const dial = await line.expect('op:resume-session');
    const [, number] = dial.fields;
    const count = number * 2n ** 64n + 77n;
    line.send(this.identity.resumeSession(this.id, count));
    const confirmation = await line.expect('op:resume-session');
    if (confirmation.fields[1] !== count || !isResumeSignedBy(/** @type {any} */ (confirmation), this.peerKey)) {
      throw Error('The resume was not confirmed.');
    }
    this.line = line;
    return number;
  }

  /**
   * Dials to resume this session. What comes of it is to be read from the line.
   *
   * @param {RawLocation} to
   * @param {number | bigint} number
   */
  async dialResume(to, number) {
    const line = await dialRaw(to, this.line.framing);
    line.send(this.identity.resumeSession(this.id, number));
    return line;
  }

  /**
   * Dials, and confirms the answer: the session goes on.
   *
   * @param {RawLocation} to
   * @param {number | bigint} number
   */
  async resume(to, number) {
    const line = await this.dialResume(to, number);
    const answer = await line.expect('op:resume-session');
    line.send(this.identity.resumeSession(this.id, answer.fields[1]));
    this.line = line;
  }

  /**
   * @param {string} swissnum
   * @returns {Promise<number>} the position of what was fetched
   */
  async fetch(swissnum) {
    const { how, value } = await this.ask(0, sym('fetch'), bytes(Buffer.from(swissnum)));
    if (how !== 'fulfill') throw Error(`fetch of ${swissnum}: ${value?.fields}`);
    return Number(value.fields[0]);
  }
}

/**
 * Dials, starts a session, and waits for the peer's hello.
 *
 * @param {RawLocation} to
 * @param {{ framing?: Framing, identity?: Identity, location?: RawLocation }} [options] `location`: that it says it has
 */
export const startRaw = async (to, { framing, identity = new Identity(), location = someLocation() } = {}) => {
  const line = await dialRaw(to, framing);
  line.send(identity.startSession(location));
  const hello = await line.expect('op:start-session');
  return new RawSession(line, identity, keyOf(hello.fields[1]), location);
};

/**
 * Answers the hello of a peer that dialled.
 *
 * @param {RawLine} line
 * @param {RawLocation} location its own
 * @param {(peerKey: Buffer) => Identity} [choose]
 */
export const acceptRaw = async (line, location, choose = () => new Identity()) => {
  const hello = await line.expect('op:start-session');
  const peerKey = keyOf(hello.fields[1]);
  const identity = choose(peerKey);
  line.send(identity.startSession(location));
  return new RawSession(line, identity, peerKey, location);
};
