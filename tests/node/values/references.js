// @ts-check
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

// First: it brings what the packages of Endo need.
import { makeBareCore } from './core.js';

import harden from '@endo/harden';
import { Far, makeTagged } from '@endo/pass-style';

import { ValueReader } from '../../../js/values/reader.js';
import * as tags from '../../../js/values/tags.js';
import { ValueWriter } from '../../../js/values/writer.js';

const noReferences = {
  find: () => undefined,
  slotOf: () => assert.fail('no reference'),
  sturdyRefOf: () => undefined,
};

/**
 * The words of a tape. Text shows as words too.
 *
 * @param {ReturnType<typeof makeBareCore>} bare
 * @param {number} length
 */
const wordsOf = ({ core, memory }, length) => {
  const start = new DataView(memory.buffer).getUint32(16, true);
  assert.equal(core.header(4), start);
  return [...new Uint32Array(memory.buffer, start, length / 4)];
};

/** @param {string} text at most four characters */
const word = text => Buffer.from(text.padEnd(4, '\0')).readUInt32LE();

/**
 * A message and the words about it, in a memory.
 *
 * @param {number[]} words
 * @param {string} text
 * @param {string} side
 */
const place = (words, text = '', side = '') => {
  const bare = makeBareCore();
  const u8 = new Uint8Array(bare.memory.buffer);
  u8.set(Buffer.from(text), 1000);
  u8.set(Buffer.from(side), 2000);
  new Uint32Array(bare.memory.buffer).set(words, 1024);
  return {
    ...bare,
    /** @param {Partial<import('../../../js/values/reader.js').IncomingReferences>} references */
    reader: (references = {}) => {
      const none = () => assert.fail('no reference');
      const reader = new ValueReader(bare.core, {
        reference: none, sturdyRef: none, handoff: none, refused: none, ...references,
      });
      reader.start(4096, 1000, 2000);
      return reader;
    },
  };
};

