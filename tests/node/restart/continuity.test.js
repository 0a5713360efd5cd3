// @ts-check

import { makeDirectory, startPeer } from '../support/process.js';
import { abort, someLocation, startRaw } from '../support/raw-session.js';
import { sym } from '../support/syrup.js';
import { until } from '../support/waiting.js';

import assert from 'node:assert/strict';
import { test } from 'node:test';

test('an object has its position in a fresh session with the same peer, after a restart too, and only once it is given', async t => {
  const directory = makeDirectory();
  let peer = await startPeer(t, { directory });
  const location = someLocation();
  const names = ['counter', 'greeter', 'maker', 'keeper'];

  /** @param {string[]} order */
  const fetchAll = async order => {
    const session = await startRaw(peer.location, { location });
    /** @type {Record<string, number>} */
    const positions = {};
    for (const name of order) positions[name] = await session.fetch(name);
    return { session, positions };
  };

  const first = await fetchAll(names);
  first.session.line.send(abort('enough'));
  await peer.events.waitFor(({ type }) => type === 'severed', 'the end');
  const second = await fetchAll([...names].reverse());
  assert.deepEqual(second.positions, first.positions);
  second.session.line.send(abort('enough'));
  await until(() => peer.events.all.filter(({ type }) => type === 'severed').length === 2, 'the end');
  await peer.do('durable');
  await peer.kill();

  peer = await startPeer(t, { directory });
  const third = await startRaw(peer.location, { location });
  // It knows the number; it was not given the object.
  const counter = Number(first.positions.counter);
  assert.equal((await third.ask(counter, sym('increment'))).how, 'break');
  assert.equal(await third.fetch('counter'), counter);
  const { how, value } = await third.ask(counter, sym('increment'));
  assert.deepEqual([how, Number(value)], ['fulfill', 1]);
  assert.equal(await third.fetch('greeter'), first.positions.greeter);

  // Somebody else has positions of their own.
  const other = await startRaw(peer.location, { location: someLocation() });
  assert.ok((await other.fetch('keeper')) < Number(first.positions.keeper));
});
