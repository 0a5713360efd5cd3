// @ts-check

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';

import { makeMemoryNetwork } from '../../js/netlayers/memory.js';
import { recordWithOurs } from '../interop/record/ours.js';
import { replay } from '../interop/record/player.js';
import { readTranscript, transcriptFile } from '../interop/record/transcript.js';

/** @import { Entry, Transcript } from '../interop/record/transcript.js' */

const FOLDER = new URL('../vectors/', import.meta.url);

const files = readdirSync(FOLDER).filter(file => /^transcript-.*\.json$/.test(file));

for (const file of files) {
  test(`a replay of ${file} writes what was recorded`, () => replay(readTranscript(new URL(file, FOLDER))));
}

/**
 * @param {(entries: Entry[]) => void} change
 * @returns {Transcript}
 */
const changed = change => {
  const transcript = readTranscript(transcriptFile('ours-2026-02-resume'));
  change(transcript.entries);
  return transcript;
};

/**
 * @param {Entry[]} entries
 * @param {string} meaning
 * @param {string} [by]
 */
const positionOf = (entries, meaning, by = 'us') =>
  entries.findIndex(entry => entry.by === by && entry.meaning?.includes(meaning));

test('a replay fails when a client writes other bytes', async () => {
  const transcript = changed(entries => {
    const entry = entries[positionOf(entries, "['makeCounter]")];
    entry.bytes = entry.bytes?.replace(/3e$/, '3f');
  });
  await assert.rejects(replay(transcript), /Entry 5 differs[^]*makeCounter/);
});

test('a replay fails when a client writes what was not recorded', async () => {
  const transcript = changed(entries => {
    entries.splice(positionOf(entries, '<op:gc-answers [2]>'), 1);
  });
  await assert.rejects(replay(transcript), /differs[^]*op:gc-answers \[2\]/);
});

test('a replay fails when the script ends before the transcript', async () => {
  const transcript = changed(entries => entries.push({ ...entries[1] }));
  await assert.rejects(replay(transcript), /Nothing happened, though this was recorded/);
});

test('a replay fails when the peer answers what the script does not expect', async () => {
  const transcript = changed(entries => {
    const entry = entries[positionOf(entries, "['fulfill 10]", 'peer')];
    entry.bytes = entry.bytes?.replace('31302b', '31312b');
  });
  await assert.rejects(replay(transcript), /Expected values to be strictly equal/);
});

test('what was recorded just now replays, with the same bytes from the same seed', async () => {
  const network = makeMemoryNetwork();
  const transcript = await recordWithOurs({ network, script: 'calls.js', dialect: '2026-02' });
  await replay(JSON.parse(JSON.stringify(transcript)));
  const kept = readTranscript(transcriptFile('ours-2026-02-calls'));
  assert.equal(transcript.entries[1].bytes, kept.entries[1].bytes);
});
