// @ts-check
import { rmSync } from 'node:fs';

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

/**
 * dist/: the modules of js/ put together for Node, which takes half the time to import them so. Not minified: as it is, it can
 * be read in a stack trace, and needs no source map. Names of the core's files stay right, since dist/ is a sibling of pkg/.
 */
export const bundles = fileStep({
  name: 'dist/ (esbuild)',
  inputs: ['js', 'pkg/ocapn_wasm.js', 'scripts/lib/bundle.mjs', 'node_modules/esbuild/package.json'],
  outputs: ['dist'],
  run: async () => {
    const { build } = await import('esbuild');
    rmSync(fromRoot('dist'), { recursive: true, force: true });
    await build({
      absWorkingDir: fromRoot(),
      entryPoints: ENTRIES,
      outdir: 'dist',
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      packages: 'external',
      external: ['*/ocapn_wasm_inline.js'],
      // Beside index.js, since the core is found from where the code is.
      chunkNames: 'shared-[hash]',
      legalComments: 'none',
      logLevel: 'warning',
    });
  },
});
