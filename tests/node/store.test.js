// @ts-check

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { makeFsDurableBaggage } from '../../js/baggage/fs.js';
import { makeInMemoryBaggage } from '../../js/baggage/memory.js';
import { makeError } from '../../js/errors.js';
import { openStore } from '../../js/store.js';
import { attachCore } from './fixtures/baggage-core.js';
import { makeDirectory } from './fixtures/baggage-directory.js';

const bytes = (/** @type {number[]} */ ...values) => Uint8Array.from(values);

/**
 * A baggage whose commits end when the test says so.
 */
const makeSlowBaggage = () => {
  const memory = makeInMemoryBaggage();
  /** @type {{ keys: string[], resolve: () => void, reject: (error: unknown) => void }[]} */
  const commits = [];
  return {
    commits,
    baggage: {
      ...memory,
      /** @returns {Promise<void>} */
      commit: () =>
        new Promise((resolve, reject) => {
          commits.push({ keys: [...memory.keys()], resolve, reject });
        }),
    },
    /** Ends the commit that runs, and lets what follows from that happen. */
    end: async () => {
      commits.at(-1)?.resolve();
      await turn();
      await turn();
    },
  };
};

test('a baggage has one store', () => {
  const baggage = makeInMemoryBaggage();
  assert.equal(openStore(baggage), openStore(baggage));
  assert.notEqual(openStore(baggage), openStore(makeInMemoryBaggage()));
  openStore(baggage).registry.set('s', { value: 1 });
  assert.deepEqual(openStore(baggage).registry.get('s'), { value: 1 });
});

test('what is no baggage is refused', () => {
  for (const bad of [undefined, null, {}, 'x', { ...makeInMemoryBaggage(), keys: undefined }]) {
    assert.throws(() => openStore(/** @type {any} */ (bad)), { code: 'API_MISUSE' });
  }
});

test('a core is told of a commit that covers its writes, and not before', async () => {
  const { baggage, commits, end } = makeSlowBaggage();
  const store = openStore(baggage);
  const core = attachCore(store);
  core.persist('a', bytes(1));
  assert.deepEqual(baggage.get('a'), bytes(1), 'it is there at once');
  assert.equal(commits.length, 0, 'the commit waits for the turn to end');
  core.persist('b', bytes(1));
  await turn();
  assert.deepEqual(commits.map(({ keys }) => keys), [['a', 'b']]);
  assert.deepEqual(core.committed, []);
  await end();
  assert.deepEqual(core.committed, [2]);
});

test('what is written while a commit runs waits for the next one, of which there is one', async () => {
  const { baggage, commits, end } = makeSlowBaggage();
  const core = attachCore(openStore(baggage));
  core.persist('a', bytes(1));
  await turn();
  core.persist('b', bytes(1));
  core.persist('c', bytes(1));
  await turn();
  assert.equal(commits.length, 1, 'one commit at a time');
  await end();
  assert.deepEqual(core.committed, [1], 'the first commit covers the first write only');
  assert.equal(commits.length, 2);
  await end();
  assert.deepEqual(core.committed, [1, 3]);
  assert.equal(commits.length, 2, 'nothing is left');
});

test('an application write counts for every core, a core’s own for the others', async () => {
  const { baggage, end } = makeSlowBaggage();
  const store = openStore(baggage);
  const [one, two] = [attachCore(store), attachCore(store)];
  store.set('app', bytes(1));
  assert.deepEqual([one.writes(), two.writes()], [1, 1]);
  one.persist('ocapn:x', bytes(1));
  assert.deepEqual([one.writes(), two.writes()], [2, 2]);
  store.delete('app');
  assert.equal(store.has('app'), false);
  await turn();
  await end();
  assert.deepEqual([one.committed, two.committed], [[3], [3]]);
});

test('a core that is gone hears nothing', async () => {
  const { baggage, end } = makeSlowBaggage();
  const store = openStore(baggage);
  const [one, two] = [attachCore(store), attachCore(store)];
  store.set('a', bytes(1));
  await turn();
  one.detach();
  await end();
  store.set('b', bytes(1));
  assert.deepEqual([one.committed, two.committed], [[], [1]]);
  assert.equal(one.writes(), 1);
});

