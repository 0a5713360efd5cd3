// @ts-check

/**
 * How one client finds the references again that its application stored.
 *
 * @import { Core } from './core.js'
 * @import { Durability, References } from './references.js'
 * @import { ReferenceKeeper } from './baggage/keepers.js'
 */

/** Handles of what is a peer's are odd. */
const REMOTE = 1;

/**
 * @param {() => Core} getCore
 * @param {Durability} durability
 * @param {References} references
 * @param {(error: unknown) => unknown} explain says more of an error
 * @returns {ReferenceKeeper}
 */
export const makeKeeper = (getCore, durability, references, explain) => {
  /** @param {object} value */
  const handleOf = value => references.find(value) ?? 0;

  /**
   * @template T
   * @param {() => T} run
   */
  const explained = run => {
    try {
      return run();
    } catch (error) {
      throw explain(error);
    }
  };

  return {
    isRemote: value => (handleOf(value) & REMOTE) === REMOTE,
    tokenOf: value => explained(() => getCore().refToken(handleOf(value))),
    refOf: token => explained(() => references.remoteObject(getCore().refFromToken(token))),
    describe: durability.describe,
    revive: description => {
      const live = durability.find(description);
      if (live !== undefined) return live;
      return durability.canRevive(description) ? durability.revive(description) : undefined;
    },
  };
};
