// @ts-check
import { oneByOne, rate } from '../lib/rate.mjs';

/** Calls on the promises of calls: all ten go out at once, and the last answer is awaited. */

const DEPTH = 10;

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = () => [
  rate({
    row: 'a pipelined chain of 10 calls',
    open: async side => {
      /** @type {any} */
      const target = side.makeObject({ next: () => target, end: () => 'end' });
      const connected = await side.connect?.({ target });
      if (connected === undefined) return undefined;
      const { remote, close } = connected;
      const chain = async () => {
        const links = [];
        let last = remote;
        for (let i = 1; i < DEPTH; i += 1) {
          last = side.call(last).next();
          links.push(last);
        }
        await side.call(last).end();
        links.forEach(link => side.drop?.(link));
      };
      return { run: oneByOne(chain), close };
    },
  }),
];
