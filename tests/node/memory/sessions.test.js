// @ts-check

import { testRounds } from './rounds.js';

testRounds({ program: 'sessions.js', what: 'sessions', each: 1000, rounds: 10, warmUp: 2 });
