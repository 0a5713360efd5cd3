// @ts-check

import { OUTPUT } from './core-types.js';
import { codeOf, makeError } from './errors.js';
import { OutputDecoder } from './outputs.js';
import { BYTES_PTR, CoreMemory, ERROR_CODE, PANICKED } from './values/memory.js';
import { ValueReader } from './values/reader.js';

/**
 * The only door to the wasm core of one client. One rule shapes it: while the core runs, and while what it left is read,
 * nothing enters it; what has to be done outside is done after that, in order, and may enter it again.
 *
 * @import { Act, OutputSink } from './outputs.js'
 * @import { RawCore, StoreReader } from './core-types.js'
 * @import { IncomingReferences } from './values/reader.js'
 * @import { WasmModule } from './wasm.js'
 */

/**
 * What a core needs of the client around it.
 *
 * @typedef {object} CoreHost
 * @property {OutputSink} sink
 * @property {IncomingReferences} incoming makes references of what is received
 * @property {() => void} catchUp does what reading left to be done; may enter the core
 * @property {(act: Act, bytes: (act: Act, mayBeView: boolean) => Uint8Array) => void} act does what is left to be done; whatever it
 *   throws is reported
 * @property {(handle: number, returned: Promise<unknown> | undefined) => unknown} question a call was sent: makes its promise
 * @property {(error: Error) => void} died the core is unusable: everything pending rejects with this
 * @property {(error: unknown) => void} report
 */

/**
 * @typedef {object} CoreOptions
 * @property {object} settings what the core itself is configured with
 * @property {Uint8Array} [seed] 32 random bytes; the core draws its own without
 * @property {StoreReader} [read] the store, where there is one
 * @property {(() => number) | undefined} now the host's clock: milliseconds since the epoch, never running backwards
 */

// A host without wasm hears of it from init().
const { RuntimeError } = globalThis.WebAssembly ?? {};

/** The doors to each module: a trap behind one closes all of them. @type {WeakMap<object, Set<Entrance>>} */
const entrances = new WeakMap();

/**
 * Ends every client of a module that can no longer be trusted.
 *
 * @param {WasmModule} module
 * @param {unknown} cause
 * @returns {Error} what everything rejects with from now on
 */
export const endModule = (module, cause) => {
  const error = makeError('INTERNAL_ERROR', module.errors.textOf('INTERNAL_ERROR'), { cause });
  for (const entrance of [...(entrances.get(module) ?? [])]) {
    entrance.die(error);
  }
  return error;
};

export class Entrance {
  #module;

  #host;

  #now;

  #siblings;

  /** @type {RawCore} */
  #raw;

  #memory;

  #decoder;

  #errors;

  /** Whether the core runs, or its outputs are being read. */
  #isInside = false;

  #isDraining = false;

  #isRetired = false;

  /** @type {Act[]} */
  #acts = [];

  /** How many of them are done. */
  #done = 0;

  /** @type {Error | undefined} */
  #dead;

  #isFreed = false;

  /** What the store's reader threw last: Rust cannot carry it. @type {unknown} */
  #readFailure;

  /** What came while the core was inside. @type {Array<() => void>} */
  #waiting = [];

  /**
   * @param {WasmModule} module
   * @param {CoreOptions} options
   * @param {CoreHost} host
   */
  constructor(module, { settings, seed, read, now }, host) {
    this.#module = module;
    this.#host = host;
    this.#now = now;
    this.#errors = module.errors;
    this.#siblings = entrances.get(module) ?? new Set();
    entrances.set(module, this.#siblings);
    this.#raw = new module.CoreClient(settings, seed, read && this.#guard(read));
    this.#memory = new CoreMemory({
      memory: module.memory,
      headerAddress: this.#raw.header_ptr(),
      growScratch: min => {
        this.quietly(raw => raw.grow_scratch(min));
      },
    });
    this.values = new ValueReader(this.#memory, host.incoming);
    this.#decoder = new OutputDecoder(this.#memory, this.values);
    this.#siblings.add(this);
  }

  get memory() {
    return this.#memory;
  }

