// @ts-check
// M, a third party on the way between B and A: passes on every byte, keeps a copy, and later sends copies of its own accord.

import { once } from 'node:events';
import net from 'node:net';

import { inTime } from './party.mjs';

/** @typedef {{ host: string, port: number }} Address */

/**
 * One connection that went through.
 *
 * @typedef {object} Recording
 * @property {Buffer[]} there what the dialling side sent
 * @property {Buffer[]} back what it got
 */

/**
 * @param {net.Socket} from
 * @param {net.Socket} to
 * @param {Buffer[]} copies
 */
const pass = (from, to, copies) => {
  from.setNoDelay(true);
  from.on('data', data => {
    copies.push(data);
    to.write(data);
  });
  from.on('error', () => {});
  from.on('close', () => to.destroy());
};

/**
 * Listens on a port of its own, and passes on to another.
 *
 * @param {Address} target
 */
export const makeWire = async ({ host, port }) => {
  /** @type {Recording[]} */
  const recordings = [];
  const server = net.createServer(near => {
    /** @type {Recording} */
    const recording = { there: [], back: [] };
    recordings.push(recording);
    const far = net.connect({ host, port });
    pass(near, far, recording.there);
    pass(far, near, recording.back);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return {
    address: { host: '127.0.0.1', port: /** @type {net.AddressInfo} */ (server.address()).port },
    recordings,
    close: () => server.close(),
  };
};

/**
 * The messages in recorded bytes, each as `<length>:<payload>`, with that head.
 *
 * @param {Buffer[]} copies
 * @returns {Buffer[]}
 */
export const framesOf = copies => {
  const all = Buffer.concat(copies);
  const frames = [];
  for (let at = 0; at < all.length; ) {
    const colon = all.indexOf(':', at);
    const end = colon + 1 + Number(all.toString('latin1', at, colon));
    if (colon < 0 || end > all.length) break;
    frames.push(all.subarray(at, end));
    at = end;
  }
  return frames;
};

/**
 * Reads `<op:resume-session session-id count signature>`.
 *
 * @param {Buffer | undefined} frame
 * @returns {{ session: string, count: bigint } | undefined} undefined when it is something else
 */
export const readResume = frame => {
  const match = /^\d+:<17'op:resume-session32:([^]{32})(\d+)\+/.exec(frame?.toString('latin1') ?? '');
  if (match === null) return undefined;
  const [, id = '', count = ''] = match;
  return { session: Buffer.from(id, 'latin1').toString('hex'), count: BigInt(count) };
};

/**
 * Connects, sends bytes, and waits until the other side has closed.
 *
 * @param {Address} to
 * @param {Buffer[]} frames
 * @returns {Promise<{ abort: string | undefined, answers: number }>} the reason of the op:abort that came back, and how many
 *   messages came in all
 */
export const replay = async (to, frames) => {
  const socket = net.connect(to);
  /** @type {Buffer[]} */
  const received = [];
  socket.on('data', data => received.push(data));
  // Being cut off is an answer, too.
  socket.on('error', () => {});
  const closed = new Promise(resolve => socket.once('close', resolve));
  socket.write(Buffer.concat(frames));
  try {
    await inTime(closed, 'the replayed messages are answered');
  } finally {
    socket.destroy();
  }
  const answers = framesOf(received);
  const match = /<8'op:abort\d+"([^]*)>$/.exec(answers[0]?.toString('latin1') ?? '');
  return { abort: match?.[1], answers: answers.length };
};
