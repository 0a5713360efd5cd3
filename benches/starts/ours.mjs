// @ts-check
import { E } from '@endo/eventual-send';
import { Far } from '@endo/marshal';
import { makeClient, swissnumFromBytes } from 'ocapn-wasm';
import { makeMemoryNetwork } from 'ocapn-wasm/netlayer/memory';

import { firstCall } from './first-call.mjs';

export const run = () => firstCall({ makeClient, makeMemoryNetwork, swissnumFromBytes, E, Far });
