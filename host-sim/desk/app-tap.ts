// Listens at the edge between the device and its own app, and lets faults act there: what the app was asked, what it came to,
// what it published, and which settings it saw. The app itself is anybody's.

import type { DeviceApp } from "../../firmware/compose.js";
import { type AppCommand, type AppContext, type AppRunning, Refusal } from "../../firmware/platform/app.js";
import type { AppMishaps } from "./app-mishaps.js";

/** What became of something that an app was asked. */
export type AppOutcome =
  /** JSON of what it said, within the limits. */
  | { good: string }
  /** Nothing. */
  | { nothing: true }
  /** What is no JSON, or too much of it. */
  | { wrong: true }
  /** It threw, or its promise was rejected. `code`: of a Refusal. */
  | { threw: string; code?: string };

/** What an app was asked, or did. Times are milliseconds from the world's beginning. */
export interface AppDeed {
  what: "start" | "sample" | "command" | "publish" | "changed" | "close";
  at: number;
  /** Number of the start in which that was, from 1. */
  life: number;
  /** When it was done; undefined: it never was, or not in this life. */
  doneAt?: number;
  outcome?: AppOutcome;
  /** Of a command; the suffix of what was published. */
  name?: string;
  /** JSON of its settings as it saw them. */
  settings: string;
  /** Of `publish`: what the device said to it. */
  kept?: boolean;
  /** A fault did it in the app's place. */
  byFault?: true;
}

/** What a tap is told of the desk. */
export interface AppTapMeans {
  mishaps: AppMishaps;
  /** Milliseconds from the world's beginning. */
  now(): number;
  /** Number of the start that runs now. */
  life(): number;
  /** Told of each deed as it begins; its end is written into it. */
  told(deed: AppDeed): void;
}

/** Limits of what may be said, apart from those of the firmware's own code. */
const MOST_BYTES = { sample: 256, command: 512, publish: 512 } as const;
const MOST_DEPTH = 4;
/** Half of a character. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

type Said = keyof typeof MOST_BYTES;

/** The same app, heard. */
export function tappedApp(app: DeviceApp, means: AppTapMeans): DeviceApp {
  const { mishaps } = means;
  const begin = (what: AppDeed["what"], settings: object, name?: string): AppDeed => {
    const deed: AppDeed = { what, at: means.now(), life: means.life(), settings: JSON.stringify(settings) };
    if (name !== undefined) deed.name = name;
    means.told(deed);
    return deed;
  };
  /** Lets the app do something, or what goes wrong instead. */
  const hear = <T>(deed: AppDeed, act: () => unknown): T => {
    const done = (outcome: AppOutcome) => {
      if (means.life() !== deed.life) return;
      deed.doneAt = means.now();
      deed.outcome = outcome;
    };
    const place = deed.what === "publish" ? "sample" : deed.what;
    let value: unknown;
    let byApp = false;
    try {
      value = mishaps.play(place, () => {
        byApp = true;
        return act();
      });
    } catch (error) {
      done(thrown(error));
      throw error;
    } finally {
      if (!byApp) deed.byFault = true;
    }
    if (value instanceof Promise) {
      value.then(
        (said) => done(saidBy(deed.what, said)),
        (error) => done(thrown(error)),
      );
    } else done(saidBy(deed.what, value));
    return value as T;
  };
  /** @param byFault a fault is granted it, not the app */
  const heardContext = (ctx: AppContext, byFault = false): AppContext => ({
    ...ctx,
    publish: (suffix, fields, options) => {
      const deed = begin("publish", ctx.settings, suffix);
      if (byFault) deed.byFault = true;
      deed.outcome = /^[A-Za-z0-9-]{1,24}$/.test(suffix) ? outcomeOf(fields, "publish") : { wrong: true };
      deed.kept = ctx.publish(suffix, fields, options);
      return deed.kept;
    },
  });
  const inner = new WeakMap<AppRunning, { running: AppRunning; ctx: AppContext }>();
  const commands = Object.entries(app.commands ?? {}).map(([name, command]): [string, AppCommand] => [
    name,
    {
      ...command,
      run: (args, _, heard) => {
        const { running, ctx } = inner.get(heard)!;
        return hear(begin("command", ctx.settings, name), () => command.run(args, ctx, running));
      },
    },
  ]);
  return {
    ...(app.settings && { settings: app.settings }),
    commands: Object.fromEntries(commands) as NonNullable<DeviceApp["commands"]>,
    start: (given) => {
      const ctx = heardContext(given);
      mishaps.started(heardContext(given, true));
      const running = hear<AppRunning>(begin("start", ctx.settings), () => app.start(ctx));
      const heard: AppRunning = {
        sample: () => hear(begin("sample", ctx.settings), () => running.sample()),
        changed: (names) => hear<void>(begin("changed", ctx.settings, names.join(" ")), () => running.changed?.(names)),
        ...(running.health && { health: () => running.health!() }),
        ...(running.mayUpdate && { mayUpdate: () => running.mayUpdate!() }),
        close: () => hear<void>(begin("close", ctx.settings), () => running.close?.()),
      };
      inner.set(heard, { running, ctx });
      return heard;
    },
  };
}

const thrown = (error: unknown): AppOutcome => {
  const { message } = error as { message?: unknown };
  return { threw: String(message), ...(error instanceof Refusal && { code: error.code }) };
};

const saidBy = (what: AppDeed["what"], value: unknown): AppOutcome =>
  what === "sample" || what === "command" ? outcomeOf(value, what) : { nothing: true };

/** Whether a value may be said. Judged here by JSON.stringify, not by the firmware's own code. */
function outcomeOf(value: unknown, said: Said): AppOutcome {
  if (value === undefined) return { nothing: true };
  try {
    const isFit = typeof value === "object" && value !== null && !Array.isArray(value) && isJson(value, MOST_DEPTH);
    const text = isFit ? JSON.stringify(value) : "";
    return isFit && new TextEncoder().encode(text).length <= MOST_BYTES[said] ? { good: text } : { wrong: true };
  } catch {
    return { wrong: true };
  }
}

function isJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "string") return !LONE_SURROGATE.test(value);
  if (typeof value !== "object" || depth === 0) return false;
  return Object.entries(value).every(([, member]) => member === undefined || isJson(member, depth - 1));
}
