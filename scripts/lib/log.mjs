// @ts-check

/**
 * A failure that the user can act on: its message is shown without a stack.
 */
export class UserError extends Error {}

/**
 * One line of progress, at once.
 *
 * @param {string} text
 */
export const say = text => {
  process.stdout.write(`${text}\n`);
};

/**
 * @param {number} since from `performance.now()`
 * @returns {string} such as `1.4 s`
 */
export const elapsed = since => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * Runs the main function of a script: an error ends the process with code 1, and shows its stack
 * only when it is not meant for the user.
 *
 * @param {() => Promise<number | void>} main gives the exit code, 0 when nothing
 */
export const runMain = async main => {
  try {
    process.exitCode = (await main()) || 0;
  } catch (error) {
    const text = error instanceof UserError ? error.message : error;
    console.error(error instanceof UserError ? `\nerror: ${text}` : text);
    process.exitCode = 1;
  }
};
