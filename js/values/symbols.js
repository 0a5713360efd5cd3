// @ts-check

/**
 * Symbols that peers name. A registered symbol is never collected, so their names take up memory for as long as the process
 * lives: only so much of it is given away.
 */

/** Characters of all names together, each with what it costs beside them. */
const ROOM = 4 * 1024 * 1024;
const COST = 64;

/** Characters of the longest name. */
const LONGEST = 1024;

export class Symbols {
  /** @type {Map<string, symbol>} */
  #known = new Map();

  #room = ROOM;

  /**
   * @param {string} name
   * @returns {symbol | undefined} `undefined` when there is no room for a name that was not met before
   */
  of(name) {
    const known = this.#known.get(name);
    if (known !== undefined) {
      return known;
    }
    const cost = name.length + COST;
    if (name.length > LONGEST || cost > this.#room) {
      return undefined;
    }
    this.#room -= cost;
    const symbol = Symbol.for(name);
    this.#known.set(name, symbol);
    return symbol;
  }
}
