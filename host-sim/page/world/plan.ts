// What is to happen on the page: plain data that stands in its address, so that who is sent the address sees the same to the
// byte.

import { ACTS, type Act } from "../../boot/acts.js";
import type { FaultValue } from "../../desk/fault.js";
import { kindOf } from "../../desk/kinds/index.js";

/** Something that is done, `at` so many whole milliseconds from the first power-on. */
export type Action = { at: number } & Deed;

export type Deed =
  /** Begins a fault. `forMs` left out: it is over at once, or lasts until it is ended. */
  | { do: "fault"; fault: string; value?: FaultValue | undefined; forMs?: number | undefined }
  | { do: "end"; fault: string }
  /** The cloud sends a command. */
  | { do: "command"; json: { cmd: string; id: string; [argument: string]: unknown } }
  /** The signal of the cell, in dBm. */
  | { do: "signal"; dbm: number }
  /** The technologies that the cell offers. */
  | { do: "rat"; rat: RatChoice }
  /** A quantity of a part of the board; of a button, `pressed` 1 or 0. */
  | { do: "part"; part: string; name: string; value: number }
  /** A release is sent, whose image behaves so; where the device has updates. */
  | { do: "release"; act: Act };

export const RAT_CHOICES = ["both", "LTE-M", "NB-IoT"] as const;
export type RatChoice = (typeof RAT_CHOICES)[number];

/** A device on the page's desk. */
export interface DeskPlan {
  kind: "desk";
  seed: number;
  /** Settings of the device and of the page's app that are not the page's own defaults. */
  settings: Readonly<Record<string, unknown>>;
  actions: readonly Action[];
  /** Name of the guided tour that is walked (scenarios.ts). */
  scenario?: string | undefined;
}

/** A seed of a storm, as `simkey storm` has it. */
export interface StormPlan {
  kind: "storm";
  seed: number;
  /** Virtual hours. */
  hours: number;
  /** What was done by hand on top of it: its digest is another then. */
  actions: readonly Action[];
}

export type Plan = DeskPlan | StormPlan;

/** A plan as it is sent to somebody. */
export interface Shared {
  plan: Plan;
  /** Up to where it was run, in milliseconds, and the digest there. */
  untilMs?: number | undefined;
  digest?: string | undefined;
}

/** An address that says no plan. `message` is one line for people. */
export class PlanError extends Error {}

/** Settings that the page's device has where a plan says nothing: whoever looks on does not wait for a minute. */
export const PAGE_SETTINGS = { telemetryIntervalS: 10 } as const;

/** Bounds of what an address can ask for. */
const MOST = { actions: 500, ms: 400 * 86_400_000, hours: 240, text: 32_768, settings: 40 } as const;
const DIGEST = /^[0-9a-f]{16}$/;

type Row = readonly unknown[];

/** How each deed stands in the address: a JSON list behind time and name. */
const ROWS: { readonly [D in Deed["do"]]: { to: (deed: Extract<Deed, { do: D }>) => Row; from: (row: Row) => Deed } } =
  {
    fault: {
      to: ({ fault, value, forMs }) => [fault, value ?? null, ...(forMs === undefined ? [] : [forMs])],
      from: ([fault, value, forMs]) => {
        kindOf(text(fault));
        return {
          do: "fault",
          fault: text(fault),
          ...(value !== null &&
            value !== undefined && { value: typeof value === "string" ? text(value) : number(value) }),
          ...(forMs !== undefined && { forMs: number(forMs, 0, MOST.ms) }),
        };
      },
    },
    end: {
      to: ({ fault }) => [fault],
      from: ([fault]) => {
        kindOf(text(fault));
        return { do: "end", fault: text(fault) };
      },
    },
    command: { to: ({ json }) => [json], from: ([json]) => ({ do: "command", json: commandOf(json) }) },
    signal: { to: ({ dbm }) => [dbm], from: ([dbm]) => ({ do: "signal", dbm: number(dbm, -140, -40) }) },
    rat: {
      to: ({ rat }) => [rat],
      from: ([rat]) => {
        const found = RAT_CHOICES.find((choice) => choice === rat);
        if (found === undefined) throw new PlanError(`a RAT is one of ${RAT_CHOICES.join(", ")}`);
        return { do: "rat", rat: found };
      },
    },
    release: {
      to: ({ act }) => [act],
      from: ([act]) => {
        const found = ACTS.find((each) => each === act);
        if (found === undefined) throw new PlanError(`an image is one of ${ACTS.join(", ")}`);
        return { do: "release", act: found };
      },
    },
    part: {
      to: ({ part, name, value }) => [part, name, value],
      from: ([part, name, value]) => ({ do: "part", part: text(part), name: text(name), value: number(value) }),
    },
  };

