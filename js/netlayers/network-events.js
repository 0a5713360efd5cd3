// @ts-check

/**
 * When a browser says that its network is there again, or that it goes on after a sleep. A page hears all of this; a worker
 * at most that it is online.
 */

/**
 * The part of an `EventTarget` that is used: not every host has a type of that name.
 *
 * @typedef {object} NetworkEvents
 * @property {(type: any, listener: any) => void} addEventListener
 * @property {(type: any, listener: any) => void} removeEventListener
 */

/** At the window, or the global object of a worker. @type {Record<string, (event: any) => boolean>} */
const RETURNS = {
  online: () => true,
  // Out of the cache of pages that were left.
  pageshow: event => event.persisted === true,
  // After a sleep there may be nothing else; and timers of hidden pages run seldom, or not at all.
  visibilitychange: event => event.target?.visibilityState !== 'hidden',
  resume: () => true,
};

/** @param {any} value @returns {value is NetworkEvents} */
export const isEventTarget = value => typeof value?.addEventListener === 'function' && typeof value.removeEventListener === 'function';

/** @returns {NetworkEvents | undefined} where this host tells of its network */
export const findNetwork = () => (isEventTarget(globalThis) ? globalThis : undefined);

/**
 * @param {NetworkEvents} target
 * @param {() => void} returned called, perhaps more often than need be, when what was out of reach may be reached again
 * @returns {() => void} ends it
 */
export const watchNetwork = (target, returned) => {
  /** @param {{ type: string }} event */
  const hear = event => {
    if (RETURNS[event.type]?.(event)) {
      returned();
    }
  };
  /** @type {Array<[NetworkEvents, string]>} */
  const places = Object.keys(RETURNS).map(type => [target, type]);
  // That a frozen page goes on is told at its document, and does not rise to its window.
  const { document } = /** @type {any} */ (target);
  if (isEventTarget(document)) {
    places.push([document, 'resume']);
  }
  places.forEach(([place, type]) => place.addEventListener(type, hear));
  return () => places.forEach(([place, type]) => place.removeEventListener(type, hear));
};
