// @ts-check

import { scenarios } from '../peer.js';

/**
 * Their client on our netlayers, which have its contract.
 *
 * @import { Peer, Report } from '../peer.js'
 * @import { StartOptions } from '../party.mjs'
 */

/** @type {Array<[string, Partial<StartOptions>]>} */
const NETLAYERS = [
  ['TCP, framed', { framing: 'syrup' }],
  ['TCP, unframed', { framing: 'none' }],
  ['WebSocket', { transport: 'websocket' }],
];

/** @param {Peer} peer @param {Report} report */
export const netlayers = async (peer, report) => {
  for (const [label, options] of NETLAYERS) {
    await scenarios(peer, report, `on our netlayer, ${label}`, async (stage, step) => {
      const one = await stage.start('endo', { ...options, onOurs: true });
      const other = await stage.start('endo', options);
      await step('its own sturdyref, and no session with itself', () => one.act('self', {}));
      await step('calls its like, on a netlayer of its own', () => one.act('session', { peer: other.location }));
      const another = await stage.start('endo', options);
      await step('is called by its like, on a netlayer of its own', () => another.act('session', { peer: one.location }));
      const us = await stage.start('ours', options);
      await step('calls ours', () => one.act('session', { peer: us.location }));
      await step('our own sturdyref, and no session with ourselves', () => us.act('self', {}));
    });
  }
};
