// @ts-check
import { openDurable } from '../lib/durable.mjs';
import { bytesOnDisk, bytesWritten } from '../lib/io.mjs';
import { collect, inFlight, rate } from '../lib/rate.mjs';

/**
 * State in a directory (of the peer of pull request 3175, in a file): what it costs to export objects that outlive the process, each with a message of its own, and what a
 * call costs while there are many. A message leaves when what it depends on is on the disk.
 *
 * @import { Case } from '../lib/types.mjs'
 */

/**
 * @param {number} count
 * @returns {Case}
 */
const exporting = count => {
  const name = `${count.toLocaleString('en')} durable exports`;
  const of = (/** @type {string} */ what, /** @type {string} */ unit) => ({
    row: `${name}: ${what}`,
    unit,
    series: `durable exports: ${what}`,
    size: count,
  });
  return {
    rounds: 3,
    slow: ['endo-pr'],
    outputs: [of('time', 'ms'), of('bytes written', 'kB'), of('commits', 'commits'), of('on disk', 'kB')],
    open: async (side, { quick, makeDirectory }) => {
      if (side.durable === undefined) return undefined;
      const { most, takeCommits } = side.durable;
      if (most !== undefined && count > (quick ? most.whenQuick : most.exports)) return undefined;
      return {
        sample: async () => {
          const directory = makeDirectory();
          const durable = await openDurable(side, directory);
          const { give, counts, close } = await durable.openNear();
          collect();
          counts.commits = 0;
          takeCommits?.();
          const before = bytesWritten();
          const start = performance.now();
          await give(count);
          const taken = performance.now() - start;
          const after = bytesWritten();
          const commits = takeCommits?.() ?? counts.commits;
          const written = before === undefined || after === undefined ? undefined : (after - before) / 1000;
          await close();
          const onDisk = bytesOnDisk(directory) / 1000;
          await durable.close();
          return [taken, written, commits, onDisk];
        },
        close: () => {},
      };
    },
  };
};

/**
 * @param {string} where
 * @param {number} exports
 */
const echoing = (where, exports) =>
  rate({
    rounds: 3,
    slow: ['endo-pr'],
    ...(where === 'memory' || exports === 0 ? {} : { series: 'echo by live exports, state in a directory', size: exports }),
    row: `echo, 1,000 in flight, state in ${where}, ${exports.toLocaleString('en')} live exports`,
    batch: 1000,
    open: async (side, { makeDirectory }) => {
      if (side.durable === undefined || exports > (side.durable.most?.live ?? exports)) return undefined;
      const durable = await openDurable(side, where === 'memory' ? undefined : makeDirectory());
      const { remote, give, close } = await durable.openNear();
      await give(exports);
      return {
        run: inFlight(() => side.call(remote).echo('hello'), 1000),
        close: async () => {
          await close();
          await durable.close();
        },
      };
    },
  });

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = ({ quick }) => {
  const many = quick ? 1000 : 10_000;
  const counts = quick ? [100, 300, 1000, 10_000] : [100, 300, 1000, 10_000, 100_000];
  return [
    ...counts.map(exporting),
    echoing('memory', 0),
    echoing('a directory', 0),
    echoing('memory', many),
    ...[many / 100, many / 10, many].map(live => echoing('a directory', live)),
  ];
};
