// @ts-check

import { makeMemoryNetwork } from '../../../js/netlayers/memory.js';
import { recordWithOurs } from './ours.js';
import { writeTranscript } from './transcript.js';

/**
 * Records sessions between two clients of ours, in every dialect: to be run when the wire changes on purpose.
 */

const recordings = [
  { script: 'calls.js', dialect: '2026-01' },
  { script: 'calls.js', dialect: '2026-02' },
  { script: 'calls.js', dialect: '2026-03' },
  { script: 'handoff.js', dialect: '2026-01' },
  { script: 'handoff.js', dialect: '2026-02' },
  { script: 'handoff.js', dialect: '2026-03' },
  { script: 'resume.js', dialect: '2026-01', tryResumeSession: true },
  { script: 'resume.js', dialect: '2026-02', tryResumeSession: true },
  { script: 'resume.js', dialect: '2026-03', tryResumeSession: true },
];

for (const options of recordings) {
  const transcript = await recordWithOurs({ network: makeMemoryNetwork(), ...options });
  writeTranscript(transcript);
  console.log(`${transcript.name}: ${transcript.entries.length} entries`);
}
