// @ts-check

import { NONE, OUTPUT } from './core-types.js';
import { makeError } from './errors.js';
import { BYTES_PTR, IN_PTR, OUT_LEN, OUT_PTR, SIDE_PTR } from './values/memory.js';

/**
 * Decoding of what the core left in its out tape. Everything is read before anything is acted upon, since the tape lives only
 * until the core is entered again: what only changes tables (arguments, results, releases) goes to the sink at once and in
 * order; what reaches outside (sockets, the store, the application) is queued as an act.
 *
 * @import { OcapnLocation } from './location.js'
 * @import { LocalObject, LocalPromise } from './local-promise.js'
 * @import { CoreMemory } from './values/memory.js'
 * @import { ValueReader } from './values/reader.js'
 */

/** What a message is for: an error where the peer names what was lost. @typedef {LocalObject | LocalPromise | Error} Target */

/**
 * Takes what changes tables only. It must not enter the core.
 *
 * @typedef {object} OutputSink
 * @property {(handle: number, description: Uint8Array | undefined) => Target} target the description, of an object that may have
 *   to be revived, is a view that stands until the core is entered again
 * @property {(code: number) => Error} error
 * @property {() => Target} nothing
 * @property {(claim: number) => Target} claim what `gift` will tell
 * @property {(claim: number, target: Target) => void} gift
 * @property {(local: number, remote: number) => void} follow a new local promise is to settle as a remote one does
 * @property {(target: Target, answerHandle: number, answerId: number) => void} identify asks for the target itself
 * @property {(session: number, target: Target, answerHandle: number, answerId: number, values: ValueReader) => void} deliver the
 *   argument list is next
 * @property {(target: Target, answerId: number) => void} listen
 * @property {(op: number, target: Target, answerHandle: number, answerId: number, name: string | number) => void} pick
 * @property {(handle: number, isFulfilled: boolean, value: unknown) => void} settled
 * @property {(handle: number, code: number) => void} failed
 * @property {(handle: number) => void} releaseLocal
 * @property {(session: number, info: SessionInfo) => void} sessionInfo
 */

/**
 * @typedef {object} SessionInfo
 * @property {OcapnLocation} location the peer's, as it signed it
 * @property {Uint8Array} ownKey 32 bytes
 * @property {Uint8Array} peerKey 32 bytes
 */

/**
 * What remains to be done. A `TRANSMIT` holds an offset and a length into the core's bytes until it is carried out or the core
 * is entered again, whichever is first; from then on `d` holds its bytes.
 *
 * @typedef {object} Act
 * @property {number} op
 * @property {number} a
 * @property {number} b
 * @property {any} c
 * @property {any} d
 */

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * @param {number} op
 * @param {number} a
 * @param {number} b
 * @param {any} [c]
 * @param {any} [d]
 * @returns {Act}
 */
const act = (op, a, b, c, d) => ({ op, a, b, c, d });

const corrupt = (what = 'a broken out tape') =>
  makeError('INTERNAL_ERROR', `The core left ${what}: a bug in this library.`);

/** Reads the out tape, a pass for each time that the core was entered. */
export class OutputDecoder {
  #memory;
  #values;

  /** Address of the next word. */
  #at = 0;

  /** Address of the outputs' bytes. */
  #bytesAt = 0;

  #inputAt = 0;

  #sideAt = 0;

  /**
   * The writes of this pass: what depends on one comes after it, so all may go first.
   *
   * @type {import('./store.js').Write[] | undefined}
   */
  #writes;

  /**
   * @param {CoreMemory} memory
   * @param {ValueReader} values
   */
  constructor(memory, values) {
    this.#memory = memory;
    this.#values = values;
  }

  /**
   * @param {OutputSink} sink
   * @param {Act[]} acts what is to be done is appended here
   */
  decode(sink, acts) {
    const memory = this.#memory;
    memory.refresh();
    const length = memory.header(OUT_LEN);
    if (length === 0) {
      return;
    }
    const start = memory.header(OUT_PTR);
    const end = start + length * 4;
    this.#at = start;
    this.#bytesAt = memory.header(BYTES_PTR);
    this.#inputAt = memory.header(IN_PTR);
    this.#sideAt = memory.header(SIDE_PTR);
    this.#writes = undefined;
    while (this.#at < end) {
      this.#one(sink, acts);
    }
    if (this.#at !== end) {
      throw corrupt();
    }
  }

