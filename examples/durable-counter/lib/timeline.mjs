// @ts-check
// What the demo says, a line per event, and what it checks.

import { styleText } from 'node:util';

/** @typedef {'A' | 'B' | 'M' | ' '} Who A, B, the third party, or the demo itself */

/**
 * @typedef {object} Where
 * @property {string} [session] a session id
 * @property {string} [slot]
 */

/** @typedef {Parameters<typeof styleText>[0]} Style */

/** @type {Record<Who, Style>} */
const STYLES = { A: ['bold', 'cyan'], B: ['bold', 'magenta'], M: ['bold', 'yellow'], ' ': 'dim' };

/** Where the session and the slot begin. */
const WIDTH = 78;

/** A check that does not hold ends the demo. */
export class CheckFailed extends Error {}

/** @param {string} session */
export const short = session => session.slice(0, 8);

/**
 * @param {object} [options]
 * @param {NodeJS.WriteStream} [options.stream]
 */
export const makeTimeline = ({ stream = process.stdout } = {}) => {
  const begin = performance.now();
  const hasColours = stream.isTTY && process.env.NO_COLOR === undefined;
  /** @type {Array<{ step: string, what: string, holds: boolean }>} */
  const checks = [];
  let step = '';

  /**
   * @param {Style} style
   * @param {string} text
   */
  const styled = (style, text) => (hasColours ? styleText(style, text) : text);
  const seconds = () => ((performance.now() - begin) / 1000).toFixed(2);
  const time = () => styled('dim', `${seconds().padStart(6)} s`);
  /** @param {string} text */
  const line = text => stream.write(`${text}\n`);

  return {
    get step() {
      return step;
    },

    get isGood() {
      return checks.every(({ holds }) => holds);
    },

    seconds,
    line,

    /** @param {string} title */
    begin: title => {
      step = title;
      line(`\n${styled('bold', title)}`);
    },

    /**
     * @param {Who} who
     * @param {string} what
     * @param {Where} [where]
     */
    say: (who, what, { session, slot } = {}) => {
      const place = [session && `session ${short(session)}`, slot && `slot ${slot}`].filter(Boolean).join('  ');
      const text = place === '' ? what : `${what.padEnd(WIDTH)}  ${styled('dim', place)}`;
      line(`${time()}  ${styled(STYLES[who], who)}  ${text}`);
    },

    /**
     * @param {string} what a sentence that ought to be true
     * @param {boolean} holds
     * @param {unknown} [seen] what there was instead
     */
    check: (what, holds, seen) => {
      checks.push({ step, what, holds });
      const mark = holds ? styled('green', 'ok') : styled(['bold', 'red'], 'FAILED');
      line(`${time()}     ${mark}: ${what}`);
      if (!holds) {
        throw new CheckFailed(seen === undefined ? what : `${what}\n${JSON.stringify(seen, null, 2)}`);
      }
    },

    summary: () => {
      line(`\n${styled('bold', 'What was checked')}`);
      for (const [index, { step: of, what, holds }] of checks.entries()) {
        const mark = holds ? styled('green', 'ok    ') : styled(['bold', 'red'], 'FAILED');
        line(`  ${String(index + 1).padStart(2)}  ${mark}  step ${of[0]}  ${what}`);
      }
    },
  };
};

/** @typedef {ReturnType<typeof makeTimeline>} Timeline */
