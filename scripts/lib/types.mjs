// @ts-check
import { rmSync } from 'node:fs';

import { fromRoot } from './paths.mjs';
import { runOrFail } from './run.mjs';
import { PKG } from './wasm.mjs';
import { fileStep } from './steps.mjs';
import { describeTypes } from './typedef-docs.mjs';

/** How to start the TypeScript compiler. */
export const TSC = fromRoot('node_modules/typescript/bin/tsc');

/** types/: declarations of the public face. Whether its types are right is for the tests to say. */
export const typeDeclarations = fileStep({
  name: 'types/ (tsc)',
  inputs: [
    'js',
    'tsconfig.json',
    'tsconfig.types.json',
    'scripts/lib/typedef-docs.mjs',
    'node_modules/typescript/package.json',
    ...PKG.filter(path => path.endsWith('.d.ts')),
  ],
  outputs: ['types'],
  run: async () => {
    rmSync(fromRoot('types'), { recursive: true, force: true });
    await runOrFail(process.execPath, [TSC, '--project', fromRoot('tsconfig.types.json')]);
    describeTypes(fromRoot('js'), fromRoot('types'));
  },
});
