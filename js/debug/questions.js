// @ts-check

import { makeError } from '../errors.js';
import { makeKit } from '../promises.js';
import { writeRelease } from './messages.js';

/**
 * Messages made by hand, of the kinds that `E()` has no form for. The core still chooses positions and resolvers: a position
 * that is taken here is a ticket for the promise of its answer.
 *
 * @import { Core } from '../core.js'
 * @import { Connection } from '../netlayers/types.js'
 * @import { Sender } from '../promises.js'
 * @import { References } from '../references.js'
 * @import { MessageCodec, ShownMessage } from './messages.js'
 */

/**
 * @typedef {object} RemoteAnswer
 * @property {Promise<unknown>} answerPromise
 * @property {bigint} position a ticket, not the position on the wire
 * @property {object} resolver
 */

/**
 * @param {object} parts
 * @param {Core} parts.core
 * @param {References} parts.references
 * @param {Sender} parts.sender
 * @param {MessageCodec} parts.codec
 * @param {() => Connection | undefined} parts.getConnection
 */
export const makeQuestions = ({ core, references, sender, codec, getConnection }) => {
  let tickets = 0n;

  /** @type {Map<bigint, ReturnType<typeof makeKit>>} */
  const taken = new Map();

  /** @returns {RemoteAnswer} */
  const takeNextRemoteAnswer = () => {
    tickets += 1n;
    const kit = makeKit();
    taken.set(tickets, kit);
    return { answerPromise: kit.promise, position: tickets, resolver: {} };
  };

  /** @param {object} target */
  const handleOf = target => {
    const handle = references.find(target);
    if (handle === undefined) {
      throw makeError('API_MISUSE', 'The target of this message is nothing that a peer has.');
    }
    return handle;
  };

  /**
   * @param {bigint} position
   * @param {(promise: Promise<unknown>) => unknown} ask
   */
  const answer = (position, ask) => {
    const kit = taken.get(position);
    if (kit === undefined) {
      throw makeError('API_MISUSE', 'Take answer positions with takeNextRemoteAnswer().');
    }
    taken.delete(position);
    kit.resolve(ask(kit.promise));
  };

  /**
   * Sends a message. What `@endo/ocapn` sends to hear of an answer, op:listen, the core has sent already.
   *
   * @param {ShownMessage} message
   */
  const sendMessage = message => {
    const { type, to, receiverDesc, args, answerPosition } = message;
    switch (type) {
      case 'op:deliver':
        if (typeof answerPosition === 'bigint') {
          answer(answerPosition, promise => sender.send(handleOf(to), undefined, args, true, promise));
        } else {
          sender.send(handleOf(to), undefined, args, false);
        }
        return;
      case 'op:get':
        answer(answerPosition, promise => core.get(handleOf(receiverDesc), message.fieldName, promise));
        return;
      case 'op:index':
        answer(answerPosition, promise => core.index(handleOf(receiverDesc), Number(message.index), promise));
        return;
      case 'op:untag':
        answer(answerPosition, promise => core.untag(handleOf(receiverDesc), message.tag, promise));
        return;
      case 'op:listen':
        return;
      default:
        getConnection()?.write(writeRelease(codec, message));
    }
  };

  return { takeNextRemoteAnswer, sendMessage };
};
