// @ts-check

/** What is handed out is frozen as deeply as `harden` would leave it, though it is not `harden` that does it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encodeSwissnum, makeClient } from '../../js/index.js';
import { frozen } from '../../js/frozen.js';
import { copyLocation } from '../../js/location.js';
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';

import { Far } from '@endo/pass-style';

/**
 * What `harden` would freeze of a value: all that own properties lead to.
 *
 * @param {unknown} value
 * @param {Set<unknown>} [seen]
 */
const isHard = (value, seen = new Set()) => {
  if (Object(value) !== value || seen.has(value)) return true;
  seen.add(value);
  const owned = Object.getOwnPropertyDescriptors(/** @type {object} */ (value));
  return (
    Object.isFrozen(value) &&
    Reflect.ownKeys(owned).every(key => {
      const { value: member, get, set } = /** @type {any} */ (owned)[key];
      return [member, get, set].every(part => isHard(part, seen));
    })
  );
};

test('records, functions and what is in them are frozen', () => {
  const symbol = Symbol('x');
  const record = frozen({ a: 1, f: () => {}, [symbol]: () => {}, in: { deep: { g: () => {} } }, none: undefined, no: null });
  assert.ok(isHard(record));
  assert.ok(!isHard({ a: 1 }));
  assert.ok(!isHard(Object.freeze({ f: () => {} })));
});

test('clients, handlers, sessions, events and locations are', async () => {
  const network = makeMemoryNetwork();
  /** @type {unknown[]} */
  const out = [];
  /** @param {string} designator */
  const make = async designator => {
    const client = makeClient({ debugLabel: designator, onSessionEvent: event => out.push(event) });
    const { location } = await client.registerNetlayer((handlers, logger) => {
      out.push(handlers);
      return network.makeNetLayer({ handlers, logger, designator });
    });
    out.push(client);
    return { client, location };
  };
  const [a, b] = [await make('a'), await make('b')];
  b.client.registerSturdyRef('it', Far('it', {}));
  await a.client.enlivenSturdyRef(a.client.makeSturdyRef(b.location, encodeSwissnum('it')));
  const session = await a.client.provideSession(b.location);
  out.push(session, session.location);
  out.push(copyLocation({ type: 'ocapn-peer', transport: 't', designator: 'd', hints: { host: 'h' } }));
  await Promise.all([a.client.shutdown(), b.client.shutdown()]);
  assert.ok(out.length >= 9, `${out.length}`);
  for (const value of out) assert.ok(isHard(value), Object.keys(Object(value)).join());
});