test('without commit, and with one that has nothing to wait for, it is committed once the caller is done', async () => {
  for (const baggage of [new Map(), makeInMemoryBaggage(), { ...makeInMemoryBaggage(), commit: () => undefined }]) {
    const store = openStore(baggage);
    const core = attachCore(store);
    store.set('a', bytes(1));
    core.persist('b', undefined);
    assert.deepEqual(core.committed, [], 'never inside the call');
    await turn();
    await turn();
    assert.deepEqual(core.committed, [2]);
  }
});

test('a plain Map holds a copy, and its keys are filtered', () => {
  const baggage = new Map();
  const store = openStore(baggage);
  const value = bytes(1);
  store.set('a/1', value);
  value[0] = 9;
  store.set('b/1', bytes(2));
  assert.deepEqual(store.get('a/1'), bytes(1));
  assert.deepEqual(store.keys('a/'), ['a/1']);
  assert.throws(() => store.set('c', /** @type {any} */ (7)), { code: 'API_MISUSE' });
  assert.equal(store.has('c'), false);
});

test('lazy writes wait for another’s commit, and make nobody wait', async t => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { baggage, commits, end } = makeSlowBaggage();
  const store = openStore(baggage);
  const [one, two] = [attachCore(store), attachCore(store)];
  one.persist('lazy', bytes(1), true);
  await turn();
  assert.equal(commits.length, 0);
  assert.equal(two.writes(), 0);
  store.set('prompt', bytes(1));
  await turn();
  assert.deepEqual(commits.map(({ keys }) => keys), [['lazy', 'prompt']]);
  await end();
  mock.timers.tick(5000);
  await turn();
  assert.equal(commits.length, 1, 'it went with the other');

  one.persist('lazy', bytes(2), true);
  mock.timers.tick(500);
  one.persist('lazy2', bytes(2), true);
  mock.timers.tick(499);
  await turn();
  assert.equal(commits.length, 1);
  mock.timers.tick(1);
  await turn();
  assert.equal(commits.length, 2, 'after a second it gets a commit of its own');
  one.persist('during', bytes(1), true);
  await end();
  assert.equal(commits.length, 2, 'a lazy write in a commit does not hurry the next');
  const idle = store.idle();
  await turn();
  assert.equal(commits.length, 3, 'idle does');
  await end();
  await idle;
});

test('idle resolves when all that was written before is durable', async () => {
  const { baggage, end } = makeSlowBaggage();
  const store = openStore(baggage);
  await store.idle();
  store.set('a', bytes(1));
  await turn();
  store.set('b', bytes(1));
  let done = 0;
  void store.idle().then(() => (done = 1));
  await end();
  assert.equal(done, 0);
  await end();
  assert.equal(done, 1);
  await store.idle();
});

test('a commit that rejects closes the store for all', async () => {
  const { baggage, commits } = makeSlowBaggage();
  const store = openStore(baggage);
  const [one, two] = [attachCore(store), attachCore(store)];
  store.set('a', bytes(1));
  const idle = assert.rejects(store.idle(), { code: 'STORE_FAILED' });
  await turn();
  store.set('b', bytes(1));
  const cause = Error('the disk is full');
  commits[0]?.reject(cause);
  await idle;
  for (const core of [one, two]) {
    assert.equal(core.failures.length, 1);
    assert.match(String(core.failures[0]), /the disk is full/);
    assert.equal(core.failures[0]?.cause, cause);
    assert.deepEqual(core.committed, []);
  }
  for (const use of [
    () => store.set('c', bytes(1)),
    () => store.delete('c'),
    () => store.get('a'),
    () => store.has('a'),
    () => store.keys(''),
    () => store.own.set('ocapn:x', bytes(1)),
    () => attachCore(store),
  ]) {
    assert.throws(use, error => error === one.failures[0]);
  }
  await assert.rejects(store.idle(), { code: 'STORE_FAILED' });
  one.persist('d', bytes(1));
  await turn();
  assert.equal(baggage.has('d'), false, 'nothing is written any more');
  assert.equal(commits.length, 1, 'and nothing committed');
  assert.equal(one.failures.length, 1, 'it is said once');
  assert.equal(openStore(baggage), store);
});

