// @ts-check

import '../shims.js';

import harden from '@endo/harden';

import { makeError } from '../errors.js';
import { randomBytes } from '../random.js';
import { locationIdOf } from './location-id.js';
import { findNetwork, isEventTarget, watchNetwork } from './network-events.js';
import { readNetlayerOptions } from './options.js';
import { TRANSPORT, checkLimits, dial } from './websocket-dialler.js';
import { provideIdentity } from './websocket-key.js';

/**
 * @import { OcapnLocation } from '../location.js'
 * @import { NetworkEvents } from './network-events.js'
 * @import { Line, Socket } from './websocket-line.js'
 * @import { Logger, NetLayer, NetlayerBaggage, NetlayerHandlers } from './types.js'
 */

/** @type {Logger} */
const silent = { log: () => {}, error: () => {}, info: () => {} };

/** The options of makeWebSocketDialNetLayer. */
const OPTIONS = /** @type {const} */ ({
  handlers: true,
  logger: true,
  baggage: true,
  label: true,
  maxFrame: true,
  maxUnsent: true,
  network: true,
  WebSocket: true,
  random: true,
});

/**
 * A netlayer for whoever cannot be dialled, a page in a browser for one: it dials WebSocket peers, and makes them prove their
 * designators. It has a designator of its own, the public key of a secret, under which peers know its sessions again; and no
 * hints. It proves nothing itself.
 *
 * It needs the `WebSocket` and the `crypto` of its host, and nothing of Node. Where the host tells of its network, as browsers do,
 * it dials at once when that is there again (`online`), and when a page that was frozen, hidden or asleep goes on, instead of
 * with the next retry; and asks peers that it is connected with for a sign of life, since a connection may have died unheard.
 *
 * @param {object} options
 * @param {NetlayerHandlers} options.handlers of the client
 * @param {Logger} [options.logger]
 * @param {NetlayerBaggage} [options.baggage] keeps the secret; without one the designator is new at each start
 * @param {string} [options.label] tells the netlayers of several clients in one baggage apart
 * @param {number} [options.maxFrame] bytes of the longest message taken in, at least 2048; 16 MiB
 * @param {number} [options.maxUnsent] bytes that may wait for a peer that does not read, before its connection is given up;
 *   256 MiB
 * @param {NetworkEvents | null} [options.network] an `EventTarget` where `online`, `pageshow`, `visibilitychange` and `resume` are heard (the last one at
 *   its `document`, too); the host's global object, where it takes listeners; `null` for nowhere. A worker hears `online` at most:
 *   its page can tell it of more, by an `EventTarget` of its own
 * @param {new (url: string) => Socket} [options.WebSocket] instead of the host's
 * @param {(length: number) => Uint8Array} [options.random] instead of the host's
 * @returns {Promise<NetLayer>}
 * @throws {import('../errors.js').CodedError} `STORE_DAMAGED`, `STORE_NEWER`, `STORE_FAILED`; `API_MISUSE`
 */
export const makeWebSocketDialNetLayer = async options => {
  const {
    handlers,
    logger = silent,
    baggage,
    label,
    maxFrame = 16 * 1024 * 1024,
    maxUnsent = 256 * 1024 * 1024,
    network = findNetwork(),
    WebSocket = globalThis.WebSocket,
    random = randomBytes,
  } = readNetlayerOptions('makeWebSocketDialNetLayer', options, OPTIONS);
  checkLimits({ maxFrame, maxUnsent });
  if (typeof WebSocket !== 'function') {
    throw makeError('API_MISUSE', 'This host has no WebSocket: pass one.');
  }
  if (network && !isEventTarget(network)) {
    throw makeError('API_MISUSE', 'network must be an EventTarget, or null.');
  }
  const { designator, release } = await provideIdentity({ baggage, label, random });
  const context = { handlers, logger, maxFrame, maxUnsent, random };
  /** @type {Set<Line>} */
  const lines = new Set();
  let isShutDown = false;
  const stopWatching = network ? watchNetwork(network, () => handlers.handleNetworkChange?.()) : () => {};

  /** @type {OcapnLocation} */
  const location = { type: 'ocapn-peer', transport: TRANSPORT, designator, hints: false };

  /** @type {NetLayer} */
  const netlayer = harden({
    location,
    locationId: locationIdOf(location),
    connect: (/** @type {OcapnLocation} */ to) => {
      if (isShutDown) {
        throw makeError('SHUT_DOWN', 'This netlayer was shut down.');
      }
      return dial(context, netlayer, to, {
        socket: url => new WebSocket(url),
        began: line => lines.add(line),
        ended: line => lines.delete(line),
      });
    },
    shutdown: () => {
      if (!isShutDown) {
        isShutDown = true;
        stopWatching();
        lines.forEach(line => line.end());
        release();
      }
    },
    authenticates: 'dialled',
    framed: true,
    maxFrame,
  });
  return netlayer;
};
