// @ts-check

/**
 * What two values must agree in, as one string: types, values, prototypes, order of keys left aside.
 *
 * @param {any} value
 * @returns {string}
 */
export const show = value => {
  if (Object.is(value, -0)) return '-0';
  switch (typeof value) {
    case 'bigint':
      return `${value}n`;
    case 'string':
      return JSON.stringify(value);
    case 'object':
      break;
    default:
      return String(value);
  }
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map(show).join()}]`;
  if (value instanceof ArrayBuffer) {
    return `${value.immutable ? 'immutable' : 'MUTABLE'} ${Buffer.from(value.slice(0)).toString('hex')}`;
  }
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (value instanceof Error) return `Error ${show(value.message)}`;
  const tag = value[Symbol.for('passStyle')] === 'tagged' ? value[Symbol.toStringTag] : '';
  const keys = Object.getOwnPropertyNames(value).sort();
  return `${tag}{${keys.map(key => `${show(key)}:${show(value[key])}`).join()}}`;
};
