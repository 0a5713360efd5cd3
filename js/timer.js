// @ts-check

/**
 * The one timer of a client. It keeps a process alive only while somebody waits for something.
 */

/** The longest wait that hosts take, in milliseconds. */
const LONGEST = 0x7fffffff;

export class Timer {
  #now;

  #fire;

  /** @type {any} */
  #timer;

  #isHolding = true;

  /**
   * @param {() => number} now
   * @param {() => void} fire
   */
  constructor(now, fire) {
    this.#now = now;
    this.#fire = fire;
  }

  /**
   * Fires at this time, instead of what was asked before.
   *
   * @param {number} at 0 for never
   */
  set(at) {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (at !== 0) {
      const wait = Math.min(Math.max(Math.ceil(at - this.#now()), 0), LONGEST);
      this.#timer = setTimeout(() => {
        if (this.#now() < at) {
          this.set(at);
        } else {
          this.#timer = undefined;
          this.#fire();
        }
      }, wait);
      this.#apply();
    }
  }

  /**
   * @param {boolean} isHolding whether somebody waits
   */
  hold(isHolding) {
    if (this.#isHolding !== isHolding) {
      this.#isHolding = isHolding;
      this.#apply();
    }
  }

  #apply() {
    if (this.#isHolding) {
      this.#timer?.ref?.();
    } else {
      this.#timer?.unref?.();
    }
  }
}
