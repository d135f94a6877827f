// Breakages of failure and recovery: back-off, ladder, waits.

import type { Mutant } from "./mutant.js";
import {
  AGENT,
  BOOT_RECORD,
  CLIMB,
  FALLBACK,
  HTTP,
  LADDER,
  MEMORY,
  RECORDER,
  RESTS,
  RETRY_AFTER,
  RUNNER,
  STEPS,
} from "./sources.js";

export const OF_RECOVERY: readonly Mutant[] = [
  {
    name: "a CONNACK resets the back-off",
    noticedBy: "ladder-holds",
    breaks: {
      [AGENT]: `within(TABLE.connecting, "done", (next) => (state, event, context) => {
        const [after, actions] = next(state, event, context);
        return [{ ...after, ...NONE }, [...actions, FORGOTTEN]];
      });`,
    },
  },
  {
    name: "the back-off falls with each PUBACK",
    noticedBy: "no-fighting",
    seed: 17,
    breaks: {
      [AGENT]: `for (const row of Object.values(TABLE)) if (row.proof) within(row, "proof", eager);
        function eager(next) { return (state, event, context) => next(state, { ...event, whole: true }, context); }`,
    },
  },
  {
    name: "the count of failures does not outlive a restart",
    noticedBy: "ladder-holds",
    breaks: { [MEMORY]: `writeFailures = (memory) => keep(memory, KEY, Uint8Array.of(0));` },
  },
  {
    name: "the radio is never switched off and on",
    noticedBy: "rungs-in-order",
    breaks: { [LADDER]: `within(TRIES, "radio-cycle", () => 0);` },
  },
  {
    name: "a rung is told and not carried out",
    noticedBy: "rungs-in-order",
    breaks: {
      [CLIMB]: `
        const taken = climb;
        climb = (rung, link, restart) => (rung === "chip-restart" ? taken(rung, link, restart) : undefined);`,
    },
  },
  {
    name: "a failure counts twice",
    noticedBy: "rungs-in-order",
    breaks: {
      [AGENT]: `
        const once = step;
        step = (state, event, context) => {
          const before = event.type === "failed" ? { ...state, failures: state.failures + 1 } : state;
          return TABLE[state.phase][event.type] === fail ? once(before, event, context) : once(state, event, context);
        };`,
    },
  },
  {
    name: "failures are not forgotten",
    noticedBy: "rungs-in-order",
    breaks: {
      [AGENT]: `
        const goOn = step;
        step = (state, event, context) => {
          const [after, actions] = goOn(state, event, context);
          if (after.failures >= state.failures) return [after, actions];
          return [{ ...after, failures: state.failures, provenAt: undefined }, actions.filter((action) => action !== FORGOTTEN)];
        };`,
    },
  },
  {
    name: "what a server asks for is not heeded",
    noticedBy: "asked-wait-kept",
    seed: 7,
    breaks: { [RETRY_AFTER]: `retryAfterMs = () => undefined;` },
  },
  {
    name: "a server that asks to be left alone is tried by the second way",
    noticedBy: "asked-wait-kept",
    among: ({ config }) => config.transport === "ws" && config.fallback === "https",
    breaks: {
      [FALLBACK]: `around(FallbackUplink, "open", (next, self) =>
        next().catch((error) => {
          if (error.retryAfterMs === undefined) throw error;
          return self.openSecond(error);
        }));`,
    },
  },
  {
    name: "starts that lead to nothing are not counted",
    noticedBy: "no-restart-loop",
    breaks: { [BOOT_RECORD]: `counted = () => 1;` },
  },
  {
    name: "the back-off has no jitter",
    noticedBy: "back-off-spreads",
    breaks: {
      [LADDER]: `
        const wait = backoffMs;
        backoffMs = (failures) => wait(failures, 0.999);`,
    },
  },
  {
    name: "from the fourth failure on, a device waits for an hour",
    noticedBy: "recovers",
    breaks: {
      [LADDER]: `
        const wait = backoffMs;
        backoffMs = (failures, random) => (failures < 4 ? wait(failures, random) : 3_600_000);`,
    },
  },
  {
    name: "behind its thirteenth failure a device waits for twenty minutes",
    noticedBy: "recovers",
    seed: 11,
    breaks: {
      [LADDER]: `
        const wait = backoffMs;
        backoffMs = (failures, random) => (failures === 13 ? 1_200_000 : wait(failures, random));`,
    },
  },
  {
    name: "a device that only a person can help does not try again",
    noticedBy: "no-standstill",
    breaks: { [AGENT]: `within(TABLE, "halted", () => ({}));` },
  },
  {
    name: "an HTTP request waits for days",
    noticedBy: "no-standstill",
    seed: 17,
    breaks: {
      [HTTP]: `for (const name of ["connectMs", "idleMs", "totalMs"]) within(HTTP_DEADLINES, name, () => 9e8);`,
    },
  },
  {
    name: "one record in five hundred is an error that nobody catches",
    noticedBy: "no-crash",
    breaks: {
      [RECORDER]: `
        let count = 0;
        around(Recorder, "record", (next) => {
          if (++count % 500 === 0) throw new TypeError("made on purpose");
          next();
        });`,
    },
  },
  {
    name: "the watchdog is fed by a mere connection",
    noticedBy: "watchdog-fed",
    breaks: {
      [AGENT]: `within(TABLE.connecting, "done", (next) => (state, event, context) => {
        const [after, actions] = next(state, event, context);
        return [after, [...actions, FEED]];
      });`,
    },
  },
  {
    name: "the watchdog is not fed",
    noticedBy: "watchdog-fed",
    breaks: { [STEPS]: `within(STEPS, "feed-watchdog", () => () => {});` },
  },
  {
    name: "a device with power psm does not rest",
    noticedBy: "rests",
    seed: 23,
    breaks: { [RESTS]: `around(Rests, "plan", () => {});` },
  },
  {
    name: "a device with power psm sleeps too long",
    noticedBy: "rests",
    seed: 27,
    breaks: {
      [RUNNER]: `around(Runner, "waitFor", (next, self, ms) => next(self.phase === "asleep" ? ms * 1.2 : ms));`,
    },
  },
  {
    name: "a deep sleep lasts twice as long as it is due",
    noticedBy: "rests",
    among: ({ deepSleep }) => deepSleep,
    breaks: {
      [RESTS]: `around(Rests, "sleepDeeply", (next, self, sleep, ms) => next((due) => sleep(2 * due), ms));`,
    },
  },
];
