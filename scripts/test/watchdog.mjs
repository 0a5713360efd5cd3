// @ts-check
// Loaded before each test file: Node 20 limits the time of a file only, and does not say which test
// of it hangs. This ends the file when one of its tests takes too long, and names it.
import { afterEach, beforeEach } from 'node:test';

/** After which a test counts as hanging, in ms: longer than any takes on a slow machine. */
const LIMIT = Number(process.env.TEST_TIMEOUT ?? 60_000);

/** @type {Map<unknown, NodeJS.Timeout>} */
const timers = new Map();

beforeEach(context => {
  const end = () => {
    console.error(`'${context.name}' still runs after ${LIMIT / 1000} s: giving up on its file.`);
    process.exit(1);
  };
  timers.set(context, setTimeout(end, LIMIT).unref());
});

afterEach(context => {
  clearTimeout(timers.get(context));
  timers.delete(context);
});
