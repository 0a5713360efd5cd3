// @ts-check
import { framesOf, readResume, replay } from '../lib/wire.mjs';
import { lookAtSession } from './stage.mjs';

export const title = '4. A third party replays a recorded resume';

/** How long nothing may have changed until things count as quiet, in ms. */
const QUIET = 60;

/**
 * What both sides hold, once that does not change any more.
 *
 * @param {import('./stage.mjs').Stage} stage
 */
const lookWhenQuiet = async stage => {
  let before = '';
  for (;;) {
    const looks = [];
    for (const party of [stage.a, stage.b]) {
      const { handshakes, stored } = await party.ask('look');
      looks.push({ session: await lookAtSession(stage, party), handshakes, stored });
    }
    const now = JSON.stringify(looks, null, 2);
    if (now === before) return now;
    before = now;
    await new Promise(resolve => setTimeout(resolve, QUIET));
  }
};

/** An answer's count is the dial's, times 2^64, and a random number below that. @param {bigint} [count] */
const inWords = (count = 0n) => `${count >> 64n} * 2^64 + r`;

/** @param {import('./stage.mjs').Stage} stage */
export const run = async stage => {
  const { a, b, timeline, session, wire } = stage;
  const recording = wire?.recordings.at(-1);
  const there = framesOf(recording?.there ?? []);
  const back = framesOf(recording?.back ?? []);
  const [dial, answer, confirmation] = [there[0], back[0], there[1]].map(readResume);
  timeline.say('M', `recorded B's dial, op:resume-session with count ${dial?.count},`, { session: dial?.session });
  timeline.say('M', `A's answer, with count ${inWords(answer?.count)}, B's confirmation of that,`, { session: answer?.session });
  timeline.say('M', `and the ${there.length - 2} messages of B's that followed`, { session: confirmation?.session });
  const isWhole = [dial, answer, confirmation].every(message => message?.session === session) && there.length > 2;
  timeline.check('M has a whole resume on record', isWhole, { there: there.map(String), back: back.map(String) });

  const before = await lookWhenQuiet(stage);
  const marks = { a: a.mark(), b: b.mark() };
  const { host, port } = stage.location.hints;
  const toA = { host, port: Number(port) };
  const { hints } = await b.ask('location');
  const toB = { host: hints.host, port: Number(hints.port) };

  for (const [what, to, messages] of /** @type {const} */ ([
    ["B's dial to A", toA, there.slice(0, 1)],
    ["all that B said to A", toA, there],
    ["A's answer to B, as a dial", toB, back.slice(0, 1)],
    ["B's own dial to B", toB, there.slice(0, 1)],
  ])) {
    const { abort, answers } = await replay(to, [...messages]);
    timeline.say('M', `replays ${what}: op:abort '${abort}'`, { session });
    timeline.check(`refused: the replay of ${what}`, abort !== undefined && abort.startsWith('invalid-session-') && answers === 1, { abort, answers });
  }

  const after = await lookWhenQuiet(stage);
  const news = [...a.sessionNews(marks.a), ...b.sessionNews(marks.b)];
  timeline.check('nothing changed: sessions, counts, slots and stored records are as before', before === after, { before, after });
  timeline.check('neither side saw anything happen to its session', news.length === 0, news);
  const value = await b.ask('increment');
  timeline.say('B', `E(counter).increment() gives ${value}`, { session, slot: stage.slots.B.counter });
  timeline.check('the replayed calls did not run, and the pair still works', value === stage.value + 1, value);
  stage.value = value;
  const friend = await a.ask('callFriend', 'all well?');
  timeline.check("and so does A's reference to B's callback", friend === 'B heard: all well?', friend);
};
