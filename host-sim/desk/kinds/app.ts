// Faults of a device's own app, and of the parts on its board. A device without an app is not hurt by them.

import type { Fault as PartFault } from "../../board/part.js";
import type { Prng } from "../../world/prng.js";
import { type AppPlace, type AppWrong, NO_JSON_NAMES } from "../app-mishaps.js";
import type { FaultKind, FaultValue, Outfit } from "../fault.js";
import type { Stage } from "../stage.js";
import { from, MINUTES, MOMENTS, oneOf, steady } from "./make.js";

const without = ({ app }: Outfit): boolean => app === "none";

/** Something that goes wrong in one place of the app for as long as it lasts. */
function wrong(
  place: AppPlace,
  how: AppWrong,
  help: string,
  lasts: readonly [number, number] = MINUTES,
  value?: (random: Prng) => FaultValue,
  spares: FaultKind["spares"] = without,
): FaultKind {
  return {
    seam: "app",
    help,
    lasts,
    ...(value && { value }),
    spares: (outfit) => without(outfit) || spares(outfit),
    begin: ({ app }, drawn) => app?.begin(place, how, drawn),
    end: ({ app }) => app?.end(place),
  };
}

/** Something that the app does in a moment, while it runs. */
function deed(help: string, act: (context: NonNullable<NonNullable<Stage["app"]>["context"]>) => void): FaultKind {
  return {
    seam: "app",
    help,
    spares: without,
    begin: ({ app }) => {
      if (app?.context) act(app.context);
    },
  };
}

const noJson = oneOf(...NO_JSON_NAMES);
/** Longer and shorter than a sample and a command are waited for, in milliseconds. */
const SLOW = from(100, 20_000);
/** Records of a flood: far more than are taken at once. */
const FLOOD = 40;

/** The same with a drawn way. @param ways of `never`, devices are spared whose chip is never restarted */
function oneWrong(place: AppPlace, help: string, lasts: readonly [number, number], ...ways: AppWrong[]): FaultKind {
  return {
    ...wrong(place, "throws", help, lasts, oneOf(...ways), ways.includes("never") ? steady : undefined),
    begin: ({ app }, how) => app?.begin(place, how as AppWrong, how === "slow" ? SLOW_MS : undefined),
  };
}
/** More than any of them is waited for. */
const SLOW_MS = 15_000;

export const APP_KINDS: Readonly<Record<string, FaultKind>> = {
  "app-start-throws": wrong("start", "throws", "the app does not start"),
  "app-throws": oneWrong("sample", "its sample throws, or its promise is rejected", MINUTES, "throws", "rejects"),
  "app-hangs": wrong("sample", "hangs", "its sample comes when this is over"),
  "app-never-settles": wrong(
    "sample",
    "never",
    "the promise of its sample never settles: not in this life of the device",
    MOMENTS,
    undefined,
    steady,
  ),
  "app-slow": wrong("sample", "slow", "its sample takes this many milliseconds", MINUTES, SLOW),
  "app-nan": wrong("sample", "nan", "its sample has a NaN"),
  "app-lies": wrong("sample", "lies", "its sample has numbers that nothing measures"),
  "app-huge": wrong("sample", "huge", "its sample has 10 KB"),
  "app-no-json": wrong("sample", "no-json", "its sample is no JSON: this", MINUTES, noJson),
  "app-command": oneWrong(
    "command",
    "its commands go wrong in this way",
    MINUTES,
    ...(["throws", "rejects", "hangs", "never", "slow", "huge", "nan", "no-json"] as const),
  ),
  "app-changed-throws": wrong("changed", "throws", "it throws when it is told of settings"),
  "app-close": oneWrong("close", "it throws when it is to close, or never does", MINUTES, "throws", "never"),
  "app-floods": deed(`it publishes ${FLOOD} records at once`, ({ publish }) => {
    for (let i = 0; i < FLOOD; i++) publish("flood", { n: i }, { now: i % 2 === 0 });
  }),
  "app-publishes-wrong": deed("it publishes what is no record", ({ publish }) => {
    publish("a/b", { a: 1 });
    publish("#", { a: 1 });
    publish("long", { text: "x".repeat(10_240) });
    publish("nan", { a: Number.NaN });
    publish("list", [1, 2]);
  }),
  "app-timer-throws": deed("a callback of its timer throws", ({ timer }) => {
    timer.set(() => {
      throw new Error("made on purpose");
    }, 0);
  }),
};

/** A fault of every part on the board that can have it. */
function part(fault: PartFault, help: string): FaultKind {
  const set = ({ parts }: Stage, to: PartFault) => {
    for (const each of Object.values(parts?.parts ?? {})) if (each.faults.includes(fault)) each.fault = to;
  };
  return {
    seam: "board",
    help,
    lasts: MINUTES,
    spares: without,
    begin: (stage) => set(stage, fault),
    end: (stage) => set(stage, "none"),
  };
}

const stuck = ({ parts }: Stage, is: boolean) => {
  if (parts) parts.bus.stuck = is;
};

export const PART_KINDS: Readonly<Record<string, FaultKind>> = {
  "board-bus-stuck": {
    seam: "board",
    help: "a line of its I2C bus is held low",
    lasts: MINUTES,
    spares: without,
    begin: (stage) => stuck(stage, true),
    end: (stage) => stuck(stage, false),
  },
  "board-part-gone": part("absent", "its parts on the bus do not answer"),
  "board-part-hangs": part("hangs", "its parts hold the bus until the chip gives up"),
  "board-part-noise": part("noise", "what its parts say means nothing"),
  "board-part-lies": part("lies", "its parts tell the largest value there is"),
  "board-bad-crc": part("bad-crc", "the checksums of its parts are wrong"),
};
