// @ts-check

/**
 * Looks a data file of LMDB through before LMDB maps it.
 *
 * LMDB trusts its file: a page that is missing is a bus error, a page that is garbage a segmentation fault or an abort, and
 * none of them can be caught. So the file is walked first, with plain reads, as LMDB would walk it: both trees, every page
 * and node in bounds, keys in order, nothing used twice, nothing both used and free. What is in the values is for the
 * records' own checksums.
 *
 * The layout is that of the LMDB in lmdb-js 3 (data version 2, 64 bit, little endian): see `MDB_page`, `MDB_node`,
 * `MDB_meta` and `MDB_ovpage` in its mdb.c.
 */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const PAGE_HEADER = 24;
const META_SIZE = 168;
const FIRST_DATA_PAGE = 2;
const NO_PAGE = 2n ** 64n - 1n;
const MAX_DEPTH = 32;
const NODE_HEADER = 8;
const OVERFLOW_REFERENCE = 24;

const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const META = 0x08;
const BIG_DATA = 0x01;
const INTEGER_KEYS = 0x08;
/** MDB_NOSUBDIR, and what an environment variable of lmdb-js can add: how the file was opened, not how it is read. */
const HOW_OPENED = 0x4c00;

/**
 * @typedef {object} Tree
 * @property {number} flags
 * @property {number} depth
 * @property {bigint} branches how many branch pages
 * @property {bigint} leaves
 * @property {bigint} overflows
 * @property {bigint} entries
 * @property {bigint} root
 */

/**
 * What is wrong with a file: the message says it.
 */
export class LmdbDamage extends Error {}

/**
 * @param {unknown} condition
 * @param {string} why
 * @returns {asserts condition}
 */
function check(condition, why) {
  if (!condition) throw new LmdbDamage(why);
}

/**
 * @param {DataView} page the first bytes of a meta page
 */
const readMeta = page => {
  check(page.getUint16(18, true) & META && page.getUint32(24, true) === MAGIC, 'it is not an LMDB file');
  /** @param {number} at */
  const tree = at => ({
    flags: page.getUint16(at + 4, true),
    depth: page.getUint16(at + 6, true),
    branches: page.getBigUint64(at + 8, true),
    leaves: page.getBigUint64(at + 16, true),
    overflows: page.getBigUint64(at + 24, true),
    entries: page.getBigUint64(at + 32, true),
    root: page.getBigUint64(at + 40, true),
  });
  return {
    version: page.getUint32(28, true) & 0xffff,
    address: page.getBigUint64(32, true),
    pageSize: page.getUint32(48, true),
    free: tree(48),
    main: tree(96),
    lastPage: page.getBigUint64(144, true),
    transaction: page.getBigUint64(152, true),
  };
};

/** @param {number} size */
const even = size => size + (size % 2);

/**
 * @param {Buffer} a
 * @param {Buffer} b
 */
const compareBytes = (a, b) => Buffer.compare(a, b);

/**
 * @param {Buffer} a
 * @param {Buffer} b
 */
const compareIds = (a, b) => {
  const difference = a.readBigUInt64LE() - b.readBigUInt64LE();
  return difference < 0n ? -1 : Number(difference > 0n);
};

/**
 * @param {number} file descriptor
 * @param {ReturnType<typeof readMeta>} meta
 * @param {number} pages how many whole pages the file has
 * @param {(damage: LmdbDamage, low: Buffer | undefined, high: Buffer | undefined) => void} [skip] told of a page that cannot be
 *   read, and between which keys it is, to go on with the next. Without it what is wrong is thrown
 */
