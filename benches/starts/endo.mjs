// @ts-check
import { endoMaster } from '../lib/endo.mjs';
import { firstCall } from './first-call.mjs';
// Its own network is between processes. This one is loaded before the clock starts.
import { makeMemoryNetwork } from '../../js/netlayers/memory.js';

/** @import { EndoPackage } from '../lib/endo.mjs' */

const found = /** @type {EndoPackage} */ (endoMaster());
const { E } = await import(found.resolve('@endo/eventual-send'));
const { Far } = await import(found.resolve('@endo/marshal'));
const { makeClient, swissnumFromBytes } = await import(found.file('index.js'));

export const run = () => firstCall({ makeClient, makeMemoryNetwork, swissnumFromBytes, E, Far });
