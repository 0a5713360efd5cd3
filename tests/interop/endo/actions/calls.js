// @ts-check

import assert from 'node:assert/strict';

/** Fetches and calls. */
export const session = async ({ E, fetch }, { peer }) => {
  const echo = await fetch(peer, 'echo');
  assert.equal(await E(echo).echo('hi'), 'hi');
  await assert.rejects(fetch(peer, 'no such thing').then((/** @type {any} */ x) => x));
};

export const values = async ({ E, Far, harden, makeTagged, fetch }, { peer }) => {
  const echo = await fetch(peer, 'echo');
  const all = [undefined, null, true, false, 0n, -1n, 2n ** 64n, -(10n ** 40n), 1.5, 0, -42.5, Infinity, NaN, 5e-324, '', 'é', 'x'.repeat(5000), Symbol.for('red')];
  assert.deepEqual(await E(echo).all(...all), all);
  const data = harden([[], {}, [1n, ['two', { aa: 2n, b: 1n, three: 3n }]], { '': 10n, i: 20n }]);
  assert.deepEqual(JSON.stringify(await E(echo).echo(data), big), JSON.stringify(data, big));
  const tagged = await E(echo).echo(makeTagged('decimal', '3.14'));
  assert.deepEqual([tagged[Symbol.toStringTag], tagged.payload], ['decimal', '3.14']);
  const error = await E(echo).echo(Error('as a value'));
  assert.equal(error.message, 'as a value');
  const mine = Far('mine', {});
  const [one, other] = await E(echo).all(mine, mine);
  assert.ok(one === mine && other === mine);
  const thing = await E(echo).thing();
  assert.equal(await E(echo).isThing(thing), true);
  assert.equal(await E(thing).itself(), thing);
};

const big = (/** @type {string} */ _key, /** @type {unknown} */ value) => (typeof value === 'bigint' ? `${value}n` : value);

/** What fails fails alone. */
export const errors = async ({ E, fetch }, { peer }) => {
  const echo = await fetch(peer, 'echo');
  await assert.rejects(E(echo).fail('no way'), /no way/);
  await assert.rejects(E(E(echo).fail('early')).more(), /early/);
  await assert.rejects(E(echo).noSuchMethod());
  await assert.rejects(E(echo).echo(new Map()));
  await assert.rejects(E(echo).echo(() => {}));
  assert.equal(await E(echo).echo('goes on'), 'goes on');
};

/** A result that its maker cannot pass: their caller waits for ever. */
export const unpassableResult = async ({ E, fetch }, { peer }) => {
  const echo = await fetch(peer, 'echo');
  await assert.rejects(E(echo).unpassable());
  assert.equal(await E(echo).echo('goes on'), 'goes on');
};

export const pipelines = async ({ E, Far, fetch }, { peer }) => {
  const echo = fetch(peer, 'echo');
  assert.equal(await E(E(E(echo).thing()).itself()).number(), 7n);
  const made = [1n, 2n, 3n].map(n => E(E(echo).make(n)).number());
  assert.deepEqual(await Promise.all(made), [1n, 2n, 3n]);
  const mine = Far('mine', { number: () => 5n });
  assert.equal(await E(E(echo).echo(mine)).number(), 5n);
  const before = await E(echo).count(0n);
  const counts = await Promise.all(Array.from({ length: 100 }, () => E(echo).count()));
  assert.deepEqual(counts, counts.map((_, i) => before + BigInt(i) + 1n));
};

export const promises = async ({ E, Far, fetch }, { peer }) => {
  const echo = await fetch(peer, 'echo');
  const mine = Far('mine', { number: () => 5n, double: (/** @type {bigint} */ n) => 2n * n });
  assert.equal(await E(echo).echo(Promise.resolve('later')), 'later');
  assert.equal(await E(echo).invoke(Promise.resolve(mine), 'double', 4n), 8n);
  assert.equal(await E(echo).call(Far('callback', async (/** @type {bigint} */ n) => n + 1n), 1n), 2n);
  await assert.rejects(E(echo).invoke(Promise.reject(Error('broken here')), 'double', 4n), /broken here/);
  const [promise, resolver] = await E(echo).makePromise();
  const early = E(promise).number();
  E.sendOnly(resolver).resolve(mine);
  assert.equal(await early, 5n);
  assert.equal(await promise, mine);
  const [doomed, breaker] = await E(echo).makePromise();
  E.sendOnly(breaker).reject('spoilt');
  await assert.rejects(doomed, reason => reason === 'spoilt' || /spoilt/.test(String(reason)));
};

/** An answer of the peer's goes back to it before it is there. */
export const pendingAnswer = async ({ E, fetch }, { peer }) => {
  const echo = await fetch(peer, 'echo');
  assert.equal(await E(echo).invoke(E(echo).thing(), 'number'), 7n);
};

