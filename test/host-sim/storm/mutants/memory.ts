// Breakages of memory, flash and secrets.

import type { Mutant } from "./mutant.js";
import { CHANNEL, POSITION, PROFILE, RECORDER, RING_LOG, SIM } from "./sources.js";

export const OF_MEMORY: readonly Mutant[] = [
  {
    name: "who waited for an unsolicited line is never forgotten",
    noticedBy: "bounded",
    seed: 5,
    breaks: {
      [CHANNEL]: `around(Channel, "waitFor", (next, self, ...asked) => {
        (self.asked ??= []).push(asked);
        return next(...asked);
      });`,
    },
  },
  {
    name: "something small is kept for each day that the device runs",
    noticedBy: "flat",
    // What grows from day to day is judged from the third day on.
    hours: 96,
    breaks: {
      [RECORDER]: `around(Recorder, "record", (next, self) => {
        (self.days ??= new Set()).add(Math.floor(self.system.uptimeS / 86_400));
        next();
      });`,
    },
  },
  {
    name: "the outbox writes on after a torn record without looking",
    noticedBy: "flash-clean",
    breaks: {
      [RING_LOG]: `around(RingLog, "resume", (next, self, end) => {
        self._offset = end;
      });`,
    },
  },
  {
    name: "the token is in the log",
    noticedBy: "secrets-kept",
    breaks: {
      [PROFILE]: `around(OneNceProfile, "use", (next, self, token) => {
        self.log?.("info", "onboarded", { username: token.username });
        return next(token);
      });
      around(OneNceProfile, "plan", (next, self, means) => {
        self.log = means.log;
        return next(means);
      });`,
    },
  },
  {
    name: "the PIN is in the log",
    noticedBy: "secrets-kept",
    among: ({ config }) => config.pin !== undefined,
    breaks: {
      [SIM]: `
        const unlock = unlockSim;
        unlockSim = (session) => {
          session.log("info", "modem-setting", { setting: 'AT+CPIN="' + session.config.pin + '"' });
          return unlock(session);
        };`,
    },
  },
  {
    name: "the place is in the log",
    noticedBy: "secrets-kept",
    among: ({ config }) => (config.positionS ?? 0) > 0,
    breaks: {
      [POSITION]: `around(Position, "look", async (next, self, link, isWanted) => {
        await next(link, isWanted);
        self._parts.platform.log("info", "located", { place: self.last()?.latitude + "," + self.last()?.longitude });
      });`,
    },
  },
];
