// @ts-check
// The stamp shop: a second server, which knows nothing of guestbooks. It sells stamps, and cancels each once.
// Argument: the directory that keeps its state, address and all.

// First: it brings what @endo/pass-style needs of its host, where nobody else did.
import { encodeSwissnum, formatSturdyRefUri, provideFromBaggage, provideMapStoreFromBaggage } from 'ocapn-wasm';
import { makeWebSocketNetLayer } from 'ocapn-wasm/netlayer/ws';
import harden from '@endo/harden';
import { Far } from '@endo/pass-style';

import { makeKinds } from './kinds.mjs';
import { openPeer } from './peer.mjs';
import { newSwissnum } from './swissnum.mjs';

const DESIGNS = ['moon', 'hills', 'fern', 'wave'];

const kinds = makeKinds({
  stamp: serial => ({
    /**
     * Uses it up. The same postmark again is no second use, so that whoever was not answered can ask again.
     *
     * @param {string} postmark
     */
    cancel: postmark => {
      const { design, used } = stamps.get(String(serial));
      if (used !== '' && used !== postmark) throw Error(`Stamp ${serial} is used.`);
      stamps.set(String(serial), { design, used: String(postmark) });
      return harden({ design, serial });
    },
  }),
});

const { baggage, client, listen, ready } = openPeer({
  debugLabel: 'shop',
  reconnect: 'on-demand',
  describe: kinds.describe,
  revive: kinds.revive,
});

const stamps = provideMapStoreFromBaggage(baggage, 'stamps');
const orders = provideMapStoreFromBaggage(baggage, 'orders');

const shop = Far('shop', {
  /**
   * @param {string} design
   * @param {string} order the same order again gives the same stamp
   */
  buy: (design, order) => {
    if (!DESIGNS.includes(design)) throw Error(`There is no stamp '${design}'.`);
    if (typeof order !== 'string' || order === '' || order.length > 64) throw Error('An order is a string of 1 to 64 characters.');
    let serial = orders.get(order);
    if (serial === undefined) {
      serial = stamps.size + 1;
      stamps.set(String(serial), { design, used: '' });
      orders.set(order, serial);
    }
    return kinds.provide('stamp', serial);
  },
});
const swissnum = provideFromBaggage(baggage, 'swissnum', newSwissnum);
client.registerSturdyRef(swissnum, shop);

const { location } = await listen((handlers, logger) => makeWebSocketNetLayer({ handlers, logger, baggage }));
ready({ uri: formatSturdyRefUri(location, encodeSwissnum(swissnum)) });
