// @ts-check

/**
 * When to begin a commit: after what this turn of the event loop still does, so that it shares the commit.
 */

const host = /** @type {{ setImmediate?: (act: () => void) => unknown, MessageChannel?: typeof MessageChannel }} */ (globalThis);

/** @returns {(act: () => void) => void} */
const throughChannel = () => {
  /** @type {(() => void)[]} */
  const acts = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => acts.shift()?.();
  return act => {
    acts.push(act);
    port2.postMessage(undefined);
  };
};

/** @type {((act: () => void) => void) | undefined} */
let channel;

/**
 * Calls back once the turn of the event loop is over: in Node after the input that is there was handled, elsewhere in a
 * task of its own, which no timer delays.
 *
 * @param {() => void} act
 */
export const afterTurn = act => {
  if (host.setImmediate) {
    host.setImmediate(act);
  } else if (host.MessageChannel) {
    channel ??= throughChannel();
    channel(act);
  } else {
    setTimeout(act, 0);
  }
};

/**
 * Calls back after a while, without keeping a process alive for it.
 *
 * @param {() => void} act
 * @param {number} delay in ms
 * @returns {() => void} cancels
 */
export const later = (act, delay) => {
  const timer = /** @type {unknown} */ (setTimeout(act, delay));
  /** @type {{ unref?: () => void }} */ (Object(timer)).unref?.();
  return () => clearTimeout(/** @type {number} */ (timer));
};
