// @ts-check
// Says what A and B tell of themselves.

/** @type {Record<string, string>} */
const SESSION = {
  fresh: 'a fresh session begins, by op:start-session',
  resumed: 'the session goes on, by op:resume-session',
  suspended: 'the connection is gone, the session is kept',
  refused: 'the other side does not resume the session: it is set aside',
  severed: 'the session is over',
};

/** @param {import('./timeline.mjs').Timeline} timeline */
export const makeNarrator = timeline => ({
  /**
   * @param {'A' | 'B'} name
   * @param {import('./party.mjs').News} news
   */
  tell: (name, { news, details }) => {
    if (news === 'session') {
      const { type, sessionId, code } = details;
      timeline.say(name, `${SESSION[type]}${code === undefined ? '' : ` (${code})`}`, { session: sessionId });
    } else if (news === 'heard') {
      timeline.say(name, `its callback hears "${details.text}"`);
    } else if (news === 'introduced') {
      timeline.say(name, "its greeter meets B's callback", { slot: details.slot });
    }
  },
});
