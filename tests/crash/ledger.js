// @ts-check

/**
 * What a process knows of its calls, written down where `kill -9` of it takes nothing away: a line is in the file, in the
 * system's cache, when the write returns.
 *
 * @typedef {object} Line
 * @property {Kind} kind
 * @property {string} subject the id of the call or promise; of an event its type
 * @property {string} detail
 */

import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/**
 * @typedef {keyof typeof KINDS} Kind
 */

const KINDS = {
  /** A call that has an effect is about to be made. */
  issued: 'i',
  /** It was answered, with a value or an error of the application's: its effect is durable. */
  acknowledged: 'a',
  /** It failed, with MAY_HAVE_RUN. */
  mayHaveRun: 'm',
  /** It failed, with DID_NOT_RUN. */
  didNotRun: 'd',
  /** A promise was received. */
  promised: 'p',
  /** It settled, as the detail says. */
  settled: 's',
  /** What should have settled has not. */
  hung: 'h',
  /** Something was not as it must be. */
  wrong: 'w',
  /** An event of a session; the detail is the session's id, and the code. */
  session: 'e',
};

const NAMES = new Map(Object.entries(KINDS).map(([kind, letter]) => [letter, /** @type {Kind} */ (kind)]));

/**
 * @param {string} path
 * @returns {(kind: Kind, subject: string, detail?: string) => void} neither text may have a line break; the subject no space
 */
export const openLedger = path => {
  const file = openSync(path, 'a', 0o600);
  return (kind, subject, detail = '') => {
    writeSync(file, `${KINDS[kind]} ${subject} ${detail.replaceAll('\n', ' ')}\n`);
  };
};

/** Reads what another process writes. */
export class LedgerReader {
  #file;

  #at = 0;

  #rest = '';

  #buffer = Buffer.alloc(1 << 16);

  /** @param {string} path of a ledger, which is made when it is not there */
  constructor(path) {
    this.#file = openSync(path, 'a+', 0o600);
  }

  /** @returns {Line[]} what was written since the last call */
  read() {
    let text = this.#rest;
    for (;;) {
      const length = readSync(this.#file, this.#buffer, 0, this.#buffer.length, this.#at);
      if (length === 0) break;
      this.#at += length;
      text += this.#buffer.toString('latin1', 0, length);
    }
    const lines = text.split('\n');
    this.#rest = /** @type {string} */ (lines.pop());
    return lines.map(line => {
      const [letter = '', subject = '', ...detail] = line.split(' ');
      const kind = NAMES.get(letter);
      if (kind === undefined) throw Error(`This is no line of a ledger: ${line}`);
      return { kind, subject, detail: detail.join(' ') };
    });
  }

  close() {
    closeSync(this.#file);
  }
}
