// @ts-check
import { rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { fromRoot } from './paths.mjs';
import { fileStep } from './steps.mjs';

/**
 * The entries for Node. Everything that one program in Node may import of the package has to be here: what they share, such as
 * the loaded core, is there once over all of them, and not once more as the modules of js/.
 */
const ENTRIES = {
  index: 'js/index.js',
  'index-inline': 'js/index-inline.js',
  'baggage/fs': 'js/baggage/fs.js',
  'baggage/indexeddb': 'js/baggage/indexeddb.js',
  'netlayers/memory': 'js/netlayers/memory.js',
  'netlayers/tcp': 'js/netlayers/tcp.js',
  'netlayers/websocket': 'js/netlayers/websocket.js',
  'netlayers/websocket-dial': 'js/netlayers/websocket-dial.js',
  'testing/baggage': 'js/testing/baggage.js',
};

/** What runs when it is imported, and not for every entry: it becomes a part of index.js. */
const LOADS_THE_CORE = 'js/wasm-node.js';

/**
 * Whoever needs the core loaded and is not index.js imports that.
 *
 * @type {import('rolldown').Plugin}
 */
const coreOfIndex = {
  name: 'core-of-index',
  resolveId: {
    order: 'pre',
    handler(source, importer) {
      if (importer === undefined || importer === fromRoot(ENTRIES.index)) return undefined;
      const isCore = resolve(dirname(importer), source) === fromRoot(LOADS_THE_CORE);
      // As seen from dist/netlayers/.
      return isCore ? { id: '../index.js', external: true } : undefined;
    },
  },
};

/** @param {string} id */
const isElsewhere = id => !/^[./]/.test(id) || id.endsWith('/ocapn_wasm_inline.js');

/**
 * dist/: the modules of js/ put together for Node, which takes half the time to import them so. What the main entry is made of
 * is one file, since Node takes most of a millisecond for each. Not minified: as it is, it can be read in a stack trace, and
 * needs no source map. Names of the core's files stay right, since dist/ is a sibling of pkg/.
 */
export const bundles = fileStep({
  name: 'dist/ (rolldown)',
  inputs: ['js', 'pkg/ocapn_wasm.js', 'scripts/lib/bundle.mjs', 'node_modules/rolldown/package.json'],
  outputs: ['dist'],
  run: async () => {
    const { rolldown } = await import('rolldown');
    /** @param {Record<string, string>} input */
    const read = input =>
      rolldown({
        cwd: fromRoot(),
        input,
        external: isElsewhere,
        plugins: [coreOfIndex],
        platform: 'node',
        preserveEntrySignatures: 'allow-extension',
      });

    const main = await (await read({ index: ENTRIES.index })).generate({ format: 'esm' });
    const modules = new Set(main.output.flatMap(part => (part.type === 'chunk' ? part.moduleIds : [])));
    for (const path of [...Object.values(ENTRIES), LOADS_THE_CORE]) modules.delete(fromRoot(path));

    rmSync(fromRoot('dist'), { recursive: true, force: true });
    await (await read(ENTRIES)).write({
      dir: fromRoot('dist'),
      format: 'esm',
      // Beside index.js, since the core is found from where the code is.
      comments: { legal: false, annotation: true, jsdoc: false },
      chunkFileNames: 'shared-[name].js',
      entryFileNames: '[name].js',
      codeSplitting: {
        includeDependenciesRecursively: false,
        groups: [{ name: 'main', test: id => modules.has(id) }],
      },
    });
  },
});
