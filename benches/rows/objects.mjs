// @ts-check
import { collect, pause } from '../lib/rate.mjs';

/**
 * Objects that are given to the peer, which keeps them all and then lets go of them all. They are collected where they were
 * made when the last message about them has come back.
 *
 * @import { Case, Side } from '../lib/types.mjs'
 */

/** So many messages are under way at once. */
const WINDOW = 100;

/** How long collection may take, in ms. */
const PATIENCE = 20_000;

/** @param {Side} side */
const prepare = async side => {
  /** @type {any[]} */
  let kept = [];
  const target = side.makeObject({
    keep: objects => {
      kept.push(...objects.map((/** @type {any} */ object) => object.dup?.() ?? object));
    },
    forget: () => {
      kept.forEach(object => side.drop?.(object));
      kept = [];
    },
  });
  const connected = await side.connect?.({ target });
  if (connected?.takeCounts === undefined) return undefined;
  const { remote, close, takeCounts } = connected;
  const seen = { collected: 0 };
  const registry = new FinalizationRegistry(() => {
    seen.collected += 1;
  });
  const made = () => {
    const object = side.makeObject({ value: () => 1 });
    registry.register(object, undefined);
    return object;
  };

  /** @param {number} count @param {number} each */
  const give = async (count, each) => {
    const messages = count / each;
    for (let sent = 0; sent < messages; sent += WINDOW) {
      const calls = [];
      for (let i = sent; i < Math.min(messages, sent + WINDOW); i += 1) {
        calls.push(side.call(remote).keep(side.harden(Array.from({ length: each }, made))));
      }
      await Promise.all(calls);
      calls.forEach(call => side.drop?.(call));
    }
  };

  /** @param {number} count */
  const takeBack = async count => {
    await pause(50);
    takeCounts();
    seen.collected = 0;
    await side.call(remote).forget();
    const end = Date.now() + PATIENCE;
    while (seen.collected < count && Date.now() < end) {
      collect();
      await pause(30);
    }
    return seen.collected < count ? undefined : takeCounts().messages;
  };
  return { give, takeBack, close };
};

/**
 * @param {number} count
 * @param {number} each how many go with one message
 * @param {string} [script] what the core by itself does of it
 * @returns {Case}
 */
const objects = (count, each, script) => {
  const name = `${count.toLocaleString('en')} objects, ${each} a message`;
  return {
    rounds: count >= 10_000 ? 5 : 3,
    outputs: [
      {
        row: `${name}: exported and imported`,
        unit: 'objects/s',
        series: `objects, ${each} a message`,
        size: count,
      },
      {
        row: `${name}: messages of their collection, a thousand`,
        unit: 'messages each thousand',
        series: `messages of the collection of objects, ${each} a message`,
        size: count / 1000,
      },
    ],
    open: async (side, { sampleMs }) => {
      if (side.native !== undefined) {
        const { native } = side;
        return script === undefined ? undefined : { sample: () => [native(script, sampleMs), undefined], close: () => {} };
      }
      const prepared = await prepare(side);
      if (prepared === undefined) return undefined;
      const { give, takeBack, close } = prepared;
      await give(Math.min(count, 500), Math.min(each, 100));
      await takeBack(Math.min(count, 500));
      return {
        sample: async () => {
          collect();
          const start = performance.now();
          await give(count, each);
          const taken = performance.now() - start;
          const messages = await takeBack(count);
          return [(count * 1000) / taken, messages === undefined ? undefined : (messages * 1000) / count];
        },
        close,
      };
    },
  };
};

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = ({ quick }) => {
  const most = quick ? 2000 : 10_000;
  const counts = [most, most / 10, most / 4];
  return [...counts.map(count => objects(count, 1, count === most ? 'exports' : undefined)), ...counts.map(count => objects(count, 100))];
};
