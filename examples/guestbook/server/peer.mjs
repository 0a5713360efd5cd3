// @ts-check
// What both servers begin with: a client whose state is in a directory, and a report to the stage of what goes on inside.

import { makeClient, makeFsDurableBaggage } from 'ocapn-wasm';

import { lookAt } from '../common/look.js';
import { watchCommits, watchMessages } from '../common/watch.js';

/** Reports are at least so far apart, in ms. */
const BETWEEN_REPORTS = 60;

/** @param {object} message to the stage, if there is one */
const send = message => {
  if (process.connected) process.send?.(message);
};

/**
 * Opens the directory that the command line names first.
 *
 * @param {import('ocapn-wasm').ClientOptions} options
 */
export const openPeer = options => {
  const [directory = ''] = process.argv.slice(2);
  let commits = 0;
  /** @type {NodeJS.Timeout | undefined} */
  let next;

  const report = () => {
    next = undefined;
    send({ look: { commits, sessions: lookAt(client, baggage) } });
  };
  const happened = () => {
    next ??= setTimeout(report, BETWEEN_REPORTS);
  };

  const baggage = watchCommits(makeFsDurableBaggage({ filePath: directory }), () => {
    commits += 1;
    happened();
  });
  const client = makeClient({
    baggage,
    tryResumeSession: true,
    debugMode: true,
    times: { retryLeast: 100, retryMost: 1000 },
    ...options,
  });
  client.subscribe(happened);

  const stop = async () => {
    clearTimeout(next);
    await client.shutdown();
    await baggage.close();
    process.exit();
  };
  // Ctrl-C reaches all processes of a terminal; the stage sees to it. Without a stage there is nothing to do.
  process.on('SIGINT', () => {});
  process.once('SIGTERM', stop);
  process.once('disconnect', stop);

  return {
    baggage,
    client,

    /**
     * @template {import('ocapn-wasm').NetLayer} N
     * @param {(handlers: import('ocapn-wasm').NetlayerHandlers, logger: import('ocapn-wasm').Logger) => Promise<N>} makeNetlayer
     */
    listen: makeNetlayer => client.registerNetlayer((handlers, logger) => makeNetlayer(watchMessages(handlers, happened), logger)),

    /** @param {object} details */
    ready: details => {
      send({ ready: details });
      happened();
    },
  };
};
