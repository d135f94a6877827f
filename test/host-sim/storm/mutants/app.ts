// Breakages of an app of the device's own.

import type { Mutant } from "./mutant.js";
import { COMMANDS, CONFIGURATOR, OWN_APP, RECORDER } from "./sources.js";

export const OF_APP: readonly Mutant[] = [
  {
    name: "a record tells the app's sample before",
    noticedBy: "app-told",
    breaks: {
      [OWN_APP]: `around(OwnApp, "sample", (next, self, done) =>
        next((text) => {
          const before = self.before;
          self.before = text;
          done(before ?? text);
        }));`,
    },
  },
  {
    name: "what an app throws is not told in its record",
    noticedBy: "app-told",
    breaks: {
      [OWN_APP]: `around(OwnApp, "sample", (next, self, done) =>
        next((text) => done(text?.startsWith('{"error":') ? undefined : text)));`,
    },
  },
  {
    name: "a record waits on when its sample has come",
    noticedBy: "app-told",
    breaks: {
      [OWN_APP]: `around(OwnApp, "wait", (next, self, work, ms, ...rest) => {
        const { timer } = self._parts.platform;
        const later = (value) => new Promise((resolve) => timer.set(() => resolve(value), 4_000));
        next(ms === APP_SAMPLE_MS ? work.then(later) : work, ms, ...rest);
      });`,
    },
  },
  {
    name: "a command of the app's is carried out twice",
    noticedBy: "app-answered",
    breaks: {
      [OWN_APP]: `around(OwnApp, "run", (next, self, asked, done) => {
        next(asked, () => {});
        next(asked, done);
      });`,
    },
  },
  {
    name: "an argument of the app's commands is not checked",
    noticedBy: "app-answered",
    breaks: { [COMMANDS]: "isArg = () => true;" },
  },
  {
    name: "what the app's command came to is not in its answer",
    noticedBy: "app-answered",
    breaks: { [OWN_APP]: `around(OwnApp, "answerText", (next, self, value) => [""]);` },
  },
  {
    name: "the answer waits on when the app's command is done",
    noticedBy: "app-answered",
    breaks: {
      [OWN_APP]: `around(OwnApp, "wait", (next, self, work, ms, ...rest) => {
        const { timer } = self._parts.platform;
        const later = (value) => new Promise((resolve) => timer.set(() => resolve(value), 8_000));
        next(ms === APP_COMMAND_MS ? work.then(later) : work, ms, ...rest);
      });`,
    },
  },
  {
    name: "records of the app's own come without what it says",
    noticedBy: "app-published",
    breaks: { [RECORDER]: `around(Recorder, "publishOwn", (next, self, suffix) => next(suffix, "{}"));` },
  },
  {
    name: "records of the app's own are said to be kept, and are not",
    noticedBy: "app-published",
    breaks: { [RECORDER]: `around(Recorder, "publishOwn", () => undefined);` },
  },
  {
    name: "the app publishes as much as it likes",
    noticedBy: "app-published",
    breaks: {
      [OWN_APP]: `around(OwnApp, "publish", (next, self, ...record) => {
        self._recordsFull = 0;
        return next(...record);
      });`,
    },
  },
  {
    name: "the app does not see a configuration",
    noticedBy: "app-settings",
    breaks: { [OWN_APP]: `around(OwnApp, "change", () => {});` },
  },
  {
    name: "a new interval takes the app's settings back",
    noticedBy: "app-settings",
    seed: 19,
    // An interval must be set between a setting of the app's and the next look at it.
    breaks: {
      [CONFIGURATOR]: `around(Configurator, "change", (next, self, some) => {
        self._settings = runtimeSettingsOf(self._parts.own, self._parts.table);
        next(some);
      });`,
    },
  },
  {
    name: "what an app throws ends the device",
    noticedBy: "app-harmless",
    breaks: {
      [OWN_APP]: `around(OwnApp, "ask", (next, self, begin, ms, settled, end) =>
        next(begin, ms, settled, (value, fault) => {
          if (fault?.cause) throw fault.cause;
          end(value, fault);
        }));`,
    },
  },
];
