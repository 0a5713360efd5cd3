// @ts-check

import { NONE } from './core-types.js';
import { Entrance } from './entrance.js';
import { makeError } from './errors.js';
import { IN_CAP, IN_PTR, OUT_PTR, BYTES_PTR } from './values/memory.js';
import { isWellFormed } from './well-formed.js';

/**
 * What can be asked of the core of one client, each as a method that keeps the rules of `Entrance`.
 *
 * @import { CoreHost, CoreOptions } from './entrance.js'
 * @import { OcapnLocation } from './location.js'
 * @import { WasmModule } from './wasm.js'
 */

/** Flag of `call`. */
const WANT_ANSWER = 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Core {
  #door;

  #host;

  /**
   * @param {WasmModule} module
   * @param {CoreOptions} options
   * @param {CoreHost} host
   */
  constructor(module, options, host) {
    this.#door = new Entrance(module, options, host);
    this.#host = host;
  }

  /** The memory, for what writes outgoing values. */
  get memory() {
    return this.#door.memory;
  }

  /** Whether nothing can be asked of it any more. */
  get isOver() {
    return this.#door.isOver;
  }

  /** Whether an entry would be refused now. */
  get isBusy() {
    return this.#door.isBusy;
  }

  /** Milliseconds since the epoch, as the core counts them. */
  now() {
    return this.#door.now();
  }

  /**
   * @param {number} number of an error code
   * @param {unknown} [cause]
   */
  error(number, cause) {
    return this.#door.error(number, cause);
  }

  /** @param {number} number of an error code */
  reason(number) {
    return this.#door.reason(number);
  }

  /**
   * @param {string} code
   * @param {unknown} [cause]
   */
  errorOf(code, cause) {
    return this.#door.errorOf(code, cause);
  }

  /** @param {(raw: import('./core-types.js').RawCore, now: number) => void} run */
  #fromOutside(run) {
    this.#door.whenFree(() => this.#door.run(run));
  }

  /**
   * Does something as soon as what the core said before has been done.
   *
   * @param {() => void} job
   */
  whenDone(job) {
    this.#door.whenDone(job);
  }

  // What happens outside.

  /** Reads the sessions that the store holds. */
  load() {
    this.#door.run((raw, now) => raw.load(now));
  }

  /**
   * @param {OcapnLocation} location
   * @param {{ authenticates: number, framed: boolean, trustClaims: boolean }} traits
   * @returns {number} its id
   */
  addNetlayer(location, { authenticates, framed, trustClaims }) {
    return this.#door.run(raw => raw.add_netlayer(location.transport, location, authenticates, framed, trustClaims));
  }

  /**
   * @param {number} netlayer
   * @param {number} dial 0 for an incoming connection
   * @param {(conn: number) => void} register 0 when the connection is refused
   */
  connectionOpened(netlayer, dial, register) {
    this.#door.run((raw, now) => raw.connection_opened(now, netlayer, dial), register);
  }

  /**
   * The other side of a connection that we dialled is there.
   *
   * @param {number} conn
   */
  connectionEstablished(conn) {
    this.#door.whenFree(() => this.#door.quietly(raw => raw.connection_established(conn)));
  }

  /**
   * @param {number} conn
   * @param {Uint8Array} data
   */
  receive(conn, data) {
    const door = this.#door;
    if (door.isBusy) {
      const copy = data.slice();
      door.whenFree(() => this.receive(conn, copy));
      return;
    }
    if (door.isOver) {
      return;
    }
    try {
      const raw = door.enter();
      try {
        this.#setInput(raw, data);
        raw.receive(door.time(), conn, data.length);
      } catch (error) {
        throw door.thrown(error);
      }
      door.leave();
    } catch (error) {
      door.report(error);
    }
  }

  /**
   * @param {import('./core-types.js').RawCore} raw
   * @param {Uint8Array} data
   */
  #setInput(raw, data) {
    const { memory } = this;
    memory.refresh();
    if (data.length > memory.header(IN_CAP)) {
      raw.grow_input(data.length);
      memory.refresh();
    }
    memory.u8.set(data, memory.header(IN_PTR));
  }

  /**
   * @param {number} conn
   * @param {boolean} isWrongPeer whether it led to somebody else than the peer that was dialled
   */
  connectionClosed(conn, isWrongPeer) {
    this.#fromOutside((raw, now) => raw.connection_closed(now, conn, isWrongPeer));
  }

  /**
   * Bytes that may come on a connection as long as it has no session; `undefined` when that does not matter.
   *
   * @param {number} conn
   * @returns {number | undefined}
   */
  mostBeforeSession(conn) {
    const door = this.#door;
    if (door.isBusy || door.isOver) {
      return undefined;
    }
    const most = door.quietly(raw => raw.most_before_session(conn));
    return most === NONE ? undefined : most;
  }

  /** @param {number} dial */
  dialFailed(dial) {
    this.#fromOutside((raw, now) => raw.dial_failed(now, dial));
  }

  /** The network may be there again, or this host have slept. */
  wake() {
    this.#fromOutside((raw, now) => raw.wake(now));
  }

  /** Tells peers now what they may let go of, and not a little later. */
  flush() {
    this.#fromOutside((raw, now) => raw.flush(now));
  }

  timeout() {
    this.#fromOutside((raw, now) => raw.timeout(now));
  }

  /** Something else wrote to the same store. */
  wrote() {
    this.#door.whenFree(() => this.#door.quietly(raw => raw.wrote()));
  }

  /** @returns {number} how far the writes have come */
  mark() {
    return this.#door.isOver ? 0 : this.#door.quietly(raw => raw.mark());
  }

  /** @param {number} mark */
  committed(mark) {
    this.#fromOutside((raw, now) => raw.committed(now, mark));
  }

  storeFailed() {
    this.#fromOutside((raw, now) => raw.store_failed(now));
  }

  /**
   * @param {number} hook
   * @param {boolean} isGranted
   */
  authResult(hook, isGranted) {
    this.#fromOutside((raw, now) => raw.auth_result(now, hook, isGranted ? 1 : 0));
  }

  // What the application asks for.

  /**
   * @param {OcapnLocation} location
   * @param {(request: number) => void} register
   */
  provideSession(location, register) {
    this.#door.run((raw, now) => raw.provide_session(now, location), register);
  }

  /**
   * @param {number} session
   * @param {string} reason
   */
  abortSession(session, reason) {
    this.#door.run((raw, now) => raw.abort_session(now, session, reason));
  }

  /** @param {number} session whose peer made us hold more than a limit allows */
  exceeded(session) {
    this.#door.run((raw, now) => raw.exceeded(now, session));
  }

  shutdown() {
    this.#door.run((raw, now) => raw.shutdown(now));
  }

  /** Frees it, once what goes on right now is over: whatever is asked of it from then on throws `SHUT_DOWN`. */
  retire() {
    this.#door.retire();
  }

  /**
   * @param {number} session
   * @returns {number} handle of the peer's bootstrap object
   * @throws {import('./errors.js').CodedError} `SESSION_SEVERED`, or why the whole client is at its end
   */
  bootstrap(session) {
    const door = this.#door;
    const handle = door.quietly(raw => raw.bootstrap(session));
    if (handle === 0) {
      throw door.error(door.failure());
    }
    return handle;
  }

  /**
   * Sends the list of arguments that is in the scratch buffer.
   *
   * @param {number} target
   * @param {number} length of the tape
   * @param {boolean} wantsAnswer
   * @param {Promise<unknown> | undefined} returned the promise that the caller holds
   * @returns {unknown} what the host made of the question
   */
  call(target, length, wantsAnswer, returned) {
    const door = this.#door;
    const raw = door.enter();
    let question;
    try {
      question = raw.call(door.time(), target, length, wantsAnswer ? WANT_ANSWER : 0);
    } catch (error) {
      throw door.thrown(error);
    }
    return this.#question(question, returned, wantsAnswer);
  }

  /**
   * @param {number} target
   * @param {string} name
   * @param {Promise<unknown> | undefined} returned
   */
  get(target, name, returned) {
    const { length } = this.#setText(name);
    return this.#pick((raw, now) => raw.get(now, target, length), returned);
  }

  /**
   * @param {number} target
   * @param {string} tag
   * @param {Promise<unknown> | undefined} returned
   */
  untag(target, tag, returned) {
    const { length } = this.#setText(tag);
    return this.#pick((raw, now) => raw.untag(now, target, length), returned);
  }

  /**
   * @param {number} target
   * @param {number} index
   * @param {Promise<unknown> | undefined} returned
   */
  index(target, index, returned) {
    return this.#pick((raw, now) => raw.index(now, target, index), returned);
  }

  /** @param {string} text */
  #setText(text) {
    if (!isWellFormed(text)) {
      // As bytes it would be another name.
      throw makeError('NOT_PASSABLE', 'Cannot pass the name: it has a lone surrogate.');
    }
    const bytes = encoder.encode(text);
    this.setScratch(bytes);
    return bytes;
  }

  /**
   * @param {(raw: import('./core-types.js').RawCore, now: number) => number} ask
   * @param {Promise<unknown> | undefined} returned
   */
  #pick(ask, returned) {
    const door = this.#door;
    const raw = door.enter();
    let question;
    try {
      question = ask(raw, door.time());
    } catch (error) {
      throw door.thrown(error);
    }
    return this.#question(question, returned, true);
  }

  /**
   * @param {number} question 0 when there is none
   * @param {Promise<unknown> | undefined} returned
   * @param {boolean} isWanted whether there has to be one
   */
  #question(question, returned, isWanted) {
    const door = this.#door;
    if (question !== 0) {
      const promise = this.#host.question(question, returned);
      door.leave();
      return promise;
    }
    const failure = door.failure();
    door.leave();
    if (failure !== 0 || isWanted) {
      throw door.error(failure);
    }
    return undefined;
  }

  /**
   * Answers with the value in the scratch buffer.
   *
   * @param {number} answer
   * @param {boolean} isFulfilled
   * @param {number} length of the tape
   * @throws {import('./errors.js').CodedError} when the value cannot be encoded; nothing was sent then
   */
  settle(answer, isFulfilled, length) {
    this.#checked((raw, now) => raw.settle(now, answer, isFulfilled ? 1 : 0, length));
  }

  /**
   * Runs an export that may fail, and does what it leaves.
   *
   * @template T
   * @param {(raw: import('./core-types.js').RawCore, now: number) => T} run
   * @returns {T}
   */
  #checked(run) {
    const door = this.#door;
    const raw = door.enter();
    let result;
    let failure;
    try {
      result = run(raw, door.time());
      failure = door.failure();
    } catch (error) {
      throw door.thrown(error);
    }
    door.leave();
    if (failure !== 0) {
      throw door.error(failure);
    }
    return result;
  }

  /**
   * @param {number} handle of a remote object
   * @returns {Uint8Array} its token
   */
  refToken(handle) {
    return this.#checked((raw, now) => raw.ref_token(now, handle));
  }

  /**
   * @param {Uint8Array} token
   * @returns {number} the handle of the remote object that has it
   */
  refFromToken(token) {
    this.setScratch(token);
    return this.#checked((raw, now) => raw.ref_from_token(now, token.length));
  }

  /** @param {Uint8Array} token */
  releaseToken(token) {
    this.setScratch(token);
    this.#checked((raw, now) => raw.release_token(now, token.length));
  }

  /** @param {number} handle of an imported promise */
  listen(handle) {
    this.#door.run((raw, now) => raw.listen(now, handle));
  }

  /** @param {number} handle */
  releaseRemote(handle) {
    this.#fromOutside((raw, now) => raw.release_remote(now, handle));
  }

  // Local objects, and what is stored of them.

  /**
   * A handle for a local object or promise. May be called while a value is being written.
   *
   * @param {boolean} isPromise
   * @param {number} descriptionLength bytes of its description, at the start of the scratch buffer
   * @returns {number}
   */
  allocLocal(isPromise, descriptionLength) {
    return this.#door.quietly(raw => raw.alloc_local(isPromise ? 1 : 0, descriptionLength));
  }

  /**
   * Gives a description to an object that may have been exported without one.
   *
   * @param {number} handle
   * @param {number} descriptionLength bytes of it, at the start of the scratch buffer
   */
  describeLocal(handle, descriptionLength) {
    this.#door.run((raw, now) => raw.describe_local(now, handle, descriptionLength));
  }

  /**
   * Puts bytes at the start of the scratch buffer, also while a value is being written there.
   *
   * @param {Uint8Array} bytes for the export that is called next
   */
  setScratch(bytes) {
    // The core may be reading what is there.
    if (this.#door.isBusy) {
      throw this.#door.errorOf('BAGGAGE_REENTRANT');
    }
    this.memory.setScratch(bytes);
  }

  /**
   * Runs an export that leaves nothing to be done, and may fail.
   *
   * @param {(raw: import('./core-types.js').RawCore) => void} run
   */
  #asked(run) {
    this.#door.quietly(run);
    const failure = this.#door.failure();
    if (failure !== 0) {
      throw this.#door.error(failure);
    }
  }

  /**
   * What the core left where it leaves offsets and lengths alone.
   *
   * @param {number} index of the pair
   * @returns {Uint8Array | undefined} a copy; `undefined` when there is none
   */
  #outBytes(index) {
    const { memory } = this;
    memory.refresh();
    const pair = memory.header(OUT_PTR) + index * 8;
    const length = memory.view.getUint32(pair + 4, true);
    const start = memory.header(BYTES_PTR) + memory.view.getUint32(pair, true);
    return length === NONE ? undefined : memory.u8.slice(start, start + length);
  }

  /**
   * The entry of the store for an object that is registered by a swissnum.
   *
   * @param {Uint8Array} swissnum
   * @param {Uint8Array} description how to make it again
   * @returns {{ key: string, value: Uint8Array }}
   */
  encodeSwissnumRow(swissnum, description) {
    const both = new Uint8Array(swissnum.length + description.length);
    both.set(swissnum);
    both.set(description, swissnum.length);
    this.setScratch(both);
    this.#asked(raw => raw.encode_swissnum_row(swissnum.length, description.length));
    const key = decoder.decode(this.#outBytes(0));
    return { key, value: /** @type {Uint8Array} */ (this.#outBytes(1)) };
  }

  /**
   * What the store says of an object that was registered by a swissnum.
   *
   * @param {Uint8Array} swissnum
   * @returns {Uint8Array | undefined} its description
   * @throws {import('./errors.js').CodedError} naming the entry, when it is damaged
   */
  swissnumDescription(swissnum) {
    this.setScratch(swissnum);
    this.#door.quietly(raw => raw.read_swissnum_row(swissnum.length));
    const failure = this.#door.failure();
    const bytes = this.#outBytes(0);
    if (failure !== 0) {
      const { code, message } = this.#door.error(failure);
      throw makeError(code, `${message} The record '${decoder.decode(bytes)}' cannot be used.`);
    }
    return bytes;
  }

  /** What the core holds, for inspection. @returns {any} */
  inspect() {
    return this.#door.quietly(raw => raw.inspect());
  }
}
