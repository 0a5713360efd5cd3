// @ts-check

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const DEMO = fileURLToPath(new URL('../../examples/durable-counter/demo.mjs', import.meta.url));

/**
 * Runs the demo with a folder for temporary files of its own, which must be empty in the end.
 *
 * @param {(line: string, demo: import('node:child_process').ChildProcess) => void} [onLine]
 */
const runDemo = async (onLine = () => {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'ocapn-demo-test-'));
  try {
    const demo = spawn(process.execPath, [DEMO], { env: { ...process.env, TMPDIR: folder, DEMO_LIMIT: '50000' }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    demo.stdout.setEncoding('utf8').on('data', text => {
      const complete = output.lastIndexOf('\n') + 1;
      output += text;
      output.slice(complete).split('\n').slice(0, -1).forEach(line => onLine(line, demo));
    });
    demo.stderr.setEncoding('utf8').on('data', text => {
      errors += text;
    });
    /** @type {number | null} */
    const code = await new Promise(resolve => demo.on('close', resolve));
    return { code, output, errors, left: readdirSync(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** @param {number} pid */
const isAlive = pid => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** @param {string} output */
const pidsIn = output => [...output.matchAll(/ as process (\d+)/g)].map(([, pid]) => Number(pid));

test('the demo tells its story, and all that it checks holds', async () => {
  const { code, output, errors, left } = await runDemo();
  assert.equal(code, 0, output + errors);
  assert.equal(errors, '');
  assert.match(output, /^All checks hold, after [\d.]+ s\.$/m);
  assert.doesNotMatch(output, /FAILED/);
  for (const line of [
    /B {2}E\(counter\)\.increment\(\) gives 3 .* session [0-9a-f]{8} {2}slot o-\d+$/m,
    /kill -9 \d+$/m,
    /calls: \d+ fulfilled, \d+ MAY_HAVE_RUN/,
    /ok: B's reference to the counter is the same object as before$/m,
    /ok: the counter has every increment that was acknowledged/,
    /ok: A has the same slots as in step 1$/m,
    /ok: B has the same slots as in step 1$/m,
    /ok: A's reference to B's callback is the same object as before$/m,
    /M {2}replays B's dial to A: op:abort 'invalid-session-resume-count'/,
    /ok: nothing changed/,
    /ok: A gave it a higher position than any before/,
    /ok: B began a fresh session by itself \(suspended, refused, fresh\)$/m,
  ]) {
    assert.match(output, line);
  }
  assert.equal(pidsIn(output).length, 5);
  assert.deepEqual(pidsIn(output).filter(isAlive), []);
  assert.deepEqual(left, []);
});

test('the demo leaves nothing behind when it is stopped', async () => {
  const { code, output, left } = await runDemo((line, demo) => {
    if (line.startsWith('2. ')) demo.kill('SIGTERM');
  });
  assert.equal(code, 143, output);
  assert.match(output, /The demo ends in step 2: SIGTERM/);
  // They were killed, but may not be gone at once.
  const end = Date.now() + 5000;
  while (pidsIn(output).some(isAlive) && Date.now() < end) {
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  assert.equal(pidsIn(output).length, 2);
  assert.deepEqual(pidsIn(output).filter(isAlive), []);
  assert.deepEqual(left, []);
});
