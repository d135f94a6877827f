// Breakages inside outbox, session and AT channel.

import type { Mutant } from "./mutant.js";
import { CHANNEL, OUTBOUND, OUTBOX } from "./sources.js";

export const OF_INSIDE: readonly Mutant[] = [
  {
    name: "a command is sent while another one waits for its answer",
    noticedBy: "invariants",
    breaks: {
      [CHANNEL]: `around(Channel, "ask", (next, self, command, asker) => {
        next(command, asker);
        if (self._inFlight && self._queue.length > 0) self.send(self._queue.shift());
      });`,
    },
  },
  {
    name: "a record that is under way is begun once more",
    noticedBy: "invariants",
    breaks: {
      [OUTBOUND]: `around(Outbound, "poll", (next, self, now) => {
        const { state } = self._parts;
        if (state.messages > 0) state.offered = Math.max(0, state.offered - 1);
        return next(now);
      });`,
    },
  },
  {
    name: "the outbox opens behind the last record that it has dropped, and counts it no more",
    noticedBy: "invariants",
    seed: 7,
    breaks: {
      [OUTBOX]: `around(Outbox, "giveUp", (next, self, number) => {
        const { cursor } = self._at;
        next(number);
        if (self._at.cursor > cursor) self._at.dropped -= 1;
      });`,
    },
  },
];
