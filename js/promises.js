// @ts-check

import harden from '@endo/harden';
import { HandledPromise } from '@endo/eventual-send';
import { PASS_STYLE } from '@endo/pass-style';

/**
 * Presences and promises of what is remote. A remote thing is one small object: the entry of the tables and the handler that
 * `E()` calls, in one. Settling functions are taken out of one shared executor, so that a call makes no closures of its own.
 */

/**
 * Sends messages to what is remote, by its handle.
 *
 * @typedef {object} Sender
 * @property {(handle: number, method: string | undefined, args: unknown[], wantsAnswer: boolean, returned?: Promise<unknown>) => unknown} send
 *   `returned` is the promise that the caller holds
 * @property {(handle: number, name: string, returned: Promise<unknown> | undefined) => unknown} pick
 */

/** The handle of what has been settled, released or severed. */
export const GONE = -1;

const sink = () => {};

/** @param {PropertyKey | undefined} name */
const assertName = name => {
  if (typeof name !== 'string') {
    throw TypeError(`OCapN: Property must be a string, got ${typeof name}`);
  }
  return name;
};

/** What `E()` asks of something remote. */
class Remote {
  /**
   * @param {Sender} sender
   * @param {number} handle
   */
  constructor(sender, handle) {
    this.sender = sender;
    this.handle = handle;
  }

  /**
   * @param {unknown} _target
   * @param {PropertyKey | undefined} name
   * @param {unknown[]} args
   * @param {Promise<unknown>} [returned] the promise that the caller holds
   */
  applyMethod(_target, name, args, returned) {
    return this.sender.send(this.handle, assertName(name), args, true, returned);
  }

  /**
   * @param {unknown} _target
   * @param {PropertyKey | undefined} name
   * @param {unknown[]} args
   */
  applyMethodSendOnly(_target, name, args) {
    this.sender.send(this.handle, assertName(name), args, false);
  }

  /**
   * @param {unknown} _target
   * @param {unknown[]} args
   * @param {Promise<unknown>} [returned]
   */
  applyFunction(_target, args, returned) {
    return this.sender.send(this.handle, undefined, args, true, returned);
  }

  /**
   * @param {unknown} _target
   * @param {unknown[]} args
   */
  applyFunctionSendOnly(_target, args) {
    this.sender.send(this.handle, undefined, args, false);
  }

  /**
   * @param {unknown} _target
   * @param {PropertyKey} name
   * @param {Promise<unknown>} [returned]
   */
  get(_target, name, returned) {
    return this.sender.pick(this.handle, assertName(name), returned);
  }

  getSendOnly() {
    // Picking a field has no effect but its result.
  }
}

/** A remote object: the handler of its presence. */
export class RemoteObject extends Remote {}

/** @type {(value: unknown) => void} */
let lastResolve = sink;
/** @type {(reason: unknown) => void} */
let lastReject = sink;
/** @type {(handler: object) => object} */
const noPresence = () => harden({});
let lastResolveWithPresence = noPresence;

/**
 * @param {(value?: any) => void} resolve
 * @param {(reason?: unknown) => void} reject
 * @param {(handler: any) => object} [resolveWithPresence]
 */
const capture = (resolve, reject, resolveWithPresence) => {
  lastResolve = resolve;
  lastReject = reject;
  if (resolveWithPresence !== undefined) {
    lastResolveWithPresence = resolveWithPresence;
  }
};

/** Forgets what was captured last, which would keep its promise alive. */
const forget = () => {
  lastResolve = sink;
  lastReject = sink;
  lastResolveWithPresence = noPresence;
};

/** A promise whose settlement comes from the peer: of a call of ours, or imported. Also the handler of its promise. */
export class RemotePromise extends Remote {
  /** Called by the tables, once. @type {(value: unknown) => void} */
  resolve = sink;

  /** Called by the tables, once. @type {(reason: unknown) => void} */
  reject = sink;

  /** @type {Promise<unknown> | undefined} kept where the same promise may have to be found again */
  promise = undefined;

  /** Promises of ours that settle as it does. @type {import('./local-promise.js').LocalPromise[] | undefined} */
  followers = undefined;
}

/**
 * The prototype of every presence. It names no position: a prototype for each would cost more than the presence itself.
 */
const presencePrototype = harden(
  Object.create(Object.prototype, {
    [PASS_STYLE]: { value: 'remotable' },
    [Symbol.toStringTag]: { value: 'Alleged: Remote Object' },
  }),
);

/**
 * @param {RemoteObject} remote
 * @returns {object} an object that is remote to its holder: calls on it go through `E()`
 */
export const makePresence = remote => {
  // The promise is reachable through the presence alone.
  new HandledPromise(capture, remote);
  const presence = lastResolveWithPresence(remote);
  forget();
  Object.setPrototypeOf(presence, presencePrototype);
  return harden(presence);
};

/**
 * @param {RemotePromise} remote gets the functions that settle it
 * @returns {Promise<unknown>} a promise that passes on, ahead of its settlement, what is sent to it
 */
export const makeRemotePromise = remote => {
  const promise = new HandledPromise(capture, remote);
  remote.resolve = lastResolve;
  remote.reject = lastReject;
  forget();
  return promise;
};

/**
 * Whether calls on this go to a peer, of whichever client.
 *
 * @param {object} value
 */
export const isPresence = value => {
  try {
    return Object.getPrototypeOf(value) === presencePrototype;
  } catch {
    return false;
  }
};

/**
 * Keeps a promise that nobody may be looking at from counting as an unhandled rejection.
 *
 * @template {Promise<unknown>} T
 * @param {T} promise
 * @returns {T}
 */
export const quiet = promise => {
  promise.catch(sink);
  return promise;
};

/**
 * @returns {{ promise: Promise<any>, resolve: (value: any) => void, reject: (reason: unknown) => void }}
 */
export const makeKit = () => {
  const promise = harden(new Promise(capture));
  const kit = { promise, resolve: lastResolve, reject: lastReject };
  forget();
  return kit;
};
