// @ts-check
import { oneByOne, rate } from '../lib/rate.mjs';

/** Calls on the promises of calls: all go out at once, and the last answer is awaited. */

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = () => [10, 3, 30].map(depth =>
  rate({
    row: `a pipelined chain of ${depth} calls`,
    native: depth === 10 ? 'chain' : undefined,
    rounds: depth === 10 ? undefined : 3,
    series: 'a pipelined chain',
    size: depth,
    open: async side => {
      /** @type {any} */
      const target = side.makeObject({ next: () => target, end: () => 'end' });
      const connected = await side.connect?.({ target });
      if (connected === undefined) return undefined;
      const { remote, close } = connected;
      const chain = async () => {
        const links = [];
        let last = remote;
        for (let i = 1; i < depth; i += 1) {
          last = side.call(last).next();
          links.push(last);
        }
        await side.call(last).end();
        links.forEach(link => side.drop?.(link));
      };
      return { run: oneByOne(chain), close };
    },
  }),
);
