// @ts-check
// What the programs of both peers begin with: a client whose state is in a directory, and a door to it.

import { makeClient, makeFsDurableBaggage } from 'ocapn-wasm';
import { makeTcpNetLayer } from 'ocapn-wasm/netlayer/tcp-testing';

import { tell } from './orders.mjs';

/** What belongs to sessions in a baggage: records, entries that find them by location, slots. */
const OF_SESSIONS = ['ocapn:resumeSessionsById/', 'ocapn:resumeSessionsByLocationId/', 'ocapn-durable:tables/'];

/** Short waits, so that the demo is soon over. */
const times = { retryLeast: 100, retryMost: 400 };

/**
 * Opens the directory that the command line names. With `--forget-sessions` its sessions are deleted first, and nothing else.
 *
 * @param {import('ocapn-wasm').ClientOptions} options
 */
export const openPeer = options => {
  const [directory = '', ...flags] = process.argv.slice(2);
  const baggage = makeFsDurableBaggage({ filePath: directory, forgetSessions: flags.includes('--forget-sessions') });
  const client = makeClient({
    baggage,
    tryResumeSession: true,
    debugMode: true,
    times,
    onSessionEvent: event => tell('session', { ...event, location: undefined }),
    ...options,
  });

  return {
    baggage,
    client,

    /** Lets peers in, under the name and port that the directory keeps. To be called once all objects are registered. */
    listen: async () => {
      const { location } = await client.registerNetlayer((handlers, logger) =>
        makeTcpNetLayer({ handlers, logger, baggage }),
      );
      return location;
    },

    /** @param {object} reference ours or a peer's */
    slotOf: reference => client._debug.slotsOf(reference)[0]?.slot,

    /** What there is inside, without secrets. */
    look: () => {
      const { sessions, handshakes } = client._debug.inspect();
      const stored = OF_SESSIONS.map(prefix => [...baggage.keys(prefix)].length);
      return { sessions, handshakes, stored: stored.reduce((sum, count) => sum + count) };
    },

    stop: async () => {
      await client.shutdown();
      await baggage.close();
      process.disconnect();
    },
  };
};
