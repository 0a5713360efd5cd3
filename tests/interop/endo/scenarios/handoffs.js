// @ts-check

import { scenario } from '../peer.js';

/**
 * Third-party handoffs, with ours in each role and theirs in the others.
 *
 * @import { Peer, Report } from '../peer.js'
 * @import { StartOptions } from '../party.mjs'
 * @import { Kind } from '../parties.js'
 */

/** Gifter, exporter, receiver. @type {Kind[][]} */
const CASTS = [
  ['ours', 'endo', 'endo'],
  ['endo', 'ours', 'endo'],
  ['endo', 'endo', 'ours'],
  ['ours', 'ours', 'endo'],
  ['ours', 'endo', 'ours'],
  ['endo', 'ours', 'ours'],
];

/**
 * What `@endo/ocapn` cannot do, whoever else takes part, and why.
 *
 * @param {Kind[]} cast
 * @param {string} action
 * @returns {string | undefined}
 */
const impossible = ([gifter, exporter], action) => {
  if (action === 'giveAnswer' && gifter === 'endo' && exporter === 'endo') {
    return '@endo/ocapn leaves who waits for such an answer waiting, if no one else takes part too';
  }
  if (action === 'givePromise' && exporter === 'endo') {
    return '@endo/ocapn takes no gift that has not settled, and leaves its receiver waiting';
  }
  if (action === 'givePromise' && gifter === 'endo') {
    return '@endo/ocapn gives no promise of a third party as a gift: it makes one of its own';
  }
  return undefined;
};

/**
 * @param {Peer} peer
 * @param {Report} report
 * @param {{ label: string, options: Partial<StartOptions> }} how
 */
export const handoffs = async (peer, report, { label, options }) => {
  for (const cast of CASTS) {
    const [gifter, exporter, receiver] = cast.map(kind => (kind === 'endo' ? 'them' : 'us'));
    for (const [what, action] of [
      ['objects', 'giveObject'],
      ['an answer', 'giveAnswer'],
      ['a promise', 'givePromise'],
    ]) {
      const name = `${label}: handoff of ${what}, gifter ${gifter}, exporter ${exporter}, receiver ${receiver}`;
      const why = impossible(cast, action);
      if (why !== undefined) {
        report.skip(`${peer.name}: ${name}`, why);
      } else {
        await scenario(peer, report, name, async stage => {
          const [g, e, r] = await Promise.all(cast.map(kind => stage.start(kind, options)));
          await g.act(action, { exporter: e.location, receiver: r.location });
        });
      }
    }
  }
};
