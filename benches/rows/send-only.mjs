// @ts-check
import { rate } from '../lib/rate.mjs';

/** Calls whose result nobody wants; a last call with an answer says that all have arrived. */

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = () => [1000, 100, 10_000].map(atOnce =>
  rate({
    row: `send only, ${atOnce.toLocaleString('en')} at once`,
    unit: 'calls/s',
    batch: atOnce,
    native: atOnce === 1000 ? 'send-only' : undefined,
    rounds: atOnce === 1000 ? undefined : 3,
    series: 'send only, at once',
    size: atOnce,
    open: async side => {
      let heard = 0;
      const target = side.makeObject({
        note: () => {
          heard += 1;
        },
        heard: () => heard,
      });
      const connected = await side.connect?.({ target });
      if (connected === undefined || side.send === undefined) return undefined;
      const { remote, close } = connected;
      const { send } = side;
      return {
        run: async n => {
          const before = heard;
          for (let done = 0; done < n; done += atOnce) {
            for (let i = 0; i < atOnce; i += 1) send(remote).note(i);
            await side.call(remote).heard();
          }
          if (heard - before !== n) throw Error(`${heard - before} of ${n} arrived`);
        },
        close,
      };
    },
  }),
);