export const picks = async ({ E, fetch }, { peer }) => {
  const echo = await fetch(peer, 'echo');
  assert.equal(await E.get(E(echo).later()).name, 'first');
  const { items } = E.get(E(echo).record());
  assert.equal(await E.get(items)[0], 1n);
  assert.equal(await E.get(E.get(items)[1]).deep, 'yes');
  assert.equal(await E(E.get(items)[2]).number(), 7n);
  await assert.rejects(E.get(E(echo).record()).nothing, /not found/);
  // Once settled, it would be looked at here.
  const soon = E.get(E(echo).later()).items;
  await assert.rejects(E.get(soon)[10], /out of bounds/);
  await assert.rejects(E.get(E(echo).record())[0]);
  await assert.rejects(E.get(E(echo).thing()).field);
  await assert.rejects(E.get(E(echo).fail('gone')).field, /gone/);
};

/** There is no form of `E()` for op:untag: both sides send it by the same tools. */
export const untag = async ({ E, fetch, session }, { peer }) => {
  const echo = await fetch(peer, 'echo');
  const { referenceKit, _debug } = session(peer).ocapn;
  const ask = (/** @type {string} */ method, /** @type {string} */ tag) => {
    const call = referenceKit.takeNextRemoteAnswer();
    const payload = referenceKit.takeNextRemoteAnswer();
    call.answerPromise.catch(() => {});
    const { sendMessage } = _debug;
    sendMessage({ type: 'op:deliver', to: echo, args: [Symbol.for(method)], answerPosition: call.position, resolveMeDesc: call.resolver });
    sendMessage({ type: 'op:untag', receiverDesc: call.answerPromise, tag, answerPosition: payload.position });
    sendMessage({ type: 'op:listen', to: payload.answerPromise, resolveMeDesc: payload.resolver, wantsPartial: false });
    return payload.answerPromise;
  };
  const { thing } = await ask('box', 'box');
  assert.equal(await E(thing).number(), 7n);
  await assert.rejects(ask('box', 'bag'), /[Tt]ag mismatch/);
  await assert.rejects(ask('record', 'box'));
};

export const sturdyRefs = async ({ E, fetch, makeSturdyRef, enliven, location }, { peer }) => {
  const echo = await fetch(peer, 'echo');
  const toTheirs = makeSturdyRef(peer, 'echo');
  assert.equal(await enliven(toTheirs), echo);
  const [back] = await E(echo).all(toTheirs);
  assert.equal(await enliven(back), echo);
  // The peer enlivens what is ours, and what is its own.
  const mine = await E(echo).enliven(makeSturdyRef(location, 'maker'));
  assert.equal(await E(await E(mine).thing()).number(), 7n);
  assert.equal(await E(E(echo).enliven(toTheirs)).echo('x'), 'x');
  assert.equal(await E(enliven(makeSturdyRef(location, 'echo'))).echo('self'), 'self');
};

export const sendOnly = async ({ E, fetch, until }, { peer }) => {
  const echo = await fetch(peer, 'echo');
  const before = await E(echo).count(0n);
  E.sendOnly(echo).count(5n);
  E.sendOnly(echo).fail('nobody hears');
  await until(async () => (await E(echo).count(0n)) === before + 5n, 'the call arrives');
};

export const large = async ({ E, fetch }, { peer, size }) => {
  const echo = await fetch(peer, 'echo');
  assert.equal(await E(echo).size('x'.repeat(size)), BigInt(size));
};

/** A call that is pending when the session ends. */
export const pendingCall = async ({ E, fetch, shelf }, { peer }) => {
  const echo = await fetch(peer, 'echo');
  const pending = E(echo).never();
  pending.catch(() => {});
  shelf.set('pending', pending);
  await E(echo).echo(1n);
};

export const pendingRejects = async ({ shelf }) => {
  await assert.rejects(shelf.get('pending'));
};

/** Puts a reference aside. */
export const keepEcho = async ({ E, fetch, shelf }, { peer }) => {
  const echo = await fetch(peer, 'echo');
  shelf.set('echo', echo);
  return E(echo).echo('kept');
};

export const useKept = async ({ E, shelf }, { value = 'x' }) => E(shelf.get('echo')).echo(value);

/** The slot of what was put aside. */
export const keptSlot = async ({ shelf, table }, { peer }) => table(peer)?.getSlotForValue(shelf.get('echo'));

/** Gives the peer something of ours to keep, and has it called. */
export const giveOurs = async ({ E, fetch, objects }, { peer }) => {
  const echo = await fetch(peer, 'echo');
  await E(echo).keep(objects.echo);
  return E(echo).invokeKept('echo', 'through the peer');
};

export const callThroughPeer = async ({ E, fetch }, { peer }) => E(await fetch(peer, 'echo')).invokeKept('echo', 'again');