const makeWalker = (file, meta, pages, skip) => {
  const { pageSize } = meta;
  const limit = Math.min(pages, Number(meta.lastPage) + 1);
  const used = new Uint8Array(limit);

  /** @param {bigint} number @param {bigint} [count] */
  const claim = (number, count = 1n) => {
    check(count > 0n && number >= BigInt(FIRST_DATA_PAGE) && number + count <= BigInt(limit), `page ${number} is missing`);
    const first = Number(number);
    for (let i = first; i < first + Number(count); i += 1) {
      check(!used[i], `page ${i} is used twice`);
      used[i] = 1;
    }
  };

  /**
   * @param {bigint} number
   * @param {number} length
   */
  const read = (number, length) => {
    const bytes = Buffer.allocUnsafe(length);
    check(readSync(file, bytes, 0, length, Number(number) * pageSize) === length, `page ${number} is cut off`);
    check(bytes.readBigUInt64LE() === number, `page ${number} is not what it should be`);
    // LMDB writes into the map where a page claims to be younger than its header.
    check(bytes.readBigUInt64LE(8) <= meta.transaction, `page ${number} is from the future`);
    return bytes;
  };

  /**
   * @param {Buffer} node
   * @returns {() => Buffer} reads the value
   */
  const overflow = node => {
    const number = node.readBigUInt64LE();
    const count = node.readBigUInt64LE(16);
    claim(number, count);
    const header = read(number, PAGE_HEADER);
    check(header.readUInt16LE(18) === OVERFLOW, `page ${number} is not an overflow page`);
    check(BigInt(header.readUInt32LE(20)) === count, `page ${number} has another length`);
    return () => read(number, Number(count) * pageSize).subarray(PAGE_HEADER);
  };

  /**
   * @param {Tree} tree
   * @param {(a: Buffer, b: Buffer) => number} compare
   * @param {(key: Buffer, value: () => Buffer, length: number) => void} [visit]
   */
  const walk = (tree, compare, visit) => {
    /** @type {Buffer | undefined} */
    let last;
    let isWhole = true;
    let entries = 0n;
    let branches = 0n;
    let leaves = 0n;
    let overflows = 0n;

    /**
     * @param {bigint} number
     * @param {number} depth levels from here to the leaves
     * @param {Buffer | undefined} low no key is below this
     * @param {Buffer | undefined} high every key is below this
     */
    const page = (number, depth, low, high) => {
      claim(number);
      const bytes = read(number, pageSize);
      const what = `page ${number}`;
      check(bytes.readUInt16LE(18) === (depth > 1 ? BRANCH : LEAF), `${what} is of another kind`);
      const lower = bytes.readUInt16LE(20);
      const upper = bytes.readUInt16LE(22);
      check(lower % 2 === 0 && lower > 0 && lower <= upper && upper <= pageSize - PAGE_HEADER, `${what} has no sense`);

      if (depth > 1) branches += 1n;
      else leaves += 1n;

      const count = lower / 2;
      /** @type {{ number: bigint, key: Buffer | undefined }[]} */
      const children = [];
      let room = pageSize - PAGE_HEADER - upper;
      for (let i = 0; i < count; i += 1) {
        const offset = bytes.readUInt16LE(PAGE_HEADER + 2 * i);
        const start = PAGE_HEADER + offset + NODE_HEADER;
        check(offset >= upper && start <= pageSize, `${what} has a node out of bounds`);
        const size = bytes.readUInt32LE(start - 8);
        const flags = bytes.readUInt16LE(start - 4);
        const end = start + bytes.readUInt16LE(start - 2);
        check(end <= pageSize, `${what} has a key out of bounds`);
        const key = bytes.subarray(start, end);
        if (depth > 1) {
          // The key of the first child is implied: everything below the second's.
          children.push({ number: BigInt(size) + BigInt(flags) * 2n ** 32n, key: i === 0 ? undefined : key });
          room -= even(NODE_HEADER + key.length);
        } else {
          check(key.length > 0 && (compare === compareBytes || key.length === 8), `${what} has a bad key`);
          check(!last || compare(last, key) < 0, `${what} has keys out of order`);
          check(!low || compare(low, key) <= 0, `${what} has a key that belongs elsewhere`);
          check(!high || compare(key, high) < 0, `${what} has a key that belongs elsewhere`);
          last = key;
          entries += 1n;
          check(flags === 0 || flags === BIG_DATA, `${what} has a node of another kind`);
          const length = flags === BIG_DATA ? OVERFLOW_REFERENCE : size;
          check(end + length <= pageSize, `${what} has a value out of bounds`);
          room -= even(NODE_HEADER + key.length + length);
          const inline = bytes.subarray(end, end + length);
          const value = flags === BIG_DATA ? overflow(inline) : () => inline;
          if (flags === BIG_DATA) {
            const pagesOfIt = inline.readBigUInt64LE(16);
            check(BigInt(size + PAGE_HEADER) <= pagesOfIt * BigInt(pageSize), `${what} has a value that is cut off`);
            overflows += pagesOfIt;
          }
          visit?.(key, value, size);
        }
      }
      check(room === 0, `${what} has nodes that overlap`);
      children.forEach((child, i) => {
        attempt(child.number, depth - 1, child.key ?? low, children[i + 1]?.key ?? high);
      });
    };

    /** @type {typeof page} */
    const attempt = (number, depth, low, high) => {
      try {
        page(number, depth, low, high);
      } catch (error) {
        if (!skip || !(error instanceof LmdbDamage)) throw error;
        isWhole = false;
        skip(error, low, high);
      }
    };

    if (tree.root !== NO_PAGE) {
      check(tree.depth > 0 && tree.depth <= MAX_DEPTH, 'a tree has no sense');
      attempt(tree.root, tree.depth, undefined, undefined);
    }
    if (!isWhole) return;
    check(entries === tree.entries, 'entries are missing');
    check(branches === tree.branches && leaves === tree.leaves && overflows === tree.overflows, 'pages are missing');
  };

  /** Every page of the free list is of the file, and used by nothing. */
  const free = () => {
    /** @type {[bigint, bigint][]} */
    const blocks = [];
    walk(meta.free, compareIds, (_key, value) => {
      const list = value();
      const count = list.length >= 8 ? list.readBigUInt64LE() : -1n;
      check(count >= 0n && count * 8n + 8n <= BigInt(list.length), 'the free list is cut off');
      for (let i = 1; i <= Number(count); i += 1) {
        let page = list.readBigInt64LE(8 * i);
        let length = 1n;
        if (page < 0n) {
          length = -page;
          i += 1;
          check(i <= Number(count), 'the free list has no sense');
          page = list.readBigInt64LE(8 * i);
        }
        if (page !== 0n) blocks.push([page, length]);
      }
    });
    return blocks;
  };

  return { walk, free, used };
};

