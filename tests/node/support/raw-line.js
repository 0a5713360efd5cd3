// @ts-check

import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import net from 'node:net';

import { Incomplete, read } from './syrup.js';
import { Log, within } from './waiting.js';

/** @import { RawLocation } from './identity.js' */

/**
 * Plain sockets that speak, or break, either framing.
 *
 * @typedef {'syrup' | 'none'} Framing
 */

/**
 * A message as it came.
 *
 * @typedef {object} RawMessage
 * @property {string} label
 * @property {any[]} fields
 * @property {Buffer} bytes
 */

/** @param {Uint8Array} payload */
export const frame = payload => Buffer.concat([Buffer.from(`${payload.length}:`), payload]);

/**
 * Takes whole messages off the front of what has come.
 *
 * @param {Buffer} input
 * @param {Framing} framing
 * @returns {{ payloads: Buffer[], rest: Buffer }}
 */
export const takeMessages = (input, framing) => {
  const payloads = [];
  let at = 0;
  try {
    while (at < input.length) {
      let start = at;
      let end;
      if (framing === 'syrup') {
        const colon = input.indexOf(':', at);
        if (colon < 0) break;
        start = colon + 1;
        end = start + Number(input.toString('latin1', at, colon));
        if (end > input.length) break;
      } else {
        ({ end } = read(input, at));
      }
      payloads.push(input.subarray(start, end));
      at = end;
    }
  } catch (error) {
    if (!(error instanceof Incomplete)) throw error;
  }
  return { payloads, rest: input.subarray(at) };
};

/** One socket. */
export class RawLine {
  /** @type {Log<RawMessage>} */
  messages = new Log();

  /** How many of them were taken. */
  #taken = 0;

  #rest = Buffer.alloc(0);

  isClosed = false;

  /**
   * @param {net.Socket} socket
   * @param {Framing} framing
   */
  constructor(socket, framing) {
    this.socket = socket;
    this.framing = framing;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', data => {
      const { payloads, rest } = takeMessages(Buffer.concat([this.#rest, data]), framing);
      this.#rest = Buffer.from(rest);
      for (const payload of payloads) {
        const { label, fields } = read(payload).value;
        this.messages.push({ label, fields, bytes: Buffer.from(payload) });
      }
    });
    this.closed = new Promise(resolve => {
      // The peer's FIN is its last word, however long it lingers.
      const close = () => {
        this.isClosed = true;
        resolve(undefined);
        this.messages.push({ label: 'closed', fields: [], bytes: Buffer.alloc(0) });
      };
      socket.once('end', close);
      socket.once('close', () => this.isClosed || close());
    });
  }

  /** @param {Uint8Array} data as it is */
  write(data) {
    this.socket.write(data);
  }

  /** @param {Uint8Array[]} payloads each as one message */
  send(...payloads) {
    this.socket.write(Buffer.concat(this.framing === 'syrup' ? payloads.map(frame) : payloads));
  }

  /**
   * The next message, whatever it is; one that is labelled `closed` when the peer has ended.
   *
   * @param {string} [what]
   */
  async next(what = 'a message') {
    const from = this.#taken;
    this.#taken += 1;
    return this.messages.waitFor(() => true, what, { from });
  }

  /**
   * The next message with a label; others are passed over.
   *
   * @param {string} label
   */
  async expect(label) {
    for (;;) {
      const message = await this.next(label);
      if (message.label === label) return message;
      if (message.label === 'closed') throw Error(`The peer closed instead of sending ${label}.`);
    }
  }

  /**
   * Waits for the end, and tells how it came.
   *
   * @returns {Promise<string>} the reason of the op:abort that came before it, else `closed`
   */
  async ending() {
    await within(this.closed, 'the peer ends the connection');
    const abort = this.messages.all.find(({ label }) => label === 'op:abort');
    return abort === undefined ? 'closed' : abort.fields[0];
  }

  end() {
    this.socket.destroy();
  }

  reset() {
    this.socket.resetAndDestroy();
  }
}

/**
 * @param {RawLocation} location
 * @param {Framing} [framing]
 * @returns {Promise<RawLine>}
 */
export const dialRaw = async ({ hints }, framing = 'syrup') => {
  const { host, port } = /** @type {Record<string, string>} */ (hints);
  const socket = net.createConnection({ host, port: Number(port) });
  await within(once(socket, 'connect'), 'a raw connection');
  return new RawLine(socket, framing);
};

/**
 * @param {{ framing?: Framing, designator?: string }} [options]
 */
export const listenRaw = async ({ framing = 'syrup', designator = `raw-${process.hrtime.bigint()}` } = {}) => {
  /** @type {Log<RawLine>} */
  const lines = new Log();
  let taken = 0;
  const server = net.createServer(socket => lines.push(new RawLine(socket, framing)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {net.AddressInfo} */ (server.address());
  /** @type {RawLocation} */
  const location = { transport: 'tcp-testing-only', designator, hints: { host: '127.0.0.1', port: String(port) } };
  return {
    location,
    /** As an application names it. */
    peerLocation: /** @type {any} */ ({ type: 'ocapn-peer', ...location }),
    lines,
    /** @param {string} [what] */
    next: async (what = 'a connection') => {
      const from = taken;
      taken += 1;
      return lines.waitFor(() => true, what, { from });
    },
    /** Nobody listens there, until `resume`. */
    pause: () => {
      server.close();
    },
    resume: async () => {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    close: () => {
      server.close();
      for (const line of lines.all) line.end();
    },
  };
};