  /** Why nothing can be asked of the core any more. */
  get dead() {
    if (this.#isFreed) {
      // Most who shut down ask for nothing afterwards, and an Error takes its stack.
      this.#dead ??= this.errorOf('SHUT_DOWN');
    }
    return this.#dead;
  }

  /** Whether nothing can be asked of the core any more: it died, or was freed. */
  get isOver() {
    return this.#isFreed || this.#dead !== undefined;
  }

  /** Whether an entry would be refused now. */
  get isBusy() {
    return this.#isInside;
  }

  /**
   * @param {number} number of an error code
   * @param {unknown} [cause]
   */
  error(number, cause) {
    const { code, text } = this.reason(number);
    return makeError(code, text, { cause });
  }

  /**
   * What an error of this number says, without the error: that takes a stack.
   *
   * @param {number} number of an error code
   */
  reason(number) {
    return this.#errors.byNumber(number);
  }

  /**
   * @param {string} code
   * @param {unknown} [cause]
   */
  errorOf(code, cause) {
    return makeError(code, this.#errors.textOf(code), { cause });
  }

  /** The number of the error that the last export left, 0 for none. */
  failure() {
    this.#memory.refresh();
    return this.#memory.header(ERROR_CODE);
  }

  /**
   * The reader that the core is given: what it throws is kept for the error that follows.
   *
   * @param {StoreReader} read
   * @returns {StoreReader}
   */
  #guard(read) {
    /** @param {unknown} error */
    const keep = error => {
      this.#readFailure = error;
      return error;
    };
    return {
      get: key => {
        try {
          return read.get(key);
        } catch (error) {
          throw keep(error);
        }
      },
      keys: prefix => {
        try {
          return read.keys(prefix);
        } catch (error) {
          throw keep(error);
        }
      },
    };
  }

  /**
   * Begins an entry. Whoever calls this calls `leave` or `thrown` after it, whatever happens.
   *
   * @returns {RawCore}
   */
  enter() {
    const { dead } = this;
    if (dead !== undefined) {
      throw dead;
    }
    if (this.#isInside) {
      throw this.errorOf('BAGGAGE_REENTRANT');
    }
    if (this.#done < this.#acts.length) {
      this.#keepBytes();
    }
    this.#isInside = true;
    return this.#raw;
  }

  /** Copies what unsent messages point at, since the core is about to use that memory again. */
  #keepBytes() {
    for (let i = this.#done; i < this.#acts.length; i += 1) {
      const act = /** @type {Act} */ (this.#acts[i]);
      if (act.op === OUTPUT.TRANSMIT && act.d === undefined) {
        act.d = this.#bytesOf(act, false);
      }
    }
  }

