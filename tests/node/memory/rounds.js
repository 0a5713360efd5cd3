// @ts-check

/**
 * Tests of a program that does the same again and again: after a warm-up its memory does not grow. It runs in a process of its own,
 * since the test runner keeps what it sees, and each round is a test, so that a slow machine has time.
 */

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

/** @typedef {{ wasm: number, heap: number }} Used bytes: of the memory of wasm as it is, and of the heap as far as it is used */

/** What the engine itself may keep: code that it compiled, and what it learnt of types. */
const HEAP_SLACK = 1 << 20;

/** A few pages, for fragments between what is allocated. */
const WASM_SLACK = 4 << 16;

/** @param {number} bytes */
const kB = bytes => `${Math.round(bytes / 1024).toLocaleString('en')} kB`.padStart(10);

/**
 * @param {object} options
 * @param {string} options.program beside this file
 * @param {string} options.what is made and dropped
 * @param {number} options.each of them in a round
 * @param {number} options.rounds after the warm-up
 * @param {number} options.warmUp rounds that are not measured
 */
export const testRounds = ({ program, what, each, rounds, warmUp }) => {
  /** @type {import('node:child_process').ChildProcess} */
  let child;
  /** @type {Used[]} */
  const used = [];

  /** @type {Promise<{ used?: Used, error: string }>} */
  let ended;

  const doRound = async () => {
    const answer = new Promise(resolve => child.once('message', resolve));
    child.send('round');
    const { used: now, error } = await Promise.race([answer, ended]);
    assert.equal(error, undefined);
    return now;
  };

  before(() => {
    child = fork(new URL(program, import.meta.url), { execArgv: ['--expose-gc', '--single-threaded-gc'] });
    ended = once(child, 'exit').then(([code]) => ({ error: `the process ended with ${code}` }));
  });
  after(() => child.kill());

  for (let round = 1 - warmUp; round <= rounds; round += 1) {
    const count = round <= 0 ? 'a warm-up' : `${(round * each).toLocaleString('en')} ${what}`;
    test(`memory after ${count}`, async () => {
      const now = await doRound();
      if (round >= 0) used.push(now);
      console.log(`${count.padEnd(24)} wasm ${kB(now.wasm)}   heap ${kB(now.heap)}`);
    });
  }

  test(`${(rounds * each).toLocaleString('en')} ${what} leave nothing behind`, () => {
    assert.equal(used.length, rounds + 1);
    const [first, ...rest] = used;
    const grownBy = (/** @type {keyof Used} */ key) => Math.min(...rest.slice(-3).map(last => last[key])) - (first?.[key] ?? 0);
    console.log(`growth: wasm ${kB(grownBy('wasm'))}   heap ${kB(grownBy('heap'))}`);
    assert.ok(grownBy('wasm') <= WASM_SLACK, JSON.stringify(used));
    assert.ok(grownBy('heap') <= HEAP_SLACK, JSON.stringify(used));
  });
};
