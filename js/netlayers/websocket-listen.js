// @ts-check

import http from 'node:http';

import { makeError } from '../errors.js';
import { requireWasm } from '../wasm.js';
import { damaged, openRecord, sealRecord } from './kept-record.js';
import { keep, keyFor } from './websocket-key.js';

/**
 * Where a WebSocket netlayer of Node listens.
 *
 * @import { AddressInfo } from 'node:net'
 * @import { NetlayerBaggage } from './types.js'
 */

/**
 * @typedef {object} Address
 * @property {string} host
 * @property {number} port
 */

/**
 * @param {NetlayerBaggage} baggage
 * @param {string} key
 * @returns {Address | undefined}
 */
const readAddress = (baggage, key) => {
  if (!baggage.has(key)) {
    return undefined;
  }
  const { sha256, decodeValue } = requireWasm().codec;
  const body = openRecord(sha256, key, baggage.get(key));
  try {
    const { host, port } = /** @type {{ host: string, port: bigint }} */ (decodeValue(body));
    return { host, port: Number(port) };
  } catch (cause) {
    throw damaged(key, cause);
  }
};

/**
 * @param {http.Server} server
 * @param {Address} address
 * @returns {Promise<AddressInfo>}
 */
const listen = (server, { host, port }) =>
  new Promise((resolve, reject) => {
    /** @param {Error & { code?: string }} cause */
    const refuse = cause =>
      reject(
        cause.code === 'EADDRINUSE'
          ? makeError('PORT_IN_USE', `Port ${port} of ${host} is in use: end what holds it. No other port is taken in its place.`, { cause })
          : makeError('LISTEN_FAILED', `Could not listen on port ${port} of ${host}: ${cause.message}`, { cause }),
      );
    server.once('error', refuse);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', refuse);
      resolve(/** @type {AddressInfo} */ (server.address()));
    });
  });

/**
 * Listens where the options say, else where the baggage says, else on any port of 127.0.0.1; and keeps that.
 *
 * What the options say is kept anew: the designator is the key, and peers are told of a new address by its hints.
 *
 * @param {object} options
 * @param {NetlayerBaggage} [options.baggage]
 * @param {string} [options.label]
 * @param {string} [options.host]
 * @param {number} options.port 0 for the kept one, or any
 * @param {number} options.patience ms for a peer to say what it wants
 * @returns {Promise<{ server: http.Server, url: string }>} before the `url` is known to anyone it is durable
 * @throws {import('../errors.js').CodedError} `PORT_IN_USE`, `LISTEN_FAILED`, `STORE_DAMAGED`, `STORE_NEWER`, `STORE_FAILED`
 */
export const openServer = async ({ baggage, label, host, port, patience }) => {
  const key = keyFor(label, 'address');
  const kept = baggage && readAddress(baggage, key);
  const wanted = { host: host ?? kept?.host ?? '127.0.0.1', port: port === 0 ? (kept?.port ?? 0) : port };
  const server = http.createServer({ headersTimeout: patience, requestTimeout: patience }, (_, response) => {
    response.writeHead(426, { connection: 'close', 'content-type': 'text/plain', upgrade: 'websocket' });
    response.end('This is an OCapN peer: it speaks WebSocket.\n');
  });
  const bound = await listen(server, wanted);
  const address = { host: wanted.host, port: bound.port };
  if (baggage && !(kept?.host === address.host && kept.port === address.port)) {
    const { sha256, encodeValue } = requireWasm().codec;
    const body = encodeValue({ host: address.host, port: BigInt(address.port) });
    try {
      await keep(baggage, key, sealRecord(sha256, key, body));
    } catch (error) {
      server.close();
      throw error;
    }
  }
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return { server, url: `ws://${name}:${bound.port}` };
};
