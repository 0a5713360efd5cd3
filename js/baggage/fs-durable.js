// @ts-check

import harden from '@endo/harden';
import { makeError } from '../errors.js';
import { makeCommitting } from './committing.js';
import { openDirectory } from './fs-directory.js';
import { openLmdb } from './fs-lmdb.js';
import { SESSION_PREFIXES } from './session-keys.js';

/** @import { CommittingBaggage } from './committing.js' */
/** @import { CodedError } from '../errors.js' */

/**
 * @typedef {object} FsBaggageOptions
 * @property {string} filePath a directory; made, with mode 0700, when it is not there
 * @property {boolean} [forgetSessions] drop all sessions (not the sturdyrefs, and not what the application stored): for a
 *   directory that was copied, or restored from a backup
 */

/**
 * Keeps a baggage in a directory, in an LMDB file.
 *
 * What was committed survives the process and the power (`durability: 'power'`). One baggage owns the directory at a time;
 * the system frees it when its process ends, however that ends. It holds private keys: files are made with mode 0600, and
 * deleted ones stay in free pages of the file for a while.
 *
 * `get`, `has` and `keys` see a set at once. `commit` makes everything durable that was set before it was called, in one
 * transaction; what is set while it runs belongs to the next. A commit that fails closes the baggage: every later call
 * throws `STORE_FAILED`, and once `close()` has resolved the directory can be opened again, as the last good commit left it.
 * `close` commits what is left.
 *
 * @param {FsBaggageOptions} options
 * @returns {CommittingBaggage}
 * @throws {CodedError} `BAGGAGE_IN_USE` at once when the directory is open already, in this process or another;
 *   `STORE_DAMAGED` when it is no baggage or its data does not hold together; `STORE_NEWER`; `STORE_FAILED` for whatever
 *   else the system says, as its `cause`
 */
export const makeFsDurableBaggage = ({ filePath, forgetSessions = false }) => {
  if (typeof filePath !== 'string' || filePath === '') {
    throw makeError('API_MISUSE', 'makeFsDurableBaggage needs filePath, the name of a directory.');
  }
  const directory = openDirectory(filePath);
  const { committed, write, close } = openLmdb(directory, forgetSessions ? SESSION_PREFIXES : []);

  const letGo = async () => {
    try {
      await close();
    } finally {
      directory.release();
    }
  };

  return makeCommitting({ name: directory.path, durability: 'power', committed, write, letGo }).baggage;
};
harden(makeFsDurableBaggage);
