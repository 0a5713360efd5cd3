// @ts-check
import { setTimeout } from 'node:timers/promises';

import { compareSlots, noteHighest } from './stage.mjs';

export const title = '2. kill -9 A in the middle of a burst of calls';

/** What a rejected call of the burst may say: whether A did it is unknown, or A did not. */
const CODES = ['MAY_HAVE_RUN', 'DID_NOT_RUN'];

/** The kill comes at a random moment of so many ms, in which calls are read, run, committed and answered. */
const MOMENT = 40;

/**
 * Has B call as fast as it can, and kills A meanwhile.
 *
 * @param {import('./stage.mjs').Stage} stage
 * @returns {Promise<import('../lib/burst.mjs').Burst>}
 */
const killInBurst = async ({ a, b, timeline, session }) => {
  const [underWay, suspended] = [b.news('under way'), b.news('session', ({ type }) => type === 'suspended')];
  const running = b.ask('burst', { atOnce: 32, underWay: 100, most: 100_000 });
  timeline.say('B', 'sends a burst of increments, 32 at a time', { session });
  await underWay;
  await setTimeout(Math.random() * MOMENT);
  const { pid } = a;
  timeline.say(' ', `kill -9 ${pid}`);
  timeline.check(`A's process ${pid} was killed`, (await a.kill9()) === 'SIGKILL');
  const burst = await running;
  await suspended;
  return burst;
};

/** @param {import('./stage.mjs').Stage} stage */
export const run = async stage => {
  const { a, b, timeline, session } = stage;
  const since = b.mark();
  const { calls, values, failures } = await killInBurst(stage);
  const unsure = failures.filter(({ code }) => code === 'MAY_HAVE_RUN').length;
  timeline.say('B', `${calls} calls: ${values.length} fulfilled, ${unsure} MAY_HAVE_RUN, ${failures.length - unsure} DID_NOT_RUN`, { session });
  timeline.check('the burst was cut in the middle', values.length > 0 && failures.length > 0, { calls });
  const areSettled = calls === values.length + failures.length && failures.every(({ code }) => CODES.includes(String(code)));
  timeline.check('each call of the burst was fulfilled, or rejected with a code', areSettled, failures);

  let answered = 0;
  const waiting = Promise.all(
    [1, 2, 3].map(async () => {
      const value = await b.ask('increment');
      answered += 1;
      return value;
    }),
  );
  waiting.catch(() => {});
  timeline.say('B', 'calls increment three times more while A is down: these wait', { session });
  await b.ask('look');
  timeline.check('calls to a suspended session wait', answered === 0, answered);

  const resumedAtB = b.news('session', ({ type }) => type !== 'suspended', since);
  const resumedAtA = a.news('session');
  const { counter: kept, location } = await a.start();
  timeline.say('A', `starts again as process ${a.pid}, and finds its counter at ${kept}`);
  timeline.check('A has the address that it had', JSON.stringify(location) === JSON.stringify(stage.location), location);
  const [atA, atB] = await Promise.all([resumedAtA, resumedAtB]);
  const isResumed = [atA, atB].every(({ type, sessionId }) => type === 'resumed' && sessionId === session);
  timeline.check('both sides resumed the session that they had', isResumed, { atA, atB });

  const late = await waiting;
  timeline.say('B', `the calls that waited give ${late.join(', ')}`, { session });
  const { isTheSame, slot } = await b.ask('enliven', stage.location, 'counter');
  timeline.check("B's reference to the counter is the same object as before", isTheSame);
  const value = await b.ask('read');
  timeline.say('B', `E(counter).read() gives ${value}`, { session, slot });
  const least = stage.value + values.length + late.length;
  const all = [...values, ...late];
  const isKept = least <= value && value <= least + unsure && new Set(all).size === all.length && Math.max(...all) <= value;
  timeline.check(
    `the counter has every increment that was acknowledged (${least}), and at most the unsure ones more (${least + unsure})`,
    isKept,
    { value, least, unsure },
  );
  stage.value = value;

  await b.ask('enliven', stage.location, 'greeter');
  timeline.say('B', 'introduces its callback again, to the new process of A', { session });
  const answer = await b.ask('introduce');
  timeline.check("A's new process called B's callback", answer === 'B heard: welcome', answer);
  await compareSlots(stage);
  await noteHighest(stage);
};
