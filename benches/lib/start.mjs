// @ts-check

/**
 * A process that loads one side and makes its first call: it prints how long that took, in ms.
 *
 *     node benches/lib/start.mjs SIDE [WARM...]
 *
 * The modules WARM are loaded before the clock starts.
 */

const [, , side, ...warm] = process.argv;
for (const url of warm) await import(url);
const start = performance.now();
const { side: loaded } = await import(`../sides/${side}.mjs`);
const target = loaded.makeObject({ echo: (/** @type {any} */ x) => x });
const { remote } = await loaded.connect({ target });
if ((await loaded.call(remote).echo('hello')) !== 'hello') throw Error('a wrong answer');
process.stdout.write(`${performance.now() - start}`);
process.exit();
