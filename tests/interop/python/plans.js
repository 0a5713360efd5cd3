// @ts-check

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What there is to run of the Python suite, from the checkouts that the environment names.
 */

/**
 * @typedef {object} Plan
 * @property {string} title
 * @property {string} commit
 * @property {string} dialect that is spoken
 * @property {string} checkout whose encoding is used
 * @property {string} [tests] another checkout, whose tests run
 * @property {string[]} modules of tests
 * @property {number} count of tests
 */

/** Of the commits that speak one of our dialects. */
const COMMITS = /** @type {Record<string, string>} */ ({ '2026-01': 'f0273f2', '2026-02': '5bfcde9' });

/** Of the branch add-referencing-tests, which is of the time of 2026-01: tests of op:get and op:index. */
const REFERENCING = 'a79efb4';

const MODULES = /** @type {Record<string, string[]>} */ ({
  '2026-01': ['op_abort', 'op_delivers', 'op_gc', 'op_listen', 'op_start_session', 'third_party_handoffs'],
  '2026-02': ['op_abort', 'op_deliver', 'op_gc', 'op_listen', 'op_start_session', 'third_party_handoffs'],
});

const TESTS = 24;

const REFERENCING_TESTS = 8;

/**
 * Insists that a checkout speaks the dialect that it is said to speak.
 *
 * @param {string} checkout
 * @param {string} dialect
 */
const check = (checkout, dialect) => {
  const types = readFileSync(join(checkout, 'utils/captp_types.py'), 'utf8');
  const isOld = types.includes('class OpDeliverOnly') && !types.includes('wire_deltas');
  const isNew = !types.includes('class OpDeliverOnly') && types.includes('wire_deltas');
  if (dialect === '2026-01' ? !isOld : !isNew) {
    throw Error(`${checkout} is not ocapn-test-suite at ${COMMITS[dialect]}.`);
  }
};

/**
 * @param {object} options
 * @param {string} options.checkout
 * @param {string} options.dialect that it speaks: 2026-01, or 2026-02, which is adapted to 2026-03 as well
 * @param {string} [options.referencing] a checkout of the branch add-referencing-tests
 * @returns {Plan[]}
 */
export const plansFor = ({ checkout, dialect, referencing }) => {
  check(checkout, dialect);
  const commit = COMMITS[dialect];
  const suite = { checkout, modules: MODULES[dialect], count: TESTS };
  const more = { modules: ['referencing_ops'], count: REFERENCING_TESTS, tests: referencing };
  if (dialect === '2026-01') {
    return [
      { ...suite, title: commit, commit, dialect },
      ...(referencing === undefined ? [] : [{ ...more, title: REFERENCING, commit: REFERENCING, dialect, checkout: referencing }]),
    ];
  }
  return [
    { ...suite, title: commit, commit: `${commit}, with the labels of releases in the plural`, dialect: '2026-02' },
    { ...suite, title: `${commit} adapted`, commit: `${commit}, adapted by adapt.py`, dialect: '2026-03' },
    ...(referencing === undefined ? [] : ['2026-02', '2026-03']).map(spoken => ({
      ...more,
      title: `${REFERENCING} on ${commit}`,
      commit: `the tests of ${REFERENCING} on ${commit}, adapted by adapt.py`,
      dialect: spoken,
      checkout,
    })),
  ];
};

/**
 * The checkouts that the environment names.
 *
 * @returns {{ checkouts: Array<{ dialect: string, checkout: string, referencing?: string }>, missing: string[] }}
 */
export const fromEnvironment = () => {
  const { OCAPN_TEST_SUITE_2026_01: first, OCAPN_TEST_SUITE_2026_02: second } = process.env;
  const { OCAPN_TEST_SUITE_REFERENCING: referencing } = process.env;
  const named = { OCAPN_TEST_SUITE_2026_01: first, OCAPN_TEST_SUITE_2026_02: second, OCAPN_TEST_SUITE_REFERENCING: referencing };
  return {
    checkouts: [
      ...(first === undefined ? [] : [{ dialect: '2026-01', checkout: first, referencing }]),
      ...(second === undefined ? [] : [{ dialect: '2026-02', checkout: second, referencing }]),
    ],
    missing: Object.entries(named).flatMap(([name, value]) => (value === undefined ? [name] : [])),
  };
};
