// @ts-check
import { startServer } from '../lib/server.mjs';
import { inFlight, oneByOne, rate } from '../lib/rate.mjs';
import { RECORDS_KB, mebibyte, records } from '../lib/samples.mjs';

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
 * @param {Partial<Parameters<typeof rate>[0]> & { row: string }} options
 * @param {(side: Side, remote: any) => (n: number) => Promise<void>} makeRun
 */
const echo = (options, makeRun) =>
  rate({
    ...options,
    open: async (side, context) => {
      const dialled = await dial(side, context);
      return dialled && { run: makeRun(side, dialled.remote), close: dialled.close };
    },
  });

/** The first of the sizes is the one that is shown; few rounds have to do for how the others grow. @param {number} size @param {number} main */
const sized = (size, main) => ({ size, rounds: size === main ? undefined : 3 });

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = () => [
  echo({ row: 'TCP: echo "hello", one by one', batch: 10 }, (side, remote) => oneByOne(() => side.call(remote).echo('hello'))),
  ...[1000, 100, 300].map(many =>
    echo(
      {
        row: `TCP: echo "hello", ${many.toLocaleString('en')} in flight`,
        unit: 'calls/s',
        batch: many,
        series: 'TCP: echo "hello", in flight',
        ...sized(many, 1000),
      },
      (side, remote) => inFlight(() => side.call(remote).echo('hello'), many),
    ),
  ),
  ...[100, 10, 1000].map(count =>
    echo(
      {
        row: `TCP: echo ${count.toLocaleString('en')} records (${RECORDS_KB[count]} kB), one by one`,
        series: 'TCP: echo records',
        ...sized(count, 100),
      },
      (side, remote) => oneByOne(() => side.call(remote).echo(side.harden(records(count)))),
    ),
  ),
  ...[10, 1, 100].map(kb =>
    echo({ row: `TCP: echo ${kb} kB of bytes, one by one`, series: 'TCP: echo bytes', ...sized(kb, 10) }, (side, remote) => {
      const bytes = side.makeBytes(mebibyte().slice(0, kb * 1000));
      return oneByOne(() => side.call(remote).echo(bytes));
    }),
  ),
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
