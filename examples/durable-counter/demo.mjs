#!/usr/bin/env node
// @ts-check
// The demo: starts A and B as processes of their own, kills them, and tells and checks what happens. Exits with 1 when a check
// fails, naming it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { makeNarrator } from './lib/narrator.mjs';
import { makeParty } from './lib/party.mjs';
import { CheckFailed, makeTimeline } from './lib/timeline.mjs';
import * as connect from './steps/connect.mjs';
import * as forget from './steps/forget.mjs';
import * as killA from './steps/kill-a.mjs';
import * as killB from './steps/kill-b.mjs';
import * as replay from './steps/replay.mjs';

/** The demo ends after so many ms, whatever happens. It takes 4 s; a machine that does much else may need more. */
const LIMIT = Number(process.env.DEMO_LIMIT ?? 14_000);

const timeline = makeTimeline();
const directory = mkdtempSync(join(tmpdir(), 'ocapn-demo-'));
const narrator = makeNarrator(timeline);

/** @param {'A' | 'B'} name @param {string} program */
const party = (name, program) =>
  makeParty({ name, program, directory: join(directory, name), onNews: news => narrator.tell(name, news) });

/** @type {import('./steps/stage.mjs').Stage} */
const stage = {
  a: party('A', 'alice.mjs'),
  b: party('B', 'bob.mjs'),
  timeline,
  location: undefined,
  wire: undefined,
  session: '',
  slots: { A: {}, B: {} },
  highest: { A: 0, B: 0 },
  value: 0,
};
const parties = [stage.a, stage.b];

// However this process ends, its children and files go with it.
process.on('exit', () => {
  for (const one of parties) one.abandon();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
});

/**
 * @param {number} code
 * @param {string} why
 */
const giveUp = (code, why) => {
  timeline.line(`\nThe demo ends${timeline.step && ` in step ${timeline.step[0]}`}: ${why}`);
  process.exit(code);
};
for (const [signal, number] of /** @type {const} */ ([['SIGHUP', 1], ['SIGINT', 2], ['SIGTERM', 15]])) {
  process.once(signal, () => giveUp(128 + number, signal));
}
setTimeout(() => giveUp(1, `it took more than ${LIMIT / 1000} s.`), LIMIT).unref();

timeline.line('A serves a counter, a greeter and a guestbook. B holds references to them, and gives A a callback.');
timeline.line('Each is a Node process with a directory of its own; they talk over TCP. M is a third party on the way.');
try {
  for (const { title, run } of [connect, killA, killB, replay, forget]) {
    timeline.begin(title);
    await run(stage);
  }
  stage.wire?.close();
  const codes = await Promise.all(parties.map(one => one.stop()));
  timeline.check('A and B ended in order', codes.every(code => code === 0), codes);
  timeline.summary();
  timeline.line(`\nAll checks hold, after ${timeline.seconds()} s.`);
} catch (error) {
  const isCheck = error instanceof CheckFailed;
  timeline.summary();
  giveUp(1, isCheck ? `this does not hold: ${error.message}` : String(Object(error).stack ?? error));
}
