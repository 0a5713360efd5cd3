// @ts-check
import { startServer } from '../lib/server.mjs';
import { inFlight, oneByOne, rate } from '../lib/rate.mjs';
import { mebibyte, records } from '../lib/samples.mjs';

/**
 * The same between two processes, over TCP on this machine.
 *
 * @import { Context, Side } from '../lib/types.mjs'
 */

/**
 * @param {Side} side
 * @param {Context} context
 */
const dial = async (side, context) => {
  if (side.dialTcp === undefined) return undefined;
  const { where, stop } = await startServer(context.side, context.host);
  const connected = await side.dialTcp(where);
  return {
    ...connected,
    where,
    close: async () => {
      await connected.close();
      stop();
    },
  };
};

/**
 * @param {string} row
 * @param {number} batch
 * @param {(side: Side, remote: any) => (n: number) => Promise<void>} makeRun
 */
const echo = (row, batch, makeRun) =>
  rate({
    row,
    batch,
    open: async (side, context) => {
      const dialled = await dial(side, context);
      return dialled && { run: makeRun(side, dialled.remote), close: dialled.close };
    },
  });

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = () => [
  echo('TCP: echo "hello", one by one', 10, (side, remote) => oneByOne(() => side.call(remote).echo('hello'))),
  echo('TCP: echo "hello", 1,000 in flight', 1000, (side, remote) =>
    inFlight(() => side.call(remote).echo('hello'), 1000),
  ),
  echo('TCP: echo 100 records (8.9 kB), one by one', 1, (side, remote) =>
    oneByOne(() => side.call(remote).echo(side.harden(records()))),
  ),
  echo('TCP: echo 10 kB of bytes, one by one', 1, (side, remote) => {
    const bytes = side.makeBytes(mebibyte().slice(0, 10_000));
    return oneByOne(() => side.call(remote).echo(bytes));
  }),
  rate({
    row: 'TCP: resume, to the first answered call',
    open: async (side, context) => {
      if (!side.durable?.isLasting) return undefined;
      const dialled = await dial(side, context);
      if (dialled === undefined || dialled.cut === undefined) return undefined;
      const { remote, a, cut, where, close } = dialled;
      const seen = { resumed: 0, suspended: () => {} };
      a.client.subscribe((/** @type {any} */ { type }) => {
        if (type === 'resumed') seen.resumed += 1;
        if (type === 'suspended') seen.suspended();
      });
      return {
        run: async n => {
          const before = seen.resumed;
          for (let i = 0; i < n; i += 1) {
            const suspended = new Promise(resolve => {
              seen.suspended = () => resolve(undefined);
            });
            await cut();
            await suspended;
            await a.client.provideSession(where);
            await side.call(remote).echo(i);
          }
          if (seen.resumed - before !== n) throw Error(`${seen.resumed - before} resumes after ${n} cuts`);
        },
        close,
      };
    },
  }),
];
