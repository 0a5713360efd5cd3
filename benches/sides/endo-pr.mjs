// @ts-check
import fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { makeMemoryNetwork } from 'ocapn-wasm/netlayer/memory';
import { endoPr } from '../lib/endo.mjs';
import { makeOcapn } from './ocapn.mjs';

/**
 * The durable client of endojs/endo pull request 3175, for what it keeps in a directory. Its baggage is one file, written whole
 * for each change; no other process can read it, and its sessions end with their connection.
 *
 * @import { EndoPackage } from '../lib/endo.mjs'
 */

const found = /** @type {EndoPackage} */ (endoPr());
const load = (/** @type {string} */ specifier) => import(found.resolve(specifier));

// What its packages need where there was no lockdown; they find it done otherwise.
for (const shim of ['ses/assert-shim.js', '@endo/immutable-arraybuffer/shim.js', '@endo/eventual-send/shim.js']) {
  await load(shim).catch(() => {});
}

const { E } = await load('@endo/eventual-send');
const { Far } = await load('@endo/marshal');
const { default: harden } = await load('@endo/harden');
const { makeClient, encodeSwissnum, makeInMemoryBaggage } = await import(found.file('index.js'));
const { makeDurableClient, makeFsDurableBaggage } = await import(
  pathToFileURL(join(String(process.env.OCAPN_ENDO_PR), 'packages/ocapn-durable-client/index.js')).href
);

const ocapn = makeOcapn({
  makeClient: ({ describe: _describe, revive: _revive, ...options }) =>
    options.baggage === undefined ? makeClient(options) : makeDurableClient(options),
  swissnumFromBytes: bytes => encodeSwissnum(new TextDecoder().decode(bytes)),
  E,
  makeTcpNetLayer: () => Promise.reject(Error('not measured')),
});

let commits = 0;
const { writeFileSync } = fs;
/** @param {any[]} args */
fs.writeFileSync = (...args) => {
  commits += 1;
  return /** @type {any} */ (writeFileSync)(...args);
};

/** @type {import('../lib/types.mjs').Side & Record<string, any>} */
export const side = {
  name: 'endo PR 3175',
  makeObject: methods => Far('object', methods),
  call: E,
  harden,
  makeBytes: bytes => bytes.buffer,
  durable: {
    openBaggage: directory => makeFsDurableBaggage({ filePath: join(directory, 'baggage.json') }),
    memoryBaggage: makeInMemoryBaggage,
    network: makeMemoryNetwork,
    makePeer: ocapn.makePeer,
    fetch: ocapn.fetch,
    takeCommits: () => {
      const taken = commits;
      commits = 0;
      return taken;
    },
    // It writes 92 GB for the first, in some thirteen minutes; a hundredth of that for the second.
    most: { exports: 10_000, whenQuick: 1000, live: 100 },
    isLasting: false,
  },
  lasting: (/** @type {any} */ baggage) => (baggage === undefined ? {} : { baggage }),
};
