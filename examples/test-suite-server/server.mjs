// @ts-check
// Serves what the OCapN test suite calls. README.md says how.

import { parseArgs } from 'node:util';

// First: it brings what @endo/eventual-send needs of its host, where nobody else did.
import { formatLocator, makeClient } from 'ocapn-wasm';
import { makeTcpNetLayer } from 'ocapn-wasm/netlayer/tcp-testing';

import { collectSoon } from './collector.mjs';
import { makeTestObjects } from './objects.mjs';

const { values: flags } = parseArgs({
  options: {
    dialect: { type: 'string', default: '2026-02' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '22046' },
    designator: { type: 'string', default: 'test-suite-server' },
    verbose: { type: 'boolean', default: false },
  },
});

const client = makeClient({ dialect: /** @type {any} */ (flags.dialect), verbose: flags.verbose });

for (const [swissnum, object] of makeTestObjects({ enliven: client.enlivenSturdyRef, drop: collectSoon })) {
  client.registerSturdyRef(swissnum, object);
}

const { location } = await client.registerNetlayer((handlers, logger) =>
  makeTcpNetLayer({
    handlers,
    logger,
    specifiedHostname: flags.host,
    specifiedPort: Number(flags.port),
    specifiedDesignator: flags.designator,
    // The suite writes its messages one after the other, without lengths.
    framing: 'none',
  }),
);

console.log(formatLocator(location));

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void client.shutdown());
}
