// @ts-check
import { compareSlots, noteHighest, throughWire } from './stage.mjs';

export const title = '3. kill -9 B';

/** @param {import('./stage.mjs').Stage} stage */
export const run = async stage => {
  const { a, b, timeline, session } = stage;
  const cut = a.news('session', ({ type }) => type === 'suspended');
  const { pid } = b;
  timeline.say(' ', `kill -9 ${pid}`);
  timeline.check(`B's process ${pid} was killed`, (await b.kill9()) === 'SIGKILL');
  await cut;

  const [resumedAtA, resumedAtB] = [a.news('session'), b.news('session')];
  await b.start();
  timeline.say('B', `starts again as process ${b.pid}, and enlivens its references, dialling A through M`);
  for (const name of ['counter', 'greeter']) {
    const { slot } = await b.ask('enliven', throughWire(stage), name);
    timeline.say('B', `has A's ${name} again`, { session, slot });
  }
  const [atA, atB] = await Promise.all([resumedAtA, resumedAtB]);
  const isResumed = [atA, atB].every(({ type, sessionId }) => type === 'resumed' && sessionId === session);
  timeline.check('both sides resumed the session that they had', isResumed, { atA, atB });

  const value = await b.ask('increment');
  timeline.say('B', `E(counter).increment() gives ${value}`, { session, slot: stage.slots.B.counter });
  timeline.check('the counter went on counting', value === stage.value + 1, value);
  stage.value = value;

  const heard = b.news('heard');
  const answer = await a.ask('callFriend', 'are you still there?');
  timeline.say('A', `calls B's callback, by the reference that it held: "${answer}"`, { session, slot: stage.slots.A.callback });
  const { text } = await heard;
  timeline.check("A's reference to B's callback reaches B's new process", text === 'are you still there?' && answer === `B heard: ${text}`);
  const introduced = a.news('introduced');
  timeline.say('B', 'introduces its callback once more', { session });
  await b.ask('introduce');
  timeline.check("A's reference to B's callback is the same object as before", (await introduced).isTheSame);
  await compareSlots(stage);
  await noteHighest(stage);
};
