// @ts-check

import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import * as actions from './actions/index.js';
import { makeObjects } from './objects.js';

/**
 * What a party can be asked to do.
 */

setFlagsFromString('--expose_gc');
/** @type {() => void} */
const gc = runInNewContext('gc');

/**
 * @param {() => unknown} isTrue
 * @param {string} what
 */
export const until = async (isTrue, what) => {
  const end = Date.now() + 10_000;
  while (!(await isTrue())) {
    if (Date.now() > end) throw Error(`It took too long: ${what}`);
    await sleep(5);
  }
};

/** @param {any} side */
export const makeParty = ({ tools, encodeSwissnum, locationToLocationId, start }) => {
  /** @type {any} */
  let started;
  /** @type {any} */
  let objects;
  /** @type {any[]} */
  let made;

  /** @type {NodeJS.Timeout | undefined} */
  let collector;

  /** What actions put aside for later ones. @type {Map<string, any>} */
  const shelf = new Map();

  const makeSturdyRef = (/** @type {any} */ location, /** @type {string} */ name) =>
    started.client.makeSturdyRef(location, encodeSwissnum(name));
  const enliven = (/** @type {any} */ sturdyRef) => started.client.enlivenSturdyRef(sturdyRef);
  const session = (/** @type {any} */ location) => started.client._debug.sessionManager.getActiveSession(locationToLocationId(location));
  const toHex = (/** @type {ArrayBuffer} */ buffer) => Buffer.from(buffer.slice(0)).toString('hex');

  const { E } = tools;
  const fetch = async (/** @type {any} */ location, /** @type {string} */ name) =>
    E((await started.client.provideSession(location)).getBootstrap()).fetch(encodeSwissnum(name));
  const table = (/** @type {any} */ location) => session(location)?.ocapn._debug.ocapnTable;

  const context = {
    ...tools,
    fetch,
    session,
    table,
    shelf,
    makeSturdyRef,
    enliven,
    until,
    /** @param {() => unknown} isTrue @param {string} what */
    collectUntil: (isTrue, what) =>
      until(() => {
        gc();
        return isTrue();
      }, what),
    get client() {
      return started.client;
    },
    get location() {
      return started.location;
    },
    get objects() {
      return objects;
    },
    get made() {
      return made;
    },
  };

  return /** @type {Record<string, (...args: any[]) => any>} */ ({
    start: async (/** @type {any} */ options) => {
      started = await start(options);
      ({ objects, made } = makeObjects({ ...tools, makeSturdyRef, enliven }));
      for (const [name, object] of Object.entries(objects)) {
        started.client.registerSturdyRef(name, object);
      }
      return started.location;
    },
    stop: async () => {
      await started.client.shutdown();
    },
    /** Runs an action of actions/. */
    act: (/** @type {string} */ name, /** @type {any} */ params) => /** @type {any} */ (actions)[name](context, params ?? {}),
    events: () => started.events,
    seen: () => started.faults.seen,
    lose: (/** @type {'in' | 'out'} */ way, /** @type {number} */ times) => started.faults.lose(way, times),
    sessionId: (/** @type {any} */ location) => {
      const active = session(location);
      return active && toHex(active.id);
    },
    provide: async (/** @type {any} */ location) => {
      await started.client.provideSession(location);
      return toHex(session(location).id);
    },
    cut: (/** @type {any} */ location) => session(location)?.connection.end(),
    junk: (/** @type {any} */ location, /** @type {string} */ hex) => session(location)?.connection.write(new Uint8Array(Buffer.from(hex, 'hex'))),
    /** From now on garbage is collected all the time. */
    collecting: () => {
      collector ??= setInterval(gc, 30);
    },
    notCollecting: () => {
      clearInterval(collector);
      collector = undefined;
    },
    /** Slot and count of an object that this party serves. */
    exported: (/** @type {any} */ location, /** @type {string} */ name) => {
      const slot = table(location)?.getSlotForValue(objects[name]);
      return slot && { slot, count: table(location).getRefCount(slot) };
    },
  });
};
