// @ts-check

import { testRounds } from './rounds.js';

testRounds({ program: 'references.js', what: 'references', each: 100_000, rounds: 10, warmUp: 2 });
