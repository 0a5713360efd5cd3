// @ts-check

import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

import { makeBenchWith } from './bench.js';

/** The object that is called at a peer of ours. */
export const makeBench = () => makeBenchWith({ E, Far });
