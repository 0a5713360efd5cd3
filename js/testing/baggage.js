// @ts-check

/**
 * What every baggage must do, as tests that an adapter's own suite can run.
 */

import { codeOf } from '../errors.js';

/** @import { Baggage } from '../baggage/types.js' */

/**
 * @typedef {object} BaggageTestOptions
 * @property {(name: string, run: () => Promise<void>) => unknown} test registers a test, as the `test` of node:test does
 * @property {(baggage: Baggage) => Baggage | Promise<Baggage>} [reopen] gives the same store again, as after a new start;
 *   it is told the old baggage and has to close it. Without it nothing is tested that outlives a baggage
 * @property {boolean} [copies] whether values are copied on their way in and out (default true; a plain Map does not)
 * @property {boolean} [ordered] whether `keys` filters by its prefix and goes in the order of the code points (default
 *   true; a plain Map does neither)
 * @property {boolean} [strict] whether what is no key or no value is refused (default true; a plain Map takes anything)
 */

/** @param {...number} values */
const bytes = (...values) => Uint8Array.from(values);

/** @param {unknown} value @returns {string} */
const show = value =>
  value instanceof Uint8Array ? `bytes(${value.length}: ${value.subarray(0, 16)})` : String(JSON.stringify(value));

/**
 * @param {unknown} actual
 * @param {unknown} expected
 * @param {string} what
 */
const same = (actual, expected, what) => {
  const equal =
    actual instanceof Uint8Array && expected instanceof Uint8Array
      ? actual.length === expected.length && actual.every((byte, i) => byte === expected[i])
      : show(actual) === show(expected) && actual instanceof Uint8Array === expected instanceof Uint8Array;
  if (!equal) throw Error(`${what}: ${show(actual)} instead of ${show(expected)}`);
};

/**
 * @param {() => unknown} act
 * @param {string} what
 * @param {string} [code]
 */
const throws = async (act, what, code) => {
  try {
    await act();
  } catch (error) {
    if (code !== undefined) same(codeOf(error), code, `the code of the error from ${what}`);
    return;
  }
  throw Error(`${what} did not throw`);
};

/** Keys of every kind, in the order of their code points (which is not that of UTF-16: the emoji come last). */
const STRANGE_KEYS = [
  '\u0000', ' ', '%2F', '/', 'a', 'a/b', 'a/b/c', 'a:b', 'constructor', 'é', '\u2028', '\ufffd', '😀', '😀😀',
];

/**
 * Registers the tests of one kind of baggage.
 *
 * @param {() => Baggage | Promise<Baggage>} make gives a new, empty baggage
 * @param {BaggageTestOptions} options
 */
