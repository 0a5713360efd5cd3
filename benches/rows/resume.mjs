// @ts-check
import { openDurable } from '../lib/durable.mjs';
import { rate } from '../lib/rate.mjs';

/**
 * A connection breaks; the session goes on over another one, and a call on it is answered. With nothing exported, and with many
 * slots that the session keeps.
 */

/** @param {number} slots */
const resume = slots =>
  rate({
    row: slots === 0 ? 'resume, to the first answered call' : `resume with ${slots.toLocaleString('en')} slots, to the first answered call`,
    batch: 5,
    rounds: slots === 0 ? undefined : 3,
    native: slots === 0 ? 'resume' : undefined,
    ...(slots === 0 ? {} : { series: 'resume by slots', size: slots }),
    open: async side => {
      if (!side.durable?.isLasting) return undefined;
      const durable = await openDurable(side, undefined);
      const { remote, client, location, network, give, close } = await durable.openNear();
      await give(slots);
      let resumed = 0;
      client.subscribe((/** @type {any} */ { type }) => {
        if (type === 'resumed') resumed += 1;
      });
      return {
        run: async n => {
          const before = resumed;
          for (let i = 0; i < n; i += 1) {
            network.cut('near', 'far');
            await new Promise(resolve => setImmediate(resolve));
            await client.provideSession(location);
            await side.call(remote).echo(i);
          }
          if (resumed - before !== n) throw Error(`${resumed - before} resumes after ${n} cuts`);
        },
        close: async () => {
          await close();
          await durable.close();
        },
      };
    },
  });

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = ({ quick }) => [0, ...(quick ? [10, 100, 1000] : [10, 1000, 10_000])].map(resume);
