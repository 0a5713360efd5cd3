// @ts-check

/** What can be measured of a page, whatever it shows. */

/**
 * Runs in the page: texts whose contrast to what is behind them is too low.
 *
 * @param {number} least
 */
const findFaint = least => {
  const canvas = new OffscreenCanvas(1, 1);
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));

  /** The colours, each over those before it. @param {string[]} colours */
  const mix = colours => {
    pen.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
    }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  /** @param {number[]} rgb */
  const luminance = rgb => {
    const [r, g, b] = rgb.map(value => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };

  const found = [];
  let count = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim() ?? '';
    if (element === null || text === '' || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (element.closest('.unseen, .skip:not(:focus), script, noscript, .leaving')) continue;
    const backgrounds = [];
    for (let one = /** @type {Element | null} */ (element); one !== null; one = one.parentElement) backgrounds.unshift(getComputedStyle(one).backgroundColor);
    const behind = ['white', ...backgrounds];
    const [light, dark] = [luminance(mix([...behind, getComputedStyle(element).color])), luminance(mix(behind))].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    count += 1;
    if (contrast < least) found.push(`${contrast.toFixed(2)}: ${text.slice(0, 40)}`);
  }
  return { count, found };
};

/** @param {import('playwright-core').Page} page @param {number} [least] */
export const measureContrast = (page, least = 4.5) => page.evaluate(findFaint, least);

/**
 * Walks through the page with the Tab key.
 *
 * @param {import('playwright-core').Page} page
 * @returns {Promise<Array<{ id: string, role: string, name: string, isMarked: boolean }>>} each stop, with what assistive
 *   technology is told of it, and whether the focus is seen there
 */
export const walkByKeyboard = async page => {
  const devtools = await page.context().newCDPSession(page);
  // From the beginning, wherever the focus was.
  await page.evaluate(() => {
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
  });
  const stops = [];
  for (let count = 0; count < 100; count += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const element = /** @type {HTMLElement} */ (document.activeElement);
      if (element === document.body) return undefined;
      // The input of a label that is drawn in its place.
      const isHidden = Number(getComputedStyle(element).opacity) === 0;
      const drawn = isHidden ? (element.closest('label') ?? element) : element;
      const { outlineStyle, outlineWidth } = getComputedStyle(drawn);
      const { width, height } = drawn.getBoundingClientRect();
      const isMarked = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2 && width > 0 && height > 0;
      const id = element.id || `${element.getAttribute('name') ?? ''}:${element.getAttribute('value') ?? element.className}`;
      return { id, isMarked };
    });
    if (stop === undefined || stops.some(one => one.id === stop.id && one.id.startsWith('skip'))) break;
    const { result } = await devtools.send('Runtime.evaluate', { expression: 'document.activeElement' });
    const { nodes } = await devtools.send('Accessibility.getPartialAXTree', { objectId: result.objectId, fetchRelatives: false });
    stops.push({ ...stop, role: String(nodes[0]?.role?.value), name: String(nodes[0]?.name?.value ?? '') });
  }
  await devtools.detach();
  return stops;
};
