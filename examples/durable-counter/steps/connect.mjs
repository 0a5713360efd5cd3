// @ts-check
import { makeWire } from '../lib/wire.mjs';
import { learnSlots, noteHighest, throughWire } from './stage.mjs';

export const title = '1. B connects, calls A, and gives A a callback';

/** @param {import('./stage.mjs').Stage} stage */
export const run = async stage => {
  const { a, b, timeline } = stage;
  const { location } = await a.start();
  stage.location = location;
  const { host, port } = location.hints;
  timeline.say('A', `starts as process ${a.pid}, and listens on ${host}:${port}`);
  await b.start();
  timeline.say('B', `starts as process ${b.pid}`);
  stage.wire = await makeWire({ host, port: Number(port) });
  timeline.say('M', `listens on the way to A, on port ${stage.wire.address.port}: it passes on what B sends, and keeps a copy`);

  const [atA, atB] = [a.news('session'), b.news('session')];
  const counter = await b.ask('enliven', throughWire(stage), 'counter');
  const [seenByA, seenByB] = await Promise.all([atA, atB]);
  stage.session = seenByB.sessionId;
  const { session } = stage;
  timeline.say('B', "enlivens A's counter", { session, slot: counter.slot });
  const isOne = seenByA.sessionId === session && seenByA.type === 'fresh' && seenByB.type === 'fresh';
  timeline.check('both sides began the same fresh session', isOne, { seenByA, seenByB });

  const values = [];
  for (let call = 0; call < 3; call += 1) {
    values.push(await b.ask('increment'));
    timeline.say('B', `E(counter).increment() gives ${values.at(-1)}`, { session, slot: counter.slot });
  }
  stage.value = 3;
  timeline.check('the counter counts: 1, 2, 3', values.join() === '1,2,3', values);

  const greeter = await b.ask('enliven', throughWire(stage), 'greeter');
  timeline.say('B', "enlivens A's greeter, and introduces its callback", { session, slot: greeter.slot });
  const heard = b.news('heard');
  const answer = await b.ask('introduce');
  timeline.check("A called B's callback, and got its answer", answer === 'B heard: welcome' && (await heard).text === 'welcome', answer);

  await learnSlots(stage);
  await noteHighest(stage);
};
