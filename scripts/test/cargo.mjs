// @ts-check
import { ask } from '../lib/run.mjs';
import { ofCargoTest, ofNextest, sum } from './counts.mjs';
import { runCounted } from './layer.mjs';

/**
 * Runs tests natively, with cargo-nextest where it is installed.
 *
 * @param {string} profile of cargo
 * @param {string[]} args which tests
 */
const runTests = (profile, args) => {
  const hasNextest = ask('cargo', ['nextest', '--version']) !== undefined;
  if (hasNextest) {
    const options = ['--locked', '--cargo-profile', profile, '--no-fail-fast', '--no-tests=pass'];
    return runCounted('cargo', ['nextest', 'run', ...options, ...args], ofNextest);
  }
  const options = ['--locked', '--profile', profile, '--no-fail-fast', '--tests'];
  return runCounted('cargo', ['test', ...options, ...args], ofCargoTest);
};

/** The core: unit and integration tests, then the examples in its documentation. */
export const coreTests = async () => {
  const core = ['--package', 'ocapn-wasm', '--package', 'ocapn-codec'];
  const tests = await runTests('dev', core);
  const examples = await runCounted('cargo', ['test', '--locked', '--doc', ...core], ofCargoTest);
  const failures = [tests, examples].flatMap(({ failures: those }) => those ?? []).join('\n');
  return { ...sum([tests, examples]), failures };
};

/** The build tools, in their own profile: optimising what they stand on takes minutes. */
export const toolTests = () => runTests('tools', ['--package', 'xtask']);
