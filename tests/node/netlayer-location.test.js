// @ts-check

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { copyLocation, isSamePeer, locationToLocationId } from '../../js/location.js';

/** @import { OcapnLocation } from '../../js/location.js' */

/** @type {OcapnLocation} */
const location = { type: 'ocapn-peer', transport: 'tcp', designator: 'a', hints: { port: '1' } };

test('hints never identify a peer', () => {
  /** @type {OcapnLocation[]} */
  const others = [{ ...location, hints: false }, { ...location, hints: {} }, { ...location, hints: { port: '2' } }];
  for (const other of others) {
    assert.equal(locationToLocationId(other), 'tcp/a');
    assert.ok(isSamePeer(location, other));
  }
  assert.ok(!isSamePeer(location, { ...location, transport: 'ws' }));
});

test('no two peers share an id', () => {
  const parts = ['', 'a', 'a/b', '/', '%2F', 'a%2Fb', 'é', 'e\u0301', '🦊'];
  const ids = parts.flatMap(transport => parts.map(designator => locationToLocationId({ transport, designator })));
  assert.equal(new Set(ids).size, parts.length ** 2);
  assert.equal(locationToLocationId({ transport: 'a/b', designator: 'é' }), 'a%2Fb/%C3%A9');
});

test('a copy is hardened, and apart from what it was taken from', () => {
  const hints = { port: '1', ['__proto__x']: 'y' };
  const copy = copyLocation({ ...location, hints });
  hints.port = '2';
  assert.deepEqual(copy, { ...location, hints: { port: '1', ['__proto__x']: 'y' } });
  assert.ok(Object.isFrozen(copy) && Object.isFrozen(copy.hints));
  assert.equal(copyLocation({ ...location, hints: undefined }).hints, false);
});

test('what is no location is API_MISUSE', () => {
  const bad = [
    undefined, null, 'ocapn://a.tcp', {}, { ...location, type: 'peer' }, { ...location, transport: 1 },
    { ...location, designator: '\ud800' }, { ...location, hints: true }, { ...location, hints: null },
    { ...location, hints: { port: 1 } }, { ...location, hints: { '\udc00': 'x' } },
  ];
  for (const value of bad) {
    assert.throws(() => copyLocation(value), { code: 'API_MISUSE' });
  }
  assert.throws(() => locationToLocationId({ transport: 'tcp', designator: '\ud800' }), { code: 'API_MISUSE' });
});