export const testBaggage = (make, { test, reopen, copies = true, ordered = true, strict = true }) => {
  /**
   * @param {Baggage} baggage
   * @param {string} [prefix]
   */
  const keysOf = (baggage, prefix = '') => {
    const keys = [...baggage.keys(prefix)].filter(key => key.startsWith(prefix));
    return ordered ? keys : keys.sort();
  };

  /**
   * @param {string} name
   * @param {(baggage: Baggage) => Promise<void>} run closes what it opens by `reopen`; what it was given is closed for it
   */
  const check = (name, run) =>
    test(name, async () => {
      const baggage = await make();
      await run(baggage);
      await baggage.close?.();
    });

  check('set, get, has, delete', async baggage => {
    same(baggage.has('k'), false, 'has before set');
    same(baggage.get('k'), undefined, 'get before set');
    baggage.set('k', bytes(1, 2));
    same(baggage.has('k'), true, 'has');
    same(baggage.get('k'), bytes(1, 2), 'get');
    baggage.set('k', bytes(3));
    same(baggage.get('k'), bytes(3), 'get after a second set');
    baggage.delete('k');
    baggage.delete('never');
    same(baggage.has('k'), false, 'has after delete');
    same(baggage.get('k'), undefined, 'get after delete');
    await baggage.commit?.();
    same(keysOf(baggage), [], 'keys in the end');
  });

  check('values of every size', async baggage => {
    const large = new Uint8Array(1_000_003).map((_, i) => i * 7);
    const view = new Uint8Array(bytes(9, 8, 7, 6).buffer, 1, 2);
    for (const committed of [false, true]) {
      if (committed) await baggage.commit?.();
      else baggage.set('empty', bytes());
      if (!committed) baggage.set('large', large);
      if (!committed) baggage.set('view', view);
      same(baggage.has('empty'), true, 'has of an empty value');
      same(baggage.get('empty'), bytes(), 'an empty value');
      same(baggage.get('large'), large, 'a large value');
      same(baggage.get('view'), bytes(8, 7), 'a part of a buffer');
    }
  });

  check('keys of every kind, in order', async baggage => {
    const keys = [...STRANGE_KEYS, 'k'.repeat(1024)].sort(() => -1);
    keys.forEach((key, i) => baggage.set(key, bytes(i)));
    for (const committed of [false, true]) {
      if (committed) await baggage.commit?.();
      keys.forEach((key, i) => same(baggage.get(key), bytes(i), `the value of ${key}`));
      const found = keysOf(baggage).filter(key => key.length < 1024);
      same(found, ordered ? STRANGE_KEYS : [...STRANGE_KEYS].sort(), 'keys');
      same(keysOf(baggage, 'a/'), ['a/b', 'a/b/c'], 'keys of a prefix');
      same(keysOf(baggage, '😀'), ['😀', '😀😀'], 'keys of an emoji');
      same(keysOf(baggage, 'zz'), [], 'keys of a prefix that nothing has');
    }
  });

  check('many keys', async baggage => {
    const name = (/** @type {number} */ i) => `p/${String(i).padStart(5, '0')}`;
    for (let i = 0; i < 3000; i += 1) baggage.set(name(i), bytes(i, i >> 8));
    await baggage.commit?.();
    for (let i = 0; i < 3000; i += 3) baggage.delete(name(i));
    same(keysOf(baggage, 'p/').length, 2000, 'how many keys');
    same(baggage.get(name(2999)), bytes(2999 & 255, 2999 >> 8), 'the last value');
    await baggage.commit?.();
    same(keysOf(baggage, 'p/').length, 2000, 'how many keys after the commit');
  });

  check('init throws when the key is there', async baggage => {
    if (!baggage.init) return;
    baggage.init('k', bytes(1));
    await throws(() => baggage.init?.('k', bytes(2)), 'a second init');
    same(baggage.get('k'), bytes(1), 'the value after a second init');
    await baggage.commit?.();
    await throws(() => baggage.init?.('k', bytes(2)), 'an init after the commit');
    baggage.delete('k');
    baggage.init('k', bytes(3));
    same(baggage.get('k'), bytes(3), 'the value after delete and init');
  });

  check('nobody changes what is stored by writing into an array', async baggage => {
    if (!copies) return;
    const value = bytes(1, 2, 3);
    baggage.set('k', value);
    value[0] = 99;
    for (const committed of [false, true]) {
      if (committed) await baggage.commit?.();
      const first = baggage.get('k');
      same(first, bytes(1, 2, 3), 'the value');
      if (first) first[1] = 99;
      same(baggage.get('k'), bytes(1, 2, 3), 'the value after its copy was changed');
    }
  });

  check('what is no key or no value is refused', async baggage => {
    if (!strict) return;
    const loose = /** @type {any} */ (baggage);
    for (const key of [1, undefined, null, Symbol('k'), '', 'a\ud800', '\udc00']) {
      await throws(() => loose.set(key, bytes(1)), `set of ${String(key)}`);
    }
    await throws(() => loose.set('k'.repeat(100_000), bytes(1)), 'set of a long key', 'LIMIT_EXCEEDED');
    same(baggage.get('a\ud800') ?? baggage.get('') ?? baggage.get('k'.repeat(100_000)), undefined, 'get of what is no key');
    for (const value of ['text', undefined, null, [1], 1]) await throws(() => loose.set('k', value), 'set of no bytes');
    same(keysOf(baggage), [], 'keys after refusals');
  });

  check('commit has nothing to do when nothing was set', async baggage => {
    if (!baggage.commit) return;
    same(baggage.commit(), undefined, 'the first commit');
    baggage.set('k', bytes(1));
    await baggage.commit();
    same(baggage.commit(), undefined, 'a second commit');
    baggage.delete('never');
    same(baggage.commit(), undefined, 'a commit after a delete of nothing');
  });

  check('sets are seen at once, while a commit runs too', async baggage => {
    baggage.set('a', bytes(1));
    baggage.set('b', bytes(1));
    baggage.set('c', bytes(1));
    await baggage.commit?.();
    baggage.set('a', bytes(2));
    baggage.delete('b');
    baggage.set('d', bytes(2));
    const running = baggage.commit?.();
    baggage.delete('a');
    baggage.set('b', bytes(3));
    baggage.set('e', bytes(3));
    const look = () => {
      same(keysOf(baggage), ['b', 'c', 'd', 'e'], 'keys');
      same(baggage.has('a'), false, 'has of what was deleted');
      same(baggage.get('a'), undefined, 'get of what was deleted');
      same(baggage.get('b'), bytes(3), 'what was set again');
      same(baggage.get('d'), bytes(2), 'what is being committed');
    };
    look();
    await running;
    look();
    await baggage.commit?.();
    look();
  });

  check('a closed baggage refuses everything', async baggage => {
    if (!baggage.close) return;
    baggage.set('k', bytes(1));
    await baggage.close();
    for (const [what, act] of Object.entries({
      get: () => baggage.get('k'),
      has: () => baggage.has('k'),
      keys: () => baggage.keys(),
      set: () => baggage.set('k', bytes(2)),
      delete: () => baggage.delete('k'),
      commit: () => baggage.commit?.(),
    })) {
      if (what !== 'commit' || baggage.commit) await throws(act, `${what} after close`, 'STORE_FAILED');
    }
  });

  if (!reopen) return;

  check('what was committed is there after a new start', async first => {
    for (let i = 0; i < 500; i += 1) first.set(`k/${i}`, bytes(i & 255));
    first.set('gone', bytes(1));
    await first.commit?.();
    first.delete('gone');
    first.set('k/0', bytes(7, 7));
    await first.commit?.();
    const second = await reopen(first);
    same(keysOf(second, 'k/').length, 500, 'how many keys');
    same(second.get('k/0'), bytes(7, 7), 'what was set again');
    same(second.get('k/499'), bytes(499 & 255), 'the last value');
    same(second.has('gone'), false, 'has of what was deleted');
    second.set('more', bytes(1));
    await second.commit?.();
    const third = await reopen(second);
    same(third.get('more'), bytes(1), 'what the second start set');
    same(keysOf(third).length, 501, 'how many keys in the end');
    await third.close?.();
  });

  check('writes go into the store in groups, never in parts', async first => {
    if (!first.commit) return;
    // Two commits that run into each other, each of which moves everything.
    const fill = (/** @type {number} */ n) => {
      for (let i = 0; i < 200; i += 1) first.set(`k/${i}`, bytes(n));
    };
    fill(1);
    const one = first.commit();
    fill(2);
    const two = first.commit();
    fill(3);
    await one;
    await two;
    const second = await reopen(first);
    const values = new Set([...second.keys('k/')].map(key => String(second.get(key))));
    same(values.size, 1, 'how many generations there are');
    same(values.has('1'), false, 'whether the generation before the last commit is there');
    await second.close?.();
  });
};
