// @ts-check
import { inFlight, oneByOne, rate } from '../lib/rate.mjs';
import { RECORDS_KB, mebibyte, records } from '../lib/samples.mjs';

/**
 * A method that gives back what it is given, in one process.
 *
 * @import { Side } from '../lib/types.mjs'
 */

/**
 * @param {Side} side
 * @param {(remote: any) => () => Promise<unknown>} makeCall
 * @param {typeof oneByOne} run
 */
const open = async (side, makeCall, run) => {
  const target = side.makeObject({ echo: x => x });
  const connected = await side.connect?.({ target });
  return connected && { run: run(makeCall(connected.remote)), close: connected.close };
};

const hello = (/** @type {Side} */ side) => (/** @type {any} */ remote) => () => side.call(remote).echo('hello');

/** Other sizes of a row, for how it grows: few rounds have to do. @param {number} size @param {number} main */
const sized = (size, main) => ({ size, rounds: size === main ? undefined : 3 });

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = () => [
  rate({
    row: 'echo "hello", one by one',
    batch: 10,
    native: 'echo',
    open: side => open(side, hello(side), oneByOne),
  }),
  ...[1000, 100, 10_000].map(many =>
    rate({
      row: `echo "hello", ${many.toLocaleString('en')} in flight`,
      unit: 'calls/s',
      batch: many,
      native: many === 1000 ? 'in-flight' : undefined,
      series: 'echo "hello", in flight',
      ...sized(many, 1000),
      open: side => open(side, hello(side), call => inFlight(call, many)),
    }),
  ),
  ...[100, 10, 1000].map(count =>
    rate({
      row: `echo ${count.toLocaleString('en')} records (${RECORDS_KB[count]} kB), a fresh object each time`,
      native: count === 100 ? 'records' : undefined,
      series: 'echo records',
      ...sized(count, 100),
      open: side => open(side, remote => () => side.call(remote).echo(side.harden(records(count))), oneByOne),
    }),
  ),
  ...[1024, 256, 64].map(kib =>
    rate({
      row: kib === 1024 ? 'echo 1 MiB of bytes' : `echo ${kib} KiB of bytes`,
      native: kib === 1024 ? 'mebibyte' : undefined,
      series: 'echo bytes',
      ...sized(kib, 1024),
      open: side => {
        const bytes = side.makeBytes(mebibyte().slice(0, kib * 1024));
        return open(side, remote => () => side.call(remote).echo(bytes), oneByOne);
      },
    }),
  ),
];
