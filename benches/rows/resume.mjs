// @ts-check
import { rate } from '../lib/rate.mjs';

/** A connection breaks; the session goes on over another one, and a call on it is answered. */

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = () => [
  rate({
    row: 'resume, to the first answered call',
    batch: 5,
    open: async side => {
      const { durable } = side;
      if (durable === undefined || side.connect === undefined) return undefined;
      const { lasting } = /** @type {any} */ (side);
      const target = side.makeObject({ echo: x => x });
      const { remote, network, a, b, close } = await side.connect({ target, a: lasting(), b: lasting() });
      let resumed = 0;
      a.client.subscribe((/** @type {any} */ { type }) => {
        if (type === 'resumed') resumed += 1;
      });
      return {
        run: async n => {
          const before = resumed;
          for (let i = 0; i < n; i += 1) {
            network.cut('a', 'b');
            await new Promise(resolve => setImmediate(resolve));
            await a.client.provideSession(b.location);
            await side.call(remote).echo(i);
          }
          if (resumed - before !== n) throw Error(`${resumed - before} resumes after ${n} cuts`);
        },
        close,
      };
    },
  }),
];