  #word() {
    const word = this.#memory.view.getUint32(this.#at, true);
    this.#at += 4;
    return word;
  }

  #float() {
    const value = this.#memory.view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  /** @param {number} base */
  #span(base) {
    const start = base + this.#word();
    return this.#memory.u8.subarray(start, start + this.#word());
  }

  /** @returns {string} */
  #text() {
    return decoder.decode(this.#span(this.#bytesAt));
  }

  #location() {
    const transport = this.#text();
    const designator = this.#text();
    const count = this.#word();
    /** @type {false | Record<string, string>} */
    let hints = false;
    if (count !== NONE) {
      const pairs = [];
      for (let i = 0; i < count; i += 1) {
        const key = this.#text();
        pairs.push([key, this.#text()]);
      }
      hints = Object.fromEntries(pairs);
    }
    return /** @type {OcapnLocation} */ ({ type: 'ocapn-peer', transport, designator, hints });
  }

  /**
   * @param {OutputSink} sink
   * @returns {Target}
   */
  #target(sink) {
    const kind = this.#word();
    const handle = this.#word();
    const description = this.#span(this.#sideAt);
    switch (kind) {
      case 0:
        return sink.target(handle, description.length === 0 ? undefined : description);
      case 1:
        return sink.error(handle);
      case 2:
        return sink.nothing();
      default:
        return sink.claim(handle);
    }
  }

  /**
   * The value that follows, after the number of its words.
   *
   * @returns {unknown}
   */
  #value() {
    this.#startValues();
    return this.#values.value();
  }

  /** Makes the reader of values start at the words that follow, and steps over them. */
  #startValues() {
    const length = this.#word() * 4;
    this.#values.start(this.#at, this.#inputAt, this.#sideAt);
    this.#at += length;
  }

  /** @param {OutputSink} sink */
  #deliver(sink) {
    const session = this.#word();
    const target = this.#target(sink);
    const answerHandle = this.#word();
    const answerId = this.#word();
    this.#startValues();
    sink.deliver(session, target, answerHandle, answerId, this.#values);
  }

  /**
   * @param {OutputSink} sink
   * @param {number} op
   */
  #pick(sink, op) {
    this.#word();
    const target = this.#target(sink);
    const answerHandle = this.#word();
    const answerId = this.#word();
    const name = op === OUTPUT.INDEX ? this.#word() : decoder.decode(this.#span(this.#inputAt));
    sink.pick(op, target, answerHandle, answerId, name);
  }

  /**
   * @param {OutputSink} sink
   * @param {Act[]} acts
   */
  #one(sink, acts) {
    const op = this.#word();
    switch (op) {
      case OUTPUT.TRANSMIT: {
        const conn = this.#word();
        const offset = this.#word();
        acts.push(act(op, conn, offset, this.#word()));
        return;
      }
      case OUTPUT.DELIVER:
        this.#deliver(sink);
        return;
      case OUTPUT.SETTLED: {
        const handle = this.#word();
        const isFulfilled = this.#word() === 1;
        sink.settled(handle, isFulfilled, this.#value());
        return;
      }
      case OUTPUT.PERSIST: {
        const key = this.#text();
        const offset = this.#word();
        const length = this.#word();
        const start = this.#bytesAt + offset;
        const value = length === NONE ? undefined : this.#memory.u8.slice(start, start + length);
        const write = { key, value, lazy: this.#word() === 1 };
        if (this.#writes === undefined) {
          this.#writes = [write];
          acts.push(act(op, 0, 0, this.#writes));
        } else {
          this.#writes.push(write);
        }
        return;
      }
      case OUTPUT.FAILED: {
        const handle = this.#word();
        sink.failed(handle, this.#word());
        return;
      }
      case OUTPUT.RELEASE_LOCAL:
        sink.releaseLocal(this.#word());
        return;
      case OUTPUT.LISTEN: {
        this.#word();
        const target = this.#target(sink);
        sink.listen(target, this.#word());
        return;
      }
      case OUTPUT.GET:
      case OUTPUT.INDEX:
      case OUTPUT.UNTAG:
        this.#pick(sink, op);
        return;
      case OUTPUT.IDENTIFY: {
        this.#word();
        const target = this.#target(sink);
        const answerHandle = this.#word();
        sink.identify(target, answerHandle, this.#word());
        return;
      }
      case OUTPUT.FOLLOW: {
        const local = this.#word();
        sink.follow(local, this.#word());
        return;
      }
      case OUTPUT.GIFT_TABLE: {
        const change = this.#word();
        const claim = this.#word();
        const gift = this.#target(sink);
        acts.push(act(op, change, claim, this.#text(), gift));
        return;
      }
      case OUTPUT.GIFT: {
        const claim = this.#word();
        sink.gift(claim, this.#target(sink));
        return;
      }
      case OUTPUT.TIMEOUT:
        acts.push(act(op, this.#float(), 0));
        return;
      default:
        this.#rare(op, sink, acts);
    }
  }

  /**
   * What concerns connections and sessions.
   *
   * @param {number} op
   * @param {OutputSink} sink
   * @param {Act[]} acts
   */
  #rare(op, sink, acts) {
    switch (op) {
      case OUTPUT.DIAL: {
        const dial = this.#word();
        const netlayer = this.#word();
        acts.push(act(op, dial, netlayer, this.#location()));
        return;
      }
      case OUTPUT.CLOSE:
      case OUTPUT.REQUEST_OK:
      case OUTPUT.REQUEST_FAILED: {
        const subject = this.#word();
        acts.push(act(op, subject, this.#word()));
        return;
      }
      case OUTPUT.SESSION: {
        const session = this.#word();
        const status = this.#word();
        const code = this.#word();
        const id = this.#memory.u8.slice(this.#at, this.#at + 32);
        this.#at += 32;
        const count = this.#word();
        acts.push(act(op, session, status, { code, id, count, isOutgoing: this.#word() === 1 }));
        return;
      }
      case OUTPUT.AUTHENTICATE: {
        const hook = this.#word();
        const kind = this.#word();
        acts.push(act(op, hook, kind, this.#span(this.#bytesAt).slice()));
        return;
      }
      case OUTPUT.SESSION_INFO: {
        const session = this.#word();
        const location = this.#location();
        const ownKey = this.#span(this.#bytesAt).slice();
        sink.sessionInfo(session, { location, ownKey, peerKey: this.#span(this.#bytesAt).slice() });
        return;
      }
      case OUTPUT.PEER_SAID:
        acts.push(act(op, 0, 0, this.#text()));
        return;
      case OUTPUT.DAMAGED: {
        const key = this.#text();
        acts.push(act(op, 0, 0, key, this.#text()));
        return;
      }
      default:
        throw corrupt(`an unknown output, ${op}`);
    }
  }
}
