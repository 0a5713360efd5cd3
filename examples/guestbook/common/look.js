// @ts-check
// The sessions of a client with their slots: those that are live, and those of which there is only a row in the baggage so far,
// since the process was started anew and nobody named them yet. The keys are those of docs/baggage-schema.md.

const PREFIX = 'ocapn-durable:tables/';

const ROW = /\/([0-9a-f]{64})\/([op])([+-])(\d+)$/;

/**
 * @param {any} client made with `debugMode`
 * @param {import('ocapn-wasm').Baggage} baggage
 * @returns {any[]} what `inspect()` says of each; a slot that is asleep has `isAsleep`
 */
export const lookAt = (client, baggage) => {
  /** @type {any[]} */
  const sessions = client._debug.inspect().sessions;
  const byId = new Map(sessions.map(session => [session.id, session]));
  for (const key of baggage.keys(PREFIX)) {
    const [, id = '', type, side, digits] = ROW.exec(key) ?? [];
    const rows = byId.get(id)?.[side === '+' ? 'exports' : 'imports'];
    const [position, promise] = [Number(digits), type === 'p'];
    const isLive = rows?.some((/** @type {any} */ row) => row.position === position && row.promise === promise);
    if (isLive === false) rows.push({ position, promise, count: 0, stored: true, isAsleep: true });
  }
  return sessions;
};
