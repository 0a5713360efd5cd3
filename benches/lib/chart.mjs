// @ts-check
import { isRate } from './statistics.mjs';
import { OURS, ratioTo, showRatio, showValue, sidesOf } from './table.mjs';

/**
 * Bars, as SVG: for each row what every side reaches, as a part of the best of them. It needs no font or style of its own, and
 * reads on a light and on a dark page.
 *
 * @import { Result } from './types.mjs'
 */

const WIDTH = 860;
const LEFT = 310;
const BAR = 11;
const GAP = 18;
const HEAD = 44;

/** The libraries: a floor would make all of them look alike. @type {Record<string, string>} */
const COLOURS = { [OURS]: '#1f77b4', '@endo/ocapn': '#ff7f0e', capnweb: '#2ca02c', 'endo PR 3175': '#d62728' };

const escape = (/** @type {string} */ text) =>
  text.replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`);

/**
 * @param {Result} result
 * @param {string} side
 * @returns {number | undefined} 1 is the best side
 */
const share = ({ unit, values }, side) => {
  const value = values[side];
  if (value === undefined) return undefined;
  const all = Object.keys(COLOURS).flatMap(name => values[name] ?? []);
  return isRate(unit) ? value / Math.max(...all) : Math.min(...all) / value;
};

/**
 * @param {Result[]} results
 * @param {string} title
 * @returns {string} an SVG image
 */
export const chart = (results, title) => {
  const sides = sidesOf(results).filter(side => side in COLOURS);
  /** @type {string[]} */
  const parts = [];
  let y = HEAD;
  for (const result of results) {
    const shown = sides.filter(side => result.values[side] !== undefined);
    const middle = y + (shown.length * BAR) / 2 + 4;
    parts.push(`<text x="${LEFT - 10}" y="${middle}" text-anchor="end">${escape(result.row)}</text>`);
    for (const side of shown) {
      const part = share(result, side) ?? 0;
      const length = Math.max(1, part * (WIDTH - LEFT - 170));
      const ratio = side === OURS ? '' : `, ours ${showRatio(ratioTo(result, side))}`;
      const text = `${showValue(result.values[side])} ${result.unit}${ratio}`;
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${length.toFixed(1)}" height="${BAR - 2}" fill="${COLOURS[side]}"/>`,
        `<text x="${(LEFT + length + 5).toFixed(1)}" y="${y + BAR - 3}" font-size="9">${escape(text)}</text>`,
      );
      y += BAR;
    }
    y += GAP;
  }
  const legend = sides.map((side, i) => {
    const x = LEFT + i * 110;
    return (
      `<rect x="${x}" y="24" width="9" height="9" fill="${COLOURS[side]}"/>` +
      `<text x="${x + 13}" y="32">${escape(side)}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img"`,
    ` font-family="sans-serif" font-size="11" fill="#808080"><title>${escape(title)}</title>`,
    `<text x="${LEFT}" y="14" font-size="12">${escape(title)}</text>`,
    ...legend,
    ...parts,
    '</svg>\n',
  ].join('\n');
};
