// @ts-check
// A peer's side of the channel to the conductor: orders come in, answers and news go out.

/** @typedef {Record<string, (...args: any[]) => unknown>} Orders */

/** @param {object} message */
const send = message => {
  if (process.connected) process.send?.(message);
};

/**
 * Tells the conductor some news.
 *
 * @param {string} news what kind
 * @param {object} details
 */
export const tell = (news, details) => send({ news, details });

/**
 * What may be said of an error to another process.
 *
 * @param {any} error
 */
export const describeError = error => ({ code: error?.code, message: String(error?.message ?? error) });

/**
 * Does as the conductor says, from now on. Ends with it.
 *
 * @param {Orders} orders
 */
export const obey = orders => {
  process.on('message', async (/** @type {any} */ { id, order, args }) => {
    try {
      send({ id, value: await orders[order](...args) });
    } catch (error) {
      send({ id, error: describeError(error) });
    }
  });
  // Ctrl-C reaches all processes of a terminal: the conductor sees to it.
  process.on('SIGINT', () => {});
  process.on('disconnect', () => process.exit());
};
