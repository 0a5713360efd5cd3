// @ts-check
import { openDurable } from '../lib/durable.mjs';

/**
 * A client opens its directory again, resumes a session, and has its first call answered, in a process that is warm: with many
 * slots in that session, and with many sessions besides.
 *
 * @import { Case, Durable, Side } from '../lib/types.mjs'
 */

/**
 * @param {Side} side
 * @param {{ openNear: () => Promise<any>, close: () => unknown }} durable
 */
const sampling = async (side, durable) => {
  const again = async () => {
    const start = performance.now();
    const { remote, close } = await durable.openNear();
    await side.call(remote).echo('hello');
    const taken = performance.now() - start;
    await close();
    return [taken];
  };
  await again();
  return { sample: again, close: durable.close };
};

/**
 * @param {number} slots
 * @returns {Case}
 */
const withSlots = slots => ({
  rounds: 5,
  outputs: [
    {
      row: `restart to the first answered call, ${slots.toLocaleString('en')} exports`,
      unit: 'ms',
      series: 'restart by exports',
      size: slots,
    },
  ],
  open: async (side, { makeDirectory }) => {
    if (!side.durable?.isLasting) return undefined;
    const durable = await openDurable(side, makeDirectory());
    const first = await durable.openNear();
    await first.give(slots);
    await first.close();
    return sampling(side, durable);
  },
});

/**
 * Makes sessions of one client with so many others, each of which heard something, and ends both.
 *
 * @param {Side} side
 * @param {Durable} durable
 * @param {any} network
 * @param {any} near
 * @param {number} count
 */
const addSessions = async (side, durable, network, near, count) => {
  const { lasting } = /** @type {any} */ (side);
  for (let i = 0; i < count; i += 1) {
    const other = await durable.makePeer(network, `other ${i}`, lasting());
    other.client.registerSturdyRef('target', side.makeObject({ echo: x => x }));
    await side.call(await durable.fetch({ client: near }, other.location)).echo(side.makeObject({}));
    await other.client.shutdown();
  }
};

/**
 * @param {number} sessions
 * @returns {Case}
 */
const withSessions = sessions => ({
  rounds: 5,
  outputs: [
    {
      row: `restart to the first answered call, ${sessions.toLocaleString('en')} stored session${sessions === 1 ? '' : 's'}`,
      unit: 'ms',
      series: 'restart by sessions',
      size: sessions,
    },
  ],
  open: async (side, { makeDirectory }) => {
    if (!side.durable?.isLasting) return undefined;
    const directory = makeDirectory();
    const durable = await openDurable(side, directory);
    const first = await durable.openNear();
    await first.give(1);
    await addSessions(side, side.durable, first.network, first.client, sessions - 1);
    await first.close();
    const baggage = side.durable.openBaggage(directory);
    const stored = [...baggage.keys('ocapn:resumeSessionsById/')].length;
    await baggage.close();
    if (stored !== sessions) throw Error(`${stored} sessions are stored, and not ${sessions}`);
    return sampling(side, durable);
  },
});

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = ({ quick }) => [
  ...(quick ? [10, 1000, 10_000] : [10, 10_000, 100_000]).map(withSlots),
  ...(quick ? [1, 10, 100] : [1, 100, 1000]).map(withSessions),
];
