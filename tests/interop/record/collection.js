// @ts-check

/**
 * Garbage collection that happens when it is told to, so that what a client releases is the same in every run: references
 * are held until `letGo`.
 */

/** @type {WeakSet<object>} */
let collected = new WeakSet();

/** @type {WeakMap<object, Array<() => void>>} */
let finalizers = new WeakMap();

class HeldRef {
  #target;

  /** @param {object} target */
  constructor(target) {
    this.#target = target;
  }

  deref() {
    return collected.has(this.#target) ? undefined : this.#target;
  }

  get [Symbol.toStringTag]() {
    return 'WeakRef';
  }
}

class HeldRegistry {
  #cleanUp;

  /** @param {(held: any) => void} cleanUp */
  constructor(cleanUp) {
    this.#cleanUp = cleanUp;
  }

  /**
   * @param {object} target
   * @param {unknown} held
   */
  register(target, held) {
    const known = finalizers.get(target) ?? [];
    known.push(() => this.#cleanUp(held));
    finalizers.set(target, known);
  }

  unregister() {
    throw Error('Nothing that is recorded unregisters what it registered.');
  }

  get [Symbol.toStringTag]() {
    return 'FinalizationRegistry';
  }
}

/**
 * Treats objects as if the collector had found them unused. What the same handle stands for later is another object.
 *
 * @param {Iterable<object>} targets
 */
export const letGo = targets => {
  const found = [...new Set(targets)].filter(target => finalizers.has(target));
  found.forEach(target => collected.add(target));
  for (const target of found) {
    const callbacks = finalizers.get(target) ?? [];
    finalizers.delete(target);
    callbacks.forEach(call => call());
  }
  return found.length;
};

/**
 * Clients that are made from now on have this collection.
 *
 * @returns {() => void} gives the host's back
 */
export const holdEverything = () => {
  const { WeakRef, FinalizationRegistry } = globalThis;
  collected = new WeakSet();
  finalizers = new WeakMap();
  Object.assign(globalThis, { WeakRef: HeldRef, FinalizationRegistry: HeldRegistry });
  return () => {
    Object.assign(globalThis, { WeakRef, FinalizationRegistry });
  };
};
