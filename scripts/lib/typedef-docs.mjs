// @ts-check
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * TypeScript 7 writes declarations of `@typedef`s without what they say. This puts it back, so that whoever hovers over a type reads it.
 */

/** A comment, or a part of one, that names a type: what is before it, its type, its name, and what stands behind the name. */
const TYPEDEF = /@typedef (\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}) (\w+)([^\n]*)/g;

/** @param {string} comment without its marks */
const descriptionOf = comment => (/^\s*@/.test(comment) ? '' : comment.split(/^@/m, 1)[0] ?? '').trim();

/**
 * What a source says of its types.
 *
 * @param {string} source
 * @returns {Map<string, { text: string, of: [file: string, name: string] | undefined }>} by name; `of` where it is another file's
 */
const readTypedefs = source => {
  const found = new Map();
  for (const [, body = ''] of source.matchAll(/\/\*\*([\s\S]*?)\*\//g)) {
    const comment = body.replace(/^[ \t]*\* ?/gm, '');
    let description = descriptionOf(comment);
    for (const [, type = '', name, behind = ''] of comment.matchAll(TYPEDEF)) {
      const [, file, original] = /^\{import\('(.+)\.js'\)\.(\w+)(?:<\w+>)?\}$/.exec(type) ?? [];
      found.set(name, { text: [description, behind.trim()].filter(part => part !== '').join('\n'), of: file && [file, original] });
      // It is that of the first.
      description = '';
    }
  }
  return found;
};

/**
 * @param {string} sources a folder
 * @param {string} file below it, without its ending
 * @param {string} name
 * @returns {string} '' when nothing is said
 */
const describe = (sources, file, name) => {
  const known = readTypedefs(readFileSync(join(sources, `${file}.js`), 'utf8')).get(name);
  if (known?.text === '' && known.of !== undefined) {
    const [other, original] = known.of;
    return describe(sources, join(dirname(file), other), original);
  }
  return known?.text ?? '';
};

/**
 * @param {string} sources a folder of JavaScript
 * @param {string} declarations the folder of what tsc wrote for it
 */
export const describeTypes = (sources, declarations) => {
  for (const path of readdirSync(declarations, { recursive: true, encoding: 'utf8' }).filter(each => each.endsWith('.d.ts'))) {
    const file = path.slice(0, -'.d.ts'.length);
    const whole = join(declarations, path);
    const text = readFileSync(whole, 'utf8').replace(/^export type (\w+)\b/gm, (line, name) => {
      const description = describe(sources, file, name);
      return description === '' ? line : `/**\n${description.replace(/^/gm, ' * ').replace(/ +$/gm, '')}\n */\n${line}`;
    });
    writeFileSync(whole, text);
  }
};
