// @ts-check
import { rate } from '../lib/rate.mjs';

/** Calls whose result nobody wants; a last call with an answer says that all have arrived. */

const AT_ONCE = 1000;

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = () => [
  rate({
    row: 'send only, 1,000 at once',
    batch: AT_ONCE,
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
          for (let done = 0; done < n; done += AT_ONCE) {
            for (let i = 0; i < AT_ONCE; i += 1) send(remote).note(i);
            await side.call(remote).heard();
          }
          if (heard - before !== n) throw Error(`${heard - before} of ${n} arrived`);
        },
        close,
      };
    },
  }),
];