/** The part of an address behind `#` that says this. */
export function toHash({ plan, untilMs, digest }: Shared): string {
  const said = new URLSearchParams();
  if (plan.kind === "storm") {
    said.set("storm", String(plan.seed));
    said.set("hours", String(plan.hours));
  } else {
    said.set("seed", String(plan.seed));
    if (Object.keys(plan.settings).length > 0) said.set("settings", JSON.stringify(plan.settings));
    if (plan.scenario !== undefined) said.set("tour", plan.scenario);
  }
  for (const { at, ...deed } of plan.actions) {
    const row = (ROWS[deed.do] as { to: (deed: Deed) => Row }).to(deed);
    said.append("do", JSON.stringify([at, deed.do, ...row]));
  }
  if (untilMs !== undefined) said.set("until", String(untilMs));
  if (digest !== undefined) said.set("digest", digest);
  return said.toString();
}

/**
 * Reads what stands behind `#`; nothing there is the first device.
 * @throws PlanError
 */
export function fromHash(hash: string): Shared {
  if (hash.length > MOST.text) throw new PlanError("the address is too long");
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  try {
    const rows = said.getAll("do");
    if (rows.length > MOST.actions) throw new PlanError(`at most ${MOST.actions} actions`);
    const actions = rows.map(actionOf).sort((a, b) => a.at - b.at);
    const until = said.get("until");
    const digest = said.get("digest");
    if (digest !== null && !DIGEST.test(digest)) throw new PlanError("a digest is 16 hexadecimal digits");
    return {
      plan: said.has("storm") ? stormOf(said, actions) : deskOf(said, actions),
      ...(until !== null && { untilMs: number(Number(until), 0, MOST.ms) }),
      ...(digest !== null && { digest }),
    };
  } catch (error) {
    if (error instanceof PlanError) throw error;
    throw new PlanError(error instanceof RangeError ? error.message : "the address says no plan");
  }
}

function stormOf(said: URLSearchParams, actions: Action[]): StormPlan {
  const seed = number(Number(said.get("storm")), 0, Number.MAX_SAFE_INTEGER);
  return { kind: "storm", seed, hours: number(Number(said.get("hours") ?? 2), 1, MOST.hours), actions };
}

function deskOf(said: URLSearchParams, actions: Action[]): DeskPlan {
  const settings: unknown = JSON.parse(said.get("settings") ?? "{}");
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) throw new PlanError("no settings");
  if (Object.keys(settings).length > MOST.settings) throw new PlanError("too many settings");
  const tour = said.get("tour");
  return {
    kind: "desk",
    seed: number(Number(said.get("seed") ?? 1), 0, Number.MAX_SAFE_INTEGER),
    settings: settings as Record<string, unknown>,
    actions,
    ...(tour !== null && { scenario: text(tour) }),
  };
}

function actionOf(said: string): Action {
  const row: unknown = JSON.parse(said);
  if (!Array.isArray(row)) throw new PlanError("an action is a list");
  const [at, what, ...rest] = row as unknown[];
  if (typeof what !== "string" || !Object.hasOwn(ROWS, what))
    throw new PlanError(`an action is one of ${Object.keys(ROWS)}`);
  const time = number(at, 0, MOST.ms);
  if (!Number.isInteger(time)) throw new PlanError("an action's time is in whole milliseconds");
  return { at: time, ...ROWS[what as Deed["do"]].from(rest) };
}

function commandOf(json: unknown): Extract<Deed, { do: "command" }>["json"] {
  const { cmd, id } = (typeof json === "object" && json !== null ? json : {}) as Record<string, unknown>;
  if (typeof cmd !== "string" || typeof id !== "string") throw new PlanError('a command is {"cmd":…,"id":…}');
  return json as Extract<Deed, { do: "command" }>["json"];
}

function number(value: unknown, least = -1e12, most = 1e12): number {
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw new PlanError(`a number from ${least} to ${most} is wanted`);
  }
  return value;
}

function text(value: unknown): string {
  if (typeof value !== "string" || value.length > 64) throw new PlanError("a short text is wanted");
  return value;
}

/** The command that runs a storm's seed in Node. */
export const stormCommand = ({ seed, hours }: Pick<StormPlan, "seed" | "hours">): string =>
  `simkey storm --seeds 1 --hours ${hours} --seed ${seed}`;
