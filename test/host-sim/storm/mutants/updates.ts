// Breakages of updates.

import type { Mutant } from "./mutant.js";
import {
  UPDATE_IMAGE,
  UPDATE_INTAKE,
  UPDATE_MEMORY,
  UPDATE_RULES,
  UPDATE_RUNNER,
  UPDATE_TRIAL,
  UPDATE_WINDOW,
  UPDATES,
} from "./sources.js";

export const OF_UPDATES: readonly Mutant[] = [
  {
    name: "a manifest is taken whoever has signed it",
    noticedBy: "update-whole",
    seed: 52,
    among: ({ updates }) => updates?.releases.some(({ wrong }) => wrong === "key") === true,
    breaks: {
      [UPDATE_RUNNER]: `around(UpdateRunner, "begin", (next, self) => {
        const { parts } = self._current;
        self._current.parts = { ...parts, update: { ...parts.update, verify: () => true } };
        return next();
      });`,
    },
  },
  {
    name: "an image is taken whatever its digest is",
    noticedBy: "update-whole",
    seed: 90,
    among: ({ updates }) =>
      updates?.releases.some(({ fault }) => fault?.fault === "flipped" || fault?.fault === "swapped") === true,
    breaks: {
      [UPDATE_IMAGE]: `around(ImageMaking, "check", async (next, self, ...asked) =>
        (await next(...asked)) === undefined ? undefined : true);`,
    },
  },
  {
    name: "an image for another board is taken",
    noticedBy: "update-whole",
    seed: 18,
    breaks: { [UPDATE_RULES]: `RULES.splice(0, 1);` },
  },
  {
    name: "an older release is taken for a newer one",
    noticedBy: "update-forward",
    seed: 30,
    breaks: { [UPDATE_RULES]: `within(RULES.find(({ code }) => code === "update-seq"), "fails", () => () => false);` },
  },
  {
    name: "an image is confirmed as soon as it is connected",
    noticedBy: "update-tried",
    breaks: {
      [UPDATE_TRIAL]: `around(TrialRunner, "act", (next, self, action) =>
        action.do === "report" ? self.confirm() : next(action));`,
    },
  },
  {
    name: "a device sleeps and restarts while its image is on trial",
    noticedBy: "update-stays-up",
    seed: 48,
    breaks: { [UPDATES]: `reading(Updates, "onTrial", () => false);` },
  },
  {
    name: "what became of a trial is forgotten",
    noticedBy: "update-told",
    breaks: {
      [UPDATE_MEMORY]: `around(UpdateMemory, "end", (next, self, change) => next({ ...change, tell: undefined }));`,
    },
  },
  {
    name: "an update takes what volume it wants",
    noticedBy: "update-budget",
    breaks: {
      [UPDATE_RUNNER]: `around(UpdateRunner, "begin", (next, self) => {
        const { parts } = self._current;
        self._current.parts = { ...parts, config: { ...parts.config, updateBudgetKb: 0 } };
        return next();
      });`,
    },
  },
  {
    name: "an update is not gone on with after a restart",
    noticedBy: "update-ends",
    seed: 32,
    breaks: { [UPDATE_INTAKE]: `around(Intake, "resume", () => {});` },
  },
  {
    name: "the first window that brings nothing is the last",
    noticedBy: "update-ends",
    breaks: {
      [UPDATE_WINDOW]: `around(DownloadWindow, "stumble", (next, self, ...how) => {
        next(...how);
        self._current.retryAt = Number.POSITIVE_INFINITY;
      });`,
    },
  },
  {
    name: "a gate that was shut stays shut",
    noticedBy: "update-ends",
    among: ({ updates }) => updates?.releases.some(({ later }) => later) === true,
    breaks: {
      [UPDATE_RUNNER]: `around(UpdateRunner, "gate", (next, self, manifest) => (self.shut ??= next(manifest)));`,
    },
  },
  {
    name: "a release for another chip is taken",
    noticedBy: "update-refused",
    among: ({ updates }) => updates?.wrong?.some(({ wrong }) => wrong === "chip") === true,
    breaks: { [UPDATE_RULES]: `within(RULES.find(({ code }) => code === "update-chip"), "fails", () => () => false);` },
  },
  {
    name: "a release that is not for the device is not refused aloud",
    noticedBy: "update-refused",
    breaks: { [UPDATE_INTAKE]: `around(Intake, "refuse", (next, self, error) => error);` },
  },
  {
    name: "a manifest that cannot be read is passed over",
    noticedBy: "update-refused",
    breaks: { [UPDATE_INTAKE]: `around(Intake, "unread", (next, self, error) => error);` },
  },
  {
    name: "a release that the broker keeps is refused with each connection",
    noticedBy: "update-refused",
    breaks: {
      [UPDATE_INTAKE]: `around(Intake, "refuse", (next, self, ...asked) => {
        self._current.memory.change({ heard: 0, tellSeq: 0 });
        return next(...asked);
      });`,
    },
  },
];
