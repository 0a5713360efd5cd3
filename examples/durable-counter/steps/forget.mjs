// @ts-check
import { lookAtSession, noteHighest, positionOf } from './stage.mjs';

export const title = '5. New exports get new positions; then A forgets its sessions';

/**
 * Something new in both directions.
 *
 * @param {import('./stage.mjs').Stage} stage
 */
const exportMore = async stage => {
  const { a, b, timeline, session } = stage;
  await noteHighest(stage);
  const { highest } = stage;
  const { slot } = await b.ask('enliven', stage.location, 'guestbook');
  timeline.say('B', "enlivens A's guestbook, which was never exported before", { session, slot });
  timeline.check(`A gave it a higher position than any before (${highest.A})`, positionOf(slot) > highest.A, slot);
  await b.ask('sign');
  const { pen } = await b.ask('slots');
  timeline.say('B', 'signs it with a new pen', { session, slot: pen });
  timeline.check(`B gave the pen a higher position than any before (${highest.B})`, positionOf(pen) > highest.B, pen);
  const { guestbook } = await a.ask('slots');
  timeline.check('A has the guestbook at the same position', positionOf(guestbook) === positionOf(slot), guestbook);
};

/** @param {import('./stage.mjs').Stage} stage */
export const run = async stage => {
  const { a, b, timeline, session } = stage;
  await exportMore(stage);

  const { stored } = await a.ask('look');
  const since = b.mark();
  timeline.say(' ', `kill -9 ${a.pid}; then the ${stored} records of A's sessions are deleted`);
  await a.kill9();
  const freshAtA = a.news('session', ({ type }) => type === 'fresh');
  const ready = await a.start('--forget-sessions');
  timeline.say('A', `starts again as process ${a.pid}, without a session, and finds its counter at ${ready.counter}`);
  timeline.check(`the records of A's sessions are gone (${stored} before, ${ready.stored} now)`, stored > 0 && ready.stored === 0);
  const isTheSamePeer = JSON.stringify(ready.location) === JSON.stringify(stage.location);
  timeline.check('A is the same peer, at the same address', isTheSamePeer, ready.location);

  // B is not told to do anything: it only says what happens to it.
  const refused = await b.news('session', ({ type }) => type === 'refused', since);
  const fresh = await b.news('session', ({ type }) => type === 'fresh', since);
  const seen = b.sessionNews(since).map(({ type }) => type).join(', ');
  timeline.check("B's resume was refused, and an event said so", refused.sessionId === session && refused.code === 'SESSION_REFUSED', refused);
  timeline.check(`B began a fresh session by itself (${seen})`, seen === 'suspended, refused, fresh' && fresh.sessionId !== session, seen);
  timeline.check('A has the same fresh session', (await freshAtA).sessionId === fresh.sessionId);
  const old = await lookAtSession(stage, b);
  timeline.say('B', `keeps the old session aside: ${old?.status}`, { session });

  const failure = await b.ask('increment').catch(error => error);
  timeline.check('a call to a reference of the old session fails with SESSION_REFUSED', failure?.code === 'SESSION_REFUSED', failure);
  stage.session = fresh.sessionId;
  const { isTheSame, slot } = await b.ask('enliven', stage.location, 'counter');
  const value = await b.ask('increment');
  timeline.say('B', `enlivens the counter again: E(counter).increment() gives ${value}`, { session: stage.session, slot });
  timeline.check('the counter is a new reference, and has its value', !isTheSame && value === stage.value + 1, { isTheSame, value });
};
