// @ts-check

/**
 * How one client finds the references again that its application stored.
 *
 * @import { Durability, References } from './references.js'
 * @import { ReferenceKeeper } from './baggage/keepers.js'
 */

/** Handles of what is a peer's are odd. */
const REMOTE = 1;

/**
 * @param {Durability} durability
 * @param {References} references
 * @returns {ReferenceKeeper}
 */
export const makeKeeper = (durability, references) => ({
  isRemote: value => ((references.find(value) ?? 0) & REMOTE) === REMOTE,
  tokenOf: undefined,
  refOf: () => undefined,
  describe: durability.describe,
  revive: description => {
    const live = durability.find(description);
    if (live !== undefined) return live;
    return durability.canRevive(description) ? durability.revive(description) : undefined;
  },
});
