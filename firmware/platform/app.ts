// The contract of an app: what somebody builds a device of their own with. An app is a module of plain exports, so
// that it lies in flash: `settings`, `commands`, `start`. What it begins, the device waits for, but no longer than a
// deadline; what it throws, or says too much of, is told in its name and costs nothing else.
//
//   export const { settings, commands, start } = defineApp({
//     settings: { threshold: { default: 30, range: [-40, 85], unit: "°C", help: "above it an alarm is sent" } },
//     start: (ctx) => {
//       const sensor = new SHT3x({ sensor: { ...ctx.device.I2C.default, io: ctx.device.io.I2C } });
//       return { sample: () => sensor.sample(), close: () => sensor.close() };
//     },
//   });

import type { Clock, Timer } from "./clock.js";
import type { AppFaultCode, LogLevel } from "./events.js";
import { Failure } from "./failure.js";
import type { LinkFix, LinkStatus } from "./link.js";
import type { IoProvider } from "./provider.js";

/** Most bytes of what an app says, as JSON: in a record, in the answer to a command, in a record of its own. */
export const APP_SAMPLE_BYTES = 256;
export const APP_ANSWER_BYTES = 512;
export const APP_PUBLISH_BYTES = 512;
/** Most containers within each other in these. */
export const APP_DEPTH = 4;
/** How long the device waits, in milliseconds: for a sample, for a command, for the end before it sleeps or stops. */
export const APP_SAMPLE_MS = 5_000;
export const APP_COMMAND_MS = 10_000;
export const APP_CLOSE_MS = 2_000;

/** A value that is one of a range. */
interface Numeric {
  readonly range: readonly [least: number, most: number];
  /** True: not whole numbers alone. */
  readonly fractions?: true;
}

/** A setting: a whole number, a number, or one of some words. Names: a letter, then letters and digits, 24 characters at most. */
export type AppSetting = {
  readonly help: string;
  /** The last of those who may change it; left out: the cloud, while the device runs. */
  readonly by?: "build" | "console" | "cloud";
  /** Never shown, neither at the console nor to the cloud. */
  readonly secret?: true;
} & (
  | (Numeric & { readonly default: number; readonly unit: string })
  | { readonly default: string; readonly choices: readonly string[] }
);
/** The settings of an app, by name. */
export type AppSettings = Readonly<Record<string, AppSetting>>;

/** What a command is given: a number, one of some words, true or false, or text of so many characters. */
export type AppArg = {
  /** True: it may be left out. */
  readonly optional?: true;
} & (Numeric | { readonly choices: readonly string[] } | { readonly boolean: true } | { readonly text: number });
/** What a command is given, by name. */
export type AppArgs = Readonly<Record<string, AppArg>>;

type ValueOf<T> = T extends { readonly choices: readonly (infer Word)[] }
  ? Word
  : T extends { readonly range: unknown }
    ? number
    : T extends { readonly boolean: true }
      ? boolean
      : string;

/** The values of settings. */
export type AppValues<S> = { readonly [N in keyof S]: ValueOf<S[N]> };
/** The values of arguments. */
export type AppArgValues<A> = {
  readonly [N in keyof A]: ValueOf<A[N]> | (A[N] extends { readonly optional: true } ? undefined : never);
};

/** Where the device was last seen to be. Members are undefined when unknown. */
export interface AppFix extends Omit<LinkFix, "wallMs"> {
  /** Whole seconds since. */
  readonly ageS: number;
}

/** What an app may know and want of the device's position. */
export interface AppPosition {
  /** The last fix, kept over restarts; undefined: there is none. */
  last(): AppFix | undefined;
  /**
   * A fix is wanted sooner than `positionS` says: within a minute of the last look at the soonest. The device disconnects for
   * it once nothing waits; one that sleeps looks when it wakes.
   */
  wish(): void;
}

/** What the device grants to an app. */
export interface AppContext<S = AppSettings> {
  /** The board's ports. On a desk without a board there are none, and opening one throws. */
  readonly device: IoProvider;
  /** The app's settings as they are now: the same object always, so look when a value is needed. */
  readonly settings: AppValues<S>;
  readonly clock: Pick<Clock, "monotonic" | "wall">;
  /** Left out where the setting `positionS` is 0. */
  readonly position?: AppPosition | undefined;
  /** Its callbacks are the app's: what they throw is told, and none comes once the app is closed. */
  readonly timer: Timer;
  /** One line in the device's log, 200 characters at most. Never a secret. */
  log(level: LogLevel, message: string): void;
  /**
   * A record of the app's own, behind the telemetry's topic: `…/telemetry/alarm`. It waits in the outbox until the cloud has it.
   * @param suffix 1 to 24 letters, digits, hyphens
   * @param fields JSON of at most APP_PUBLISH_BYTES; they stand under `app`
   * @param options `now`: a device that rests wakes for it; else it goes with the next record
   * @returns false: it was not kept. The device has not been connected yet, the day's volume is spent, or too many came: ten at
   *   once, then one each 10 s; or it is not what may be said. The log says which.
   */
  publish(suffix: string, fields: object, options?: { readonly now?: boolean }): boolean;
}

