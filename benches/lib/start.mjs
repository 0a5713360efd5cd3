// @ts-check

/**
 * A process that loads one side and makes its first call: it prints how long that took, in ms.
 *
 *     node benches/lib/start.mjs SIDE [BEFORE...]   (by benches/rows/start.mjs)
 *
 * The modules BEFORE are loaded before the clock starts.
 */

const [, , side, ...before] = process.argv;
for (const url of before) await import(url);
const start = performance.now();
const { run } = await import(`../starts/${side}.mjs`);
if ((await run()) !== 'hello') throw Error('a wrong answer');
process.stdout.write(`${performance.now() - start}`);
process.exit();
