// @ts-check

import { Judge } from '../../crash/judge.js';
import { LedgerReader, openLedger } from '../../crash/ledger.js';
import { Positions } from '../../crash/rows.js';
import { makeDirectory } from '../support/process.js';

import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { test } from 'node:test';

/**
 * @import { Kind } from '../../crash/ledger.js'
 */

/** @param {Array<[Kind, string, string?]>} lines */
const judgeOf = lines => {
  const judge = new Judge();
  for (const [kind, subject, detail = ''] of lines) judge.take({ kind, subject, detail });
  return judge;
};

/** Faults are `<kind>: <subject>: <words>`. @param {Judge} judge */
const kindsOf = ({ faults }) => faults.map(text => text.split(': ').slice(0, 2).join(' '));

test('the judge of kills finds nothing wrong where nothing is', () => {
  const judge = judgeOf([
    ['issued', 'a1.1'],
    ['acknowledged', 'a1.1'],
    ['issued', 'a1.2'],
    ['mayHaveRun', 'a1.2'],
    ['issued', 'a1.3'],
    ['mayHaveRun', 'a1.3'],
    ['issued', 'a1.4'],
    ['didNotRun', 'a1.4'],
    ['promised', 'a1.5'],
    ['settled', 'a1.5'],
  ]);
  judge.checkEffects('a1', new Map([['a1.1', 1], ['a1.3', 1]]));
  judge.checkSettled('a1');
  assert.deepEqual(judge.faults, []);
  assert.equal(judge.acknowledged, 1);
});

test('the judge of kills finds each thing that is wrong, once', () => {
  const judge = judgeOf([
    ['issued', 'a1.1'],
    ['acknowledged', 'a1.1'],
    ['issued', 'a1.2'],
    ['mayHaveRun', 'a1.2'],
    ['issued', 'a1.3'],
    ['didNotRun', 'a1.3'],
    ['issued', 'a1.4'],
    ['promised', 'a1.5'],
  ]);
  for (let i = 0; i < 2; i += 1) {
    judge.checkEffects('a1', new Map([['a1.2', 2], ['a1.3', 1], ['a1.9', 1]]));
    judge.checkSettled('a1');
  }
  assert.deepEqual(kindsOf(judge), ['doubled a1.2', 'doubled a1.3', 'wrong a1.9', 'lost a1.1', 'hung a1.4', 'hung a1.5']);
  assert.deepEqual(judge.counts, { lost: 1, doubled: 2, hung: 2, notReopened: 0 });
});

test('the judge of kills finds a count that is too low, an object that is gone, and a position that came back', () => {
  const judge = new Judge();
  const positions = new Positions(judge);
  /** @param {Array<[bigint, bigint, string]>} exports @param {Array<[bigint, bigint]>} imports @param {bigint} next */
  const slots = (exports, imports, next) =>
    new Map([
      ['s', { exports: new Map(exports.map(([position, count, description]) => [position, { count, description }])), imports: new Map(imports), next }],
    ]);
  const before = slots([[1n, 2n, 'one'], [2n, 1n, 'two']], [], 10n);
  positions.note('a', before);
  positions.compare('a', before, slots([], [[1n, 2n], [3n, 1n]], 10n));
  assert.deepEqual(judge.faults, []);

  const after = slots([[1n, 1n, 'other'], [10n, 1n, 'ten']], [], 9n);
  positions.note('a', after);
  positions.compare('a', after, slots([], [[1n, 2n], [2n, 1n]], 10n));
  assert.deepEqual(kindsOf(judge), ['wrong a/s/1', 'wrong a/s/10', 'wrong a/s', 'lost a/s/1', 'lost a/s/2']);
});

test('a ledger is read while it is written, and whole lines only', () => {
  const path = `${makeDirectory()}/ledger`;
  const reader = new LedgerReader(path);
  assert.deepEqual(reader.read(), []);
  const write = openLedger(path);
  write('issued', 'a1.1');
  write('wrong', 'a1.1', 'in\ntwo lines');
  appendFileSync(path, 'a a1');
  assert.deepEqual(reader.read(), [
    { kind: 'issued', subject: 'a1.1', detail: '' },
    { kind: 'wrong', subject: 'a1.1', detail: 'in two lines' },
  ]);
  appendFileSync(path, '.1 \n');
  assert.deepEqual(reader.read(), [{ kind: 'acknowledged', subject: 'a1.1', detail: '' }]);
  reader.close();
});
