// @ts-check
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

import { filesIn, hashOf } from './hash.mjs';
import { elapsed, say } from './log.mjs';
import { fromRoot } from './paths.mjs';

/**
 * A part of the setup.
 *
 * @typedef {object} Step
 * @property {string} name what it provides
 * @property {() => boolean} isCurrent whether there is nothing to do
 * @property {() => Promise<void>} run
 */

/** Remembers what each step last made out of what: `{ [name]: { inputs, outputs } }`. */
const STAMPS = 'build/stamps.json';

/** @returns {Record<string, { inputs: string, outputs: string }>} */
const readStamps = () => {
  try {
    return JSON.parse(readFileSync(fromRoot(STAMPS), 'utf8'));
  } catch {
    return {};
  }
};

/**
 * A step that makes files out of files. It is current when neither has changed since it last ran.
 *
 * @param {object} spec
 * @param {string} spec.name
 * @param {string[]} spec.inputs files and folders below the root
 * @param {string[]} spec.outputs the same; each must hold something
 * @param {() => Promise<void>} spec.run
 * @returns {Step}
 */
export const fileStep = ({ name, inputs, outputs, run }) => ({
  name,
  isCurrent: () => {
    const stamp = readStamps()[name];
    return (
      stamp !== undefined &&
      outputs.every(output => filesIn(output).length > 0) &&
      stamp.inputs === hashOf(inputs) &&
      stamp.outputs === hashOf(outputs)
    );
  },
  run: async () => {
    const inputHash = hashOf(inputs);
    await run();
    const stamps = { ...readStamps(), [name]: { inputs: inputHash, outputs: hashOf(outputs) } };
    mkdirSync(fromRoot('build'), { recursive: true });
    writeFileSync(fromRoot(STAMPS), `${JSON.stringify(stamps, null, 2)}\n`);
  },
});

/**
 * Runs the steps that are not current, in order, and says so.
 *
 * @param {Step[]} steps
 * @returns {Promise<string[]>} the names of those that ran
 */
export const runSteps = async steps => {
  const ran = [];
  for (const step of steps) {
    if (step.isCurrent()) continue;
    const start = performance.now();
    say(`==> ${step.name}`);
    await step.run();
    say(`    ${step.name}: ${elapsed(start)}`);
    ran.push(step.name);
  }
  return ran;
};
