// @ts-check

import assert from 'node:assert/strict';

import { scenario, until } from '../peer.js';

/**
 * Several peers at once: who is who, and who suffers from whom.
 *
 * @import { Peer, Report } from '../peer.js'
 */

const text = (/** @type {string} */ ascii) => Buffer.from(ascii).toString('hex');

/** What no peer should say in a session, in words. @type {Array<[string, string]>} */
const JUNK = [
  ['no Syrup', 'fffefdfc'],
  ['an unknown operation', text("<7'op:what1+>")],
  ['a list in a list in a list...', text(`<10'op:deliver<11'desc:export0+>[${'['.repeat(5000)}${']'.repeat(5000)}]ff>`)],
  ['a call of what was never given', text("<10'op:deliver<11'desc:export99+>[1\"x]ff>")],
  ['a release of what was never given', text("<13'op:gc-exports[99+][1+]>")],
  ['a hello in the middle', text("<16'op:start-session3\"1.0>")],
  ['an integer of 100,000 digits', text(`<10'op:deliver<11'desc:export0+>[${'9'.repeat(100_000)}+]ff>`)],
];

/** @param {Peer} peer @param {Report} report */
export const peers = async (peer, report) => {
  const framing = peer.dialect === '2026-01' ? 'none' : 'syrup';

  await scenario(peer, report, "designators: peers that both keep the default, '0000', are one peer to us", async stage => {
    const us = await stage.start('ours', { framing });
    const theirs = [];
    for (const designator of [undefined, undefined, 'one', 'other']) {
      theirs.push(await stage.start('endo', { designator }));
    }
    assert.deepEqual(theirs.map(({ location }) => location.designator), ['0000', '0000', 'one', 'other']);
    const ids = [];
    for (const { location } of theirs) ids.push(await us.ask('provide', location));
    assert.equal(ids[0], ids[1]);
    assert.equal(new Set(ids).size, 3);
  });

  for (const [what, bytes] of JUNK) {
    await scenario(peer, report, `bad input: ${what} harms nobody else`, async stage => {
      const us = await stage.start('ours', { framing, resume: true });
      const [bad, good] = [await stage.start('endo'), await stage.start('endo')];
      await good.act('keepEcho', { peer: us.location });
      const goodId = await us.ask('provide', good.location);
      await bad.act('session', { peer: us.location });
      const badId = await bad.ask('sessionId', us.location);
      await bad.ask('junk', us.location, bytes);
      await until(async () => (await bad.ask('sessionId', us.location)) !== badId, 'the session ends');
      assert.equal(await good.act('useKept', { value: 'unharmed' }), 'unharmed');
      assert.equal(await us.ask('sessionId', good.location), goodId);
      await until(() => bad.act('session', { peer: us.location }).then(() => true, () => false), 'there is a session again');
    });
  }
};