/**
 * @param {string} path
 * @param {(file: number, meta: ReturnType<typeof readMeta>, pages: number) => void} use given the newest header
 */
const openLmdbFile = (path, use) => {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    /** @param {number} at */
    const meta = at => {
      const bytes = new Uint8Array(META_SIZE);
      check(readSync(file, bytes, 0, META_SIZE, at) === META_SIZE, 'it is cut off');
      return readMeta(new DataView(bytes.buffer));
    };
    const first = meta(0);
    const { pageSize, version } = first;
    // LMDB itself would refuse it too, and lmdb-js then ends the process.
    check(version === DATA_VERSION, `it is of LMDB's data version ${version}, not ${DATA_VERSION}`);
    if (endianness() !== 'LE' || !process.arch.includes('64')) return;
    check(pageSize >= 512 && pageSize <= 65536 && Number.isInteger(Math.log2(pageSize)), 'its page size has no sense');
    const second = meta(pageSize);
    check(second.version === DATA_VERSION && second.pageSize === pageSize, 'its second header is of another kind');

    const newest = second.transaction > first.transaction ? second : first;
    // Flags that we never set would make LMDB read keys, values or headers in another way; an address, map at it. No commit changes
    // them, so they are right in the older header, too, which LMDB looks at as well.
    for (const { free, main, address } of [first, second]) {
      check((free.flags & ~HOW_OPENED) === INTEGER_KEYS && main.flags === 0, 'its flags have no sense');
      check(address === 0n, 'its header has no sense');
    }
    use(file, newest, Math.floor(size / pageSize));
  } finally {
    closeSync(file);
  }
};

/**
 * Throws `LmdbDamage` when LMDB should not touch this file.
 *
 * @param {string} path
 * @returns {void}
 */
export const checkLmdbFile = path =>
  openLmdbFile(path, (file, newest, pages) => {
    const walker = makeWalker(file, newest, pages);
    walker.walk(newest.main, compareBytes);
    for (const [page, length] of walker.free()) {
      check(page >= 2n && page + length <= newest.lastPage + 1n, 'the free list names a page that is not there');
      for (let i = page; i < page + length && i < BigInt(walker.used.length); i += 1n) {
        check(!walker.used[Number(i)], `page ${i} is both used and free`);
        walker.used[Number(i)] = 1;
      }
    }
  });

/**
 * Reads what can be read of a file, with plain reads, without LMDB and without writing anything. Nobody else may write to it
 * meanwhile.
 *
 * @param {string} path
 * @param {(key: Buffer, value: Buffer) => void} visit given each entry
 * @param {(damage: string, low: Buffer | undefined, high: Buffer | undefined) => void} skip told what cannot be read, and
 *   between which keys it is
 * @returns {void}
 */
export const readLmdbFile = (path, visit, skip) => {
  /** @type {(damage: unknown, low?: Buffer, high?: Buffer) => void} */
  const lose = (damage, low, high) => {
    if (!(damage instanceof LmdbDamage)) throw damage;
    skip(damage.message, low, high);
  };
  try {
    openLmdbFile(path, (file, newest, pages) => {
      makeWalker(file, newest, pages, lose).walk(newest.main, compareBytes, (key, value, length) => {
        try {
          visit(key, value().subarray(0, length));
        } catch (damage) {
          lose(damage, key, key);
        }
      });
    });
  } catch (damage) {
    lose(damage);
  }
};