test('a set or delete that throws closes the store for all', async () => {
  for (const broken of /** @type {const} */ (['set', 'delete'])) {
    for (const by of ['application', 'core']) {
      const memory = makeInMemoryBaggage();
      let commits = 0;
      const store = openStore({
        ...memory,
        [broken]: () => {
          throw Error('no');
        },
        commit: () => {
          commits += 1;
        },
      });
      const [one, two] = [attachCore(store), attachCore(store)];
      if (by === 'core') one.persist('k', broken === 'set' ? bytes(1) : undefined);
      else assert.throws(() => (broken === 'set' ? store.set('k', bytes(1)) : store.delete('k')), { code: 'STORE_FAILED' });
      await turn();
      assert.deepEqual([one.failures.length, two.failures.length, commits], [1, 1, 0]);
      assert.equal(one.failures[0], two.failures[0]);
      assert.throws(() => store.set('k', bytes(1)), error => error === one.failures[0]);
    }
  }
});

test('what an adapter refuses as a caller’s mistake closes nothing', () => {
  const store = openStore(makeInMemoryBaggage());
  const core = attachCore(store);
  assert.throws(() => store.set('k'.repeat(100_000), bytes(1)), { code: 'LIMIT_EXCEEDED' });
  assert.throws(() => store.set('', bytes(1)), { code: 'API_MISUSE' });
  assert.equal(core.writes(), 0);
  store.set('k', bytes(1));
  assert.deepEqual(core.failures, []);
});

test('a set that ends later is waited for, and its failure is the store’s', async () => {
  const memory = makeInMemoryBaggage();
  /** @type {((error?: unknown) => void)[]} */
  const ends = [];
  const store = openStore({
    ...memory,
    set: (key, value) => {
      memory.set(key, value);
      return new Promise((resolve, reject) => {
        ends.push(error => (error ? reject(error) : resolve(undefined)));
      });
    },
  });
  const core = attachCore(store);
  store.set('a', bytes(1));
  await turn();
  assert.deepEqual(core.committed, []);
  ends[0]?.();
  await turn();
  assert.deepEqual(core.committed, [1]);
  store.set('b', bytes(1));
  ends[1]?.(makeError('ODD', 'odd'));
  await turn();
  assert.equal(core.failures.length, 1);
});

test('the application cannot write this library’s keys', () => {
  const store = openStore(makeInMemoryBaggage());
  for (const key of ['ocapn:schema', 'ocapn:', 'ocapn-durable:tables/x']) {
    assert.throws(() => store.set(key, bytes(1)), { code: 'API_MISUSE' });
    assert.throws(() => store.delete(key), { code: 'API_MISUSE' });
    store.own.set(key, bytes(1));
    assert.ok(store.has(key));
    store.own.delete(key);
    assert.ok(!store.has(key));
  }
  store.set('ocapn', bytes(1));
  store.set('ocapnish:x', bytes(1));
});

test('1,000 calls that wait at once cost a handful of commits, on a real disk', async t => {
  const directory = makeFsDurableBaggage({ filePath: makeDirectory() });
  let commits = 0;
  const store = openStore({
    ...directory,
    commit: () => {
      commits += 1;
      return directory.commit();
    },
  });
  const core = attachCore(store);
  const start = performance.now();
  await Promise.all(
    Array.from({ length: 1000 }, async (_, i) => {
      // Handlers that end at different times, as those of real calls do.
      for (let n = i % 7; n > 0; n -= 1) await undefined;
      if (i % 50 === 0) await turn();
      store.set(`app/${i}`, bytes(i & 255));
      await core.leaves();
    }),
  );
  t.diagnostic(`${commits} commits in ${(performance.now() - start).toFixed(1)} ms`);
  assert.ok(commits <= 10, `${commits} commits`);
  assert.equal([...directory.keys('app/')].length, 1000);
  await directory.close();
});

test('a baggage that is closed underneath is told as its failure', async () => {
  const directory = makeFsDurableBaggage({ filePath: makeDirectory() });
  const store = openStore(directory);
  const core = attachCore(store);
  store.set('a', bytes(1));
  await store.idle();
  await directory.close();
  assert.throws(() => store.set('b', bytes(1)), { code: 'STORE_FAILED' });
  assert.equal(core.failures.length, 1);
});
