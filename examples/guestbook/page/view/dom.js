// @ts-check
// Elements in one expression.

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Node | string | undefined | false} Child */

/** @param {Element} element @param {Record<string, any>} props @param {Child[]} children */
const fill = (element, props, children) => {
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter(child => child !== undefined && child !== false));
};

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [props] attributes, and listeners as `onclick`
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export const h = (tag, props = {}, ...children) => {
  const element = document.createElement(tag);
  fill(element, props, children);
  return element;
};

/**
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...Child} children
 */
export const s = (tag, props = {}, ...children) => {
  const element = document.createElementNS(SVG, tag);
  fill(element, props, children);
  return element;
};

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export const byId = id => {
  const element = document.getElementById(id);
  if (element === null) throw Error(`The page has no #${id}.`);
  return /** @type {T} */ (element);
};

/** Sets a text only where it is another one. @param {Element} element @param {string} text */
export const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

/**
 * Draws once a frame, however often it is asked to. A tab that is hidden draws when it is shown.
 *
 * @param {() => void} draw
 */
export const onFrame = draw => {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  };
};
