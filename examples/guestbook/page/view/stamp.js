// @ts-check
// The stamps of the shop: small pictures of few shapes, in colours of the style sheet.

import { s } from './dom.js';

export const DESIGNS = /** @type {const} */ ([
  ['moon', 'Moon'],
  ['hills', 'Hills'],
  ['fern', 'Fern'],
  ['wave', 'Wave'],
]);

/** Each 32 wide and 38 high. @type {Record<string, () => Element[]>} */
const PICTURES = {
  moon: () => [
    s('rect', { class: 'night', width: 32, height: 38 }),
    s('circle', { class: 'light', cx: 16, cy: 17, r: 8 }),
    s('circle', { class: 'night', cx: 19.6, cy: 14.6, r: 7 }),
    ...[[6, 7, 0.9], [26, 9, 0.7], [25, 27, 0.9], [8, 30, 0.7], [13, 4.5, 0.6]].map(([cx, cy, r]) => s('circle', { class: 'light', cx, cy, r })),
  ],
  hills: () => [
    s('rect', { class: 'dawn', width: 32, height: 38 }),
    s('circle', { class: 'sun', cx: 21, cy: 14, r: 5 }),
    s('path', { class: 'far', d: 'M0 25 Q8 15 16 23 T32 20 V38 H0 Z' }),
    s('path', { class: 'near', d: 'M0 31 Q9 22 18 30 T32 27 V38 H0 Z' }),
  ],
  fern: () => [
    s('rect', { class: 'leafy', width: 32, height: 38 }),
    s('path', { class: 'stem', d: 'M16 35 Q15 20 19 5' }),
    ...[0, 1, 2, 3, 4, 5].flatMap(i => {
      const [y, x, w] = [30 - i * 4.4, 15.7 + i * 0.5, 9.5 - i * 1.25];
      return [
        s('path', { class: 'leaf', d: `M${x} ${y} q${-w * 0.5} ${-4.2} ${-w} ${-3.4} q${w * 0.35} ${3.4} ${w} ${3.4} Z` }),
        s('path', { class: 'leaf', d: `M${x} ${y} q${w * 0.5} ${-4.2} ${w} ${-3.4} q${-w * 0.35} ${3.4} ${-w} ${3.4} Z` }),
      ];
    }),
  ],
  wave: () => [
    s('rect', { class: 'sky', width: 32, height: 38 }),
    ...[12, 18, 24, 30].map((y, i) =>
      s('path', { class: `sea sea-${i}`, d: `M${-4 - i * 2} ${y} q4 -5 8 0 t8 0 t8 0 t8 0 t8 0 V39 H-12 Z` }),
    ),
  ],
};

/** The perforated edge: a sheet with bites taken out of it. */
const EDGE = (() => {
  const bites = [];
  const bite = (/** @type {string} */ move) => `${move}`;
  for (let i = 0; i < 6; i += 1) bites.push(bite('h2.2 a1.3 1.3 0 0 0 2.6 0'));
  bites.push('h2.2');
  for (let i = 0; i < 7; i += 1) bites.push(bite('v2.2 a1.3 1.3 0 0 0 0 2.6'));
  bites.push('v2.2');
  for (let i = 0; i < 6; i += 1) bites.push(bite('h-2.2 a1.3 1.3 0 0 0 -2.6 0'));
  bites.push('h-2.2');
  for (let i = 0; i < 7; i += 1) bites.push(bite('v-2.2 a1.3 1.3 0 0 0 0 -2.6'));
  return `M0 0 ${bites.join(' ')} Z`;
})();

/**
 * A stamp of 31 by 35.8 units, as a picture that says nothing to who cannot see it: what it is stands beside it.
 *
 * @param {string} design
 * @param {{ postmark?: string }} [options] `postmark`: where it was used
 */
export const makeStamp = (design, { postmark } = {}) =>
  s(
    'svg',
    { class: 'stamp', viewBox: '-0.5 -0.5 32 36.8', 'aria-hidden': 'true' },
    s('path', { class: 'sheet', d: EDGE }),
    s('svg', { x: 3.4, y: 3.4, width: 24.2, height: 29, viewBox: '0 0 32 38', preserveAspectRatio: 'xMidYMid slice' }, ...(PICTURES[design] ?? PICTURES.moon)()),
    postmark !== undefined &&
      s(
        'g',
        { class: 'postmark' },
        s('circle', { cx: 5, cy: 30, r: 8 }),
        s('circle', { cx: 5, cy: 30, r: 5.4 }),
        s('path', { d: 'M12 26 q3 -2 6 0 t6 0 M13 30 q3 -2 6 0 t6 0 M12 34 q3 -2 6 0 t6 0' }),
      ),
  );
