// @ts-check

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import * as bindings from '../pkg/ocapn_wasm.js';
import { makeSealing } from './sealing.js';
import { makeSigning } from './signing.js';
import { makeValueCodec } from './values/codec.js';
import { makeErrorTable, useWasm } from './wasm.js';

/**
 * Loads the core in Node, at once: it is ready when this module has been imported.
 */

const url = new URL('../pkg/ocapn_wasm_bg.wasm', import.meta.url);
const { memory } = bindings.initSync({ module: readFileSync(url) });

useWasm({
  memory,
  CoreClient: bindings.CoreClient,
  errors: makeErrorTable(bindings.error_table()),
  codec: {
    ...makeValueCodec(new bindings.ValueCodec(), memory),
    sha256: bytes => new Uint8Array(createHash('sha256').update(bytes).digest()),
  },
  signing: makeSigning(bindings),
  sealing: makeSealing(bindings),
  records: { read: bindings.read_record },
});