  /**
   * @param {Act} act a `TRANSMIT`
   * @param {boolean} mayBeView whether the bytes are used before anything else happens
   * @returns {Uint8Array}
   */
  #bytesOf(act, mayBeView) {
    if (act.d !== undefined) {
      return act.d;
    }
    const memory = this.#memory;
    memory.refresh();
    const start = memory.header(BYTES_PTR) + act.b;
    return mayBeView ? memory.u8.subarray(start, start + act.c) : memory.u8.slice(start, start + act.c);
  }

  /** Ends an entry: reads what the core left, then does it. */
  leave() {
    try {
      this.#decoder.decode(this.#host.sink, this.#acts);
    } catch (error) {
      throw this.#lost(error);
    }
    this.#isInside = false;
    this.#drain();
  }

  /**
   * What the core left cannot be read on: nobody knows any more what this client has. Whether the module can be trusted is
   * another question.
   *
   * @param {unknown} cause
   * @returns {Error} what to throw
   */
  #lost(cause) {
    if (codeOf(cause) === 'INTERNAL_ERROR') {
      return endModule(this.#module, cause);
    }
    const error = this.errorOf('INTERNAL_ERROR', cause);
    this.die(error);
    return error;
  }

  #drain() {
    if (this.#isDraining) {
      return;
    }
    this.#isDraining = true;
    const acts = this.#acts;
    const bytesOf = this.#bytesSource;
    this.#attempt(this.#host.catchUp);
    while (this.#done < acts.length) {
      const act = /** @type {Act} */ (acts[this.#done]);
      this.#done += 1;
      try {
        this.#host.act(act, bytesOf);
      } catch (error) {
        this.report(error);
      }
      if (this.#done === acts.length) {
        this.#attempt(this.#host.catchUp);
      }
    }
    acts.length = 0;
    this.#done = 0;
    this.#isDraining = false;
    while (this.#waiting.length > 0 && !this.#isInside) {
      this.#attempt(/** @type {() => void} */ (this.#waiting.shift()));
    }
  }

  /** @type {(act: Act, mayBeView: boolean) => Uint8Array} */
  #bytesSource = (act, mayBeView) => this.#bytesOf(act, mayBeView);

  /** @param {() => void} job */
  #attempt(job) {
    try {
      job();
    } catch (error) {
      this.report(error);
    }
  }

  /**
   * Tells what went wrong where nobody can be told. The end of the module is told once, when it comes.
   *
   * @param {unknown} error
   */
  report(error) {
    if (error !== this.#dead) {
      this.#host.report(error);
    }
  }

  /**
   * Ends an entry that threw: a refusal of the core's, or the end of the module.
   *
   * @param {unknown} error
   * @returns {unknown} what to throw
   */
  thrown(error) {
    this.#memory.refresh();
    if (error instanceof RuntimeError || this.#memory.header(PANICKED) !== 0) {
      return endModule(this.#module, error);
    }
    this.#isInside = false;
    const cause = this.#readFailure ?? error;
    this.#readFailure = undefined;
    const { code, message } = Object(error);
    return typeof code === 'string' ? makeError(code, String(message), { cause }) : error;
  }

  /** @param {Error} error why nothing can be asked any more */
  die(error) {
    this.#dead = error;
    this.#isInside = false;
    this.#siblings.delete(this);
    this.#acts.length = 0;
    this.#done = 0;
    this.#waiting.length = 0;
    this.#attempt(() => this.#host.died(error));
  }

  /**
   * Frees the core, once nobody is inside it, reads what it left, or writes a value for it: all of that is done in one turn.
   * Nothing can be asked of it from then on.
   */
  retire() {
    if (!this.#isRetired) {
      this.#isRetired = true;
      this.#siblings.delete(this);
      queueMicrotask(() => this.#free());
    }
  }

  #free() {
    // One that died is left as it is.
    if (this.#dead === undefined) {
      this.#isFreed = true;
      this.#waiting.length = 0;
      this.#memory.close();
      this.#raw.free();
    }
  }

  /** Milliseconds since the epoch: the host's, or else the core's clock. */
  now() {
    if (this.#now !== undefined) {
      return this.#now();
    }
    return this.isOver ? Date.now() : this.#raw.now();
  }

  /** The time to enter with: a core that is told none takes its own clock's. */
  time() {
    return this.#now === undefined ? NaN : this.#now();
  }

  /**
   * Runs an export and does what it leaves.
   *
   * @template T
   * @param {(raw: RawCore, now: number) => T} run
   * @param {(result: T) => void} [register] told the result before anything of what was left is done
   * @returns {T}
   */
  run(run, register) {
    const raw = this.enter();
    let result;
    try {
      result = run(raw, this.time());
      register?.(result);
    } catch (error) {
      throw this.thrown(error);
    }
    this.leave();
    return result;
  }

  /**
   * Runs an export that leaves nothing to be done.
   *
   * @template T
   * @param {(raw: RawCore) => T} run
   * @returns {T}
   */
  quietly(run) {
    const raw = this.enter();
    let result;
    try {
      result = run(raw);
    } catch (error) {
      throw this.thrown(error);
    }
    this.#isInside = false;
    return result;
  }

  /**
   * For what comes from outside at any time: while the core is inside, it waits. It has nobody to throw at.
   *
   * @param {() => void} entry
   */
  whenFree(entry) {
    if (this.isOver) {
      return;
    }
    if (this.#isInside) {
      this.#waiting.push(entry);
    } else {
      this.#attempt(entry);
    }
  }

  /**
   * The same, once what the core said before has been done: what it says of this entry is said before `entry` returns.
   *
   * @param {() => void} entry
   */
  whenDone(entry) {
    if (this.#isDraining && !this.isOver) {
      this.#waiting.push(entry);
    } else {
      this.whenFree(entry);
    }
  }
}
