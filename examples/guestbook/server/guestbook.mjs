// @ts-check
// The guestbook's server: the page over HTTP, and the guestbook's objects over WebSockets, at one port.
// Arguments: the directory that keeps its state, the port, the sturdyref of the stamp shop, the address of the stage.

import http from 'node:http';

// First: it brings what @endo/eventual-send needs of its host, where nobody else did.
import { encodeSwissnum, formatSturdyRefUri, provideFromBaggage } from 'ocapn-wasm';
import { makeWebSocketNetLayer } from 'ocapn-wasm/netlayer/ws';
import { E } from '@endo/eventual-send';
import harden from '@endo/harden';
import { Far } from '@endo/pass-style';

import { makeBook } from './book.mjs';
import { makeKinds } from './kinds.mjs';
import { openPeer } from './peer.mjs';
import { makeReaders } from './readers.mjs';
import { makeSite } from './site.mjs';
import { newSwissnum } from './swissnum.mjs';

const [, port = '', shop = '', stage = ''] = process.argv.slice(2);

/** How often a stamp is tried while the way to the shop is cut. */
const TRIES = 20;

const kinds = makeKinds({
  entry: number => ({
    read: () => harden(show(book.read(number))),
    /** @param {string} who @param {boolean} isOn */
    thank: (who, isOn) => book.thank(number, who, isOn),
  }),

  /** What only the author has. */
  pen: number => ({
    entry: () => kinds.provide('entry', number),
    erase: () => book.erase(number),

    /** @param {any} stamp an object of the shop's, which the page hands over; asking the shop makes it ours */
    affix: async stamp => {
      for (let tries = 1; book.read(number).stamp === null; tries += 1) {
        try {
          const { design, serial } = await E(stamp).cancel(`entry ${number}`);
          book.affix(number, { design: String(design), serial: Number(serial) });
        } catch (error) {
          const isCut = error.code === 'MAY_HAVE_RUN' || error.code === 'DID_NOT_RUN';
          if (!isCut || tries === TRIES) throw error;
        }
      }
    },
  }),
});

const { baggage, client, listen, ready } = openPeer({
  debugLabel: 'guestbook',
  // Pages cannot be dialled, and the shop only when there is something to say.
  reconnect: 'on-demand',
  describe: kinds.describe,
  revive: kinds.revive,
});

const book = makeBook(baggage, () => readers.tellAll());

/** What was taken back is given to nobody. @param {import('./book.mjs').Entry} entry */
const show = ({ thanks, ...entry }) => ({
  ...entry,
  thanks: thanks.length,
  entry: entry.isErased ? null : kinds.provide('entry', entry.number),
});

const readers = makeReaders({ client, baggage, book, show });

const guestbook = Far('guestbook', {
  /** @param {string} draft @param {{ name: string, text: string, mark: string }} words */
  sign: (draft, words) => kinds.provide('pen', book.sign(draft, words)),
  /** @param {any} reader */
  join: reader => readers.join(reader),
});
const swissnum = provideFromBaggage(baggage, 'swissnum', newSwissnum);
client.registerSturdyRef(swissnum, guestbook);

/** What the page asks for first. */
const peers = { guestbook: '', shop, stage };
const site = makeSite(peers);
const server = http.createServer(site);
// Not 'listening' yet: the netlayer has to be there when the first page calls.
const { location } = await listen((handlers, logger) =>
  makeWebSocketNetLayer({ handlers, logger, baggage, server, specifiedUrl: `ws://127.0.0.1:${port}` }),
);
peers.guestbook = formatSturdyRefUri(location, encodeSwissnum(swissnum));
await readers.load();
server.once('error', error => {
  console.error(`The guestbook cannot listen at port ${port}: ${error.message}`);
  process.exit(1);
});
server.listen(Number(port), '127.0.0.1', () => ready({ address: `http://localhost:${port}/` }));