/** @param {string} host */
export const describeReferences = host => {
  describe(`references in values, ${host}`, () => {
    it('names what it knows, and asks for the rest', () => {
      const bare = makeBareCore();
      const known = Far('known', {});
      const far = Far('far', {});
      const fn = Far('fn', () => {});
      const promise = Promise.resolve();
      /** @type {unknown[]} */
      const asked = [];
      const writer = new ValueWriter(bare.core, {
        ...noReferences,
        find: value => (value === known ? 7 : undefined),
        slotOf: (value, style) => asked.push([value, style]) + 10,
      });
      const length = writer.write([known, far, { f: fn }, promise, known]);
      assert.deepEqual(wordsOf(bare, length), [
        ...[tags.LIST, 5, tags.REF, 7, tags.REF, 11],
        ...[tags.STRUCT, 1, 1, word('f'), tags.REF, 12, tags.REF, 13, tags.REF, 7],
      ]);
      assert.deepEqual(asked, [[far, 'remotable'], [fn, 'remotable'], [promise, 'promise']]);
    });

    it('goes on after memory that grew while it asked', () => {
      const bare = makeBareCore();
      const writer = new ValueWriter(bare.core, {
        ...noReferences,
        slotOf: () => {
          assert.ok(writer.busy);
          bare.core.growScratch(3 << 16);
          return 9;
        },
      });
      const length = writer.write(['a', Far('x', {}), 'b', 'c'.repeat(300)]);
      assert.ok(!writer.busy);
      const head = [tags.LIST, 4, tags.STRING, 1, word('a'), tags.REF, 9, tags.STRING, 1, word('b')];
      assert.deepEqual(wordsOf(bare, length).slice(0, 13), [...head, tags.STRING, 300, word('cccc')]);
    });

    it('says what slotOf throws, and writes again', () => {
      const bare = makeBareCore();
      const mine = Error('no slot');
      const slotOf = () => {
        throw mine;
      };
      const writer = new ValueWriter(bare.core, { ...noReferences, slotOf });
      assert.throws(() => writer.write({ far: Far('x', {}) }), error => error === mine);
      assert.equal(writer.write(null), 4);
    });

    it('writes a call with its method as a symbol', () => {
      const bare = makeBareCore();
      const writer = new ValueWriter(bare.core, noReferences);
      const symbol = [tags.SYMBOL, 4, word('echo'), tags.TRUE];
      const named = [tags.LIST, 2, ...symbol];
      assert.deepEqual(wordsOf(bare, writer.writeCall('echo', [true])), named);
      assert.deepEqual(wordsOf(bare, writer.writeCall(Symbol.for('echo'), [true])), named);
      assert.deepEqual(wordsOf(bare, writer.writeCall(undefined, [true])), [tags.LIST, 1, tags.TRUE]);
      assert.throws(() => writer.writeCall(Symbol.iterator, []), /^Error: Cannot pass args: it is a symbol/);
      assert.throws(() => writer.writeCall('m', [1, { x: [() => {}] }]), /^Error: Cannot pass args\[1\]\.x\[0\]: it is a function/);
    });

    it('writes a sturdyref as what it says', () => {
      const bare = makeBareCore();
      const sturdy = makeTagged('ocapn-sturdyref', undefined);
      const writer = new ValueWriter(bare.core, {
        ...noReferences,
        sturdyRefOf: value =>
          value === sturdy
            ? { transport: 'tcp', designator: 'me', hints: { p: '1' }, swissNum: Buffer.from('s') }
            : undefined,
      });
      assert.deepEqual(wordsOf(bare, writer.write(sturdy)), [
        ...[tags.STURDYREF, tags.STRING, 3, word('tcp'), tags.STRING, 2, word('me')],
        ...[tags.STRUCT, 1, 1, word('p'), tags.STRING, 1, word('1'), tags.BYTES, 1, word('s')],
      ]);
    });

    it('makes references of what the core says', () => {
      const { reader } = place(
        [
          ...[tags.LIST, 4, tags.REF, tags.LOCAL, 5, tags.REF, tags.LOCAL_DESCRIBED, 6, 2, 3],
          ...[tags.STRUCT, 1, 0, 1, 1, tags.REF, tags.REMOTE_PROMISE, 8, tags.REF, tags.BROKEN, 5],
        ],
        'k',
        'xxabc',
      );
      const made = harden({});
      /** @type {unknown[]} */
      const asked = [];
      const value = reader({
        reference: (kind, handle, description) => {
          asked.push([kind, handle, description && Buffer.from(description).toString()]);
          return made;
        },
      }).value();
      assert.deepEqual(value, [made, made, { k: made }, made]);
      assert.deepEqual(asked, [
        [tags.LOCAL, 5, undefined],
        [tags.LOCAL_DESCRIBED, 6, 'abc'],
        [tags.REMOTE_PROMISE, 8, undefined],
        [tags.BROKEN, 5, undefined],
      ]);
    });

    it('makes sturdyrefs, with hints and without', () => {
      const words = [
        ...[tags.LIST, 2, tags.STURDYREF, tags.STRING, 0, 3, 1, tags.STRING, 3, 2, 1],
        ...[tags.STRUCT, 1, 5, 1, 1, tags.STRING, 6, 1, 1, tags.BYTES, 7, 2],
        ...[tags.STURDYREF, tags.STRING, 0, 3, 1, tags.STRING, 3, 2, 1, tags.FALSE, tags.BYTES, 7, 0],
      ];
      const { reader } = place(words, 'tcpmep1ss');
      const read = reader({ sturdyRef: details => details }).value();
      const location = { transport: 'tcp', designator: 'me' };
      assert.deepEqual(read, [
        { ...location, hints: { p: '1' }, swissNum: new Uint8Array(Buffer.from('ss')) },
        { ...location, hints: false, swissNum: new Uint8Array() },
      ]);
    });

    it('reads a call to a method, and one to a function', () => {
      const words = [tags.LIST, 2, tags.SYMBOL, 0, 4, tags.LIST, 1, tags.NULL];
      const { reader } = place(words, 'echo');
      const both = reader();
      assert.deepEqual(both.methodCall(), { method: 'echo', args: [[null]] });
      assert.equal(both.at, 4096 + 4 * words.length);
      assert.deepEqual(reader().functionCall(), [Symbol.for('echo'), [null]]);
      const named = place([tags.LIST, 1, tags.STRING, 0, 4, 1], 'echo').reader();
      assert.deepEqual(named.methodCall(), { method: 'echo', args: [] });
      const other = place([tags.LIST, 1, tags.NULL]).reader();
      assert.deepEqual(other.methodCall(), { method: undefined, args: [null] });
      assert.deepEqual(place([tags.LIST, 0]).reader().methodCall(), { method: undefined, args: [] });
    });

    it('refuses a struct that a peer made a thenable', () => {
      const { reader } = place([tags.LIST, 2, tags.STRUCT, 1, 0, 4, 1, tags.REF, tags.LOCAL, 1, tags.NULL], 'then');
      const then = Far('then', () => {});
      assert.deepEqual(reader({ reference: () => then, refused: () => 'refused' }).value(), ['refused', null]);
    });

    it('knows words that are no value', () => {
      assert.throws(() => place([99]).reader().value(), { code: 'INTERNAL_ERROR' });
      assert.throws(() => place([tags.NULL]).reader().functionCall(), { code: 'INTERNAL_ERROR' });
    });
  });
};
