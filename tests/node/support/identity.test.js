// @ts-check

import { Identity, encodeKey, isResumeSignedBy } from './identity.js';
import { read } from './syrup.js';

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const vectors = JSON.parse(readFileSync(new URL('../../vectors/identity.json', import.meta.url), 'utf8'));

test("the tests' own peer writes what other implementations write", () => {
  const [one, two] = vectors.keys.map((/** @type {any} */ { seed }) => new Identity(Buffer.from(seed, 'hex')));
  assert.equal(one.publicKey.toString('hex'), vectors.keys[0].publicKey);
  assert.equal(one.publicId.toString('hex'), vectors.keys[0].publicId);
  assert.equal(encodeKey(one.publicKey).toString('hex'), vectors.encodedKey1);
  const sessionId = one.sessionWith(two.publicKey);
  assert.equal(sessionId.toString('hex'), vectors.session12);
  assert.equal(one.startSession(vectors.location).toString('hex'), vectors.startSession);
  const resume = one.resumeSession(sessionId, 0);
  assert.equal(resume.toString('hex'), vectors.resumeSession);
  assert.ok(isResumeSignedBy(read(resume).value, one.publicKey));
  assert.ok(!isResumeSignedBy(read(resume).value, two.publicKey));
});