/** What an app is once it has started. */
export interface AppRunning {
  /**
   * What the device measures, once for each record: a JSON object of at most APP_SAMPLE_BYTES; it stands under `app`. Undefined:
   * nothing. A member that is NaN is left out and told in `app.error`, as is all else that goes wrong. A promise is waited for
   * APP_SAMPLE_MS; as long as one has not settled, no other sample is asked for.
   */
  sample(): object | undefined | Promise<object | undefined>;
  /** Some settings have other values now. */
  changed?(names: readonly string[]): void;
  /** After an update: whether the app does what it should. False undoes the update. */
  health?(): boolean | Promise<boolean>;
  /** Whether an update may go on now: it is offline for up to two minutes at a time, and restarts at the end. */
  mayUpdate?(): boolean;
  /** The device is about to sleep or to stop; it waits APP_CLOSE_MS. */
  close?(): void | Promise<void>;
}

/** A command from the cloud: `{"id":"7","cmd":"led","on":true}`. */
export interface AppCommand<A = AppArgs, C = AppContext, R = AppRunning> {
  readonly help: string;
  /** What it is given; checked before it runs, and nothing else comes in. */
  readonly args?: A;
  /**
   * Carries it out. A promise is waited for APP_COMMAND_MS; as long as it has not settled, the same command is answered `busy`.
   * @param app what `start` has returned
   * @returns an object for the answer, of at most APP_ANSWER_BYTES as JSON, or a promise of one; nothing: `{"id":…,"ok":true}`
   *   says it all
   * @throws Refusal for a no, which is the answer; what else is thrown is answered with `failed`
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: what writes a pin returns nothing
  run(args: AppArgValues<A>, ctx: C, app: R): object | undefined | void;
}
/** The commands of an app, by name. */
export type AppCommands<C = AppContext, R = AppRunning> = Readonly<Record<string, AppCommand<AppArgs, C, R>>>;

/** An app: what its module exports. */
export interface App {
  /** Join the device's own: console, cloud, configuration file. A name of theirs is refused. */
  readonly settings?: AppSettings;
  readonly commands?: AppCommands;
  /**
   * Once, as the device starts; after a throw anew with each record. Whatever it opens is open until `close`.
   */
  start(ctx: AppContext): AppRunning;
}

/** An app, its types seen to: what `run` is given is what `args` say, `ctx.settings` are what `settings` say. */
export function defineApp<
  const S extends AppSettings,
  R extends AppRunning,
  const A extends Readonly<Record<string, AppArgs>>,
>(app: {
  readonly settings?: S;
  readonly start: (ctx: AppContext<S>) => R;
  readonly commands?: { readonly [N in keyof A]: AppCommand<A[N], AppContext<S>, R> };
}): { readonly settings: S; readonly start: App["start"]; readonly commands: AppCommands } {
  return app as never;
}

/** A command is not carried out, for a good reason. */
export class Refusal extends Failure {
  /**
   * @param code goes into the answer's `error`: lower-case, with dashes, at most 24 characters
   * @param detail one line for people
   */
  constructor(code: string, detail: string) {
    super(code, detail, "give-up");
  }
}

/** An app did what it may not. Nobody retries by it: the app's next turn comes by itself. */
export class AppFault extends Failure {
  declare readonly code: AppFaultCode;

  constructor(code: AppFaultCode, message: string, cause?: unknown) {
    super(code, message, "give-up", cause);
  }
}

/** What the default app is granted: it shows and steers the device itself. */
export interface SystemContext {
  /** Whole seconds since power-on. */
  readonly uptimeS: number;
  /** The signal as last heard of. */
  readonly signal: LinkStatus;
  /** The fields of a telemetry record. */
  status(): object;
  /** Records each so many seconds, once the answer is on its way. @throws Refusal where it does not go with other settings */
  setInterval(seconds: number): void;
  /** Restarts the device, once the answer has arrived. @throws Refusal within 10 minutes of the last one */
  restart(): void;
}

/** A command of the default app. */
export type SystemCommand = AppCommand<AppArgs, SystemContext, undefined>;

/** The default app: every device has it, with an app of its own or without. Its sample stands in the record itself. */
export interface SystemApp {
  readonly commands: Readonly<Record<string, SystemCommand>>;
  sample(ctx: Pick<SystemContext, "signal">): object;
}
