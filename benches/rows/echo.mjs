// @ts-check
import { inFlight, oneByOne, rate } from '../lib/rate.mjs';
import { mebibyte, records } from '../lib/samples.mjs';

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

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = () => [
  rate({
    row: 'echo "hello", one by one',
    batch: 10,
    open: side => open(side, hello(side), oneByOne),
  }),
  rate({
    row: 'echo "hello", 1,000 in flight',
    batch: 1000,
    open: side => open(side, hello(side), call => inFlight(call, 1000)),
  }),
  rate({
    row: 'echo 100 records (8.9 kB), a fresh object each time',
    open: side => open(side, remote => () => side.call(remote).echo(side.harden(records())), oneByOne),
  }),
  rate({
    row: 'echo 1 MiB of bytes',
    open: side => {
      const bytes = side.makeBytes(mebibyte());
      return open(side, remote => () => side.call(remote).echo(bytes), oneByOne);
    },
  }),
];
