// @ts-check

/** A way to a TCP server that a test can cut, or freeze as a computer that sleeps does. */

import { once } from 'node:events';
import net from 'node:net';

/**
 * @typedef {object} Road
 * @property {number} port
 * @property {(port: number) => void} leadTo
 * @property {() => void} cut closes what is open
 * @property {() => void} freeze what is open stays so, and passes nothing any more; new connections do
 * @property {(isOpen: boolean) => void} open whether new connections are let through
 * @property {() => number} count how many connections there were
 */

/**
 * @param {any} t
 * @returns {Promise<Road>}
 */
export const makeRoad = async t => {
  /** @type {Set<{ ends: net.Socket[], isFrozen: boolean }>} */
  const pairs = new Set();
  let target = 0;
  let isOpen = true;
  let count = 0;

  const server = net.createServer(near => {
    if (!isOpen) {
      near.destroy();
      return;
    }
    count += 1;
    const far = net.connect(target, '127.0.0.1');
    const pair = { ends: [near, far], isFrozen: false };
    pairs.add(pair);
    for (const [from, to] of [[near, far], [far, near]]) {
      from.setNoDelay(true);
      from.on('data', data => pair.isFrozen || to.write(data));
      from.on('error', () => {});
      from.on('close', () => {
        if (!pair.isFrozen) to.destroySoon();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const cut = () => {
    pairs.forEach(({ ends }) => ends.forEach(end => end.destroy()));
    pairs.clear();
  };
  t.after(() => {
    cut();
    server.close();
  });
  return {
    port: /** @type {net.AddressInfo} */ (server.address()).port,
    leadTo: port => {
      target = port;
    },
    cut,
    freeze: () => {
      pairs.forEach(pair => {
        pair.isFrozen = true;
      });
    },
    open: value => {
      isOpen = value;
    },
    count: () => count,
  };
};
